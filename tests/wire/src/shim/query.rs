//! The query protocol, which RDS and ElastiCache speak: a form comes, XML goes.

use xmltree::{Element, XMLNode};

use super::Answer;

/// The text of a child; empty where the child has none.
pub(super) fn text(element: &Element, name: &str) -> Option<String> {
    let child = element.get_child(name)?;
    Some(child.get_text().map(|text| text.trim().to_owned()).unwrap_or_default())
}

/// Gives a child this text, and makes it where there is none.
pub(super) fn set(element: &mut Element, name: &str, value: &str) {
    let mut child = Element::new(name);
    child.children.push(XMLNode::Text(value.to_owned()));
    match element.get_mut_child(name) {
        Some(old) => old.children = child.children,
        None => element.children.push(XMLNode::Element(child)),
    }
}

/// Puts these children in place of a child's, or of none.
pub(super) fn replace(element: &mut Element, name: &str, children: Vec<Element>) {
    element.take_child(name);
    let mut child = Element::new(name);
    child.children = children.into_iter().map(XMLNode::Element).collect();
    element.children.push(XMLNode::Element(child));
}

/// The document as bytes.
pub(super) fn written(root: &Element) -> Vec<u8> {
    let mut body = Vec::new();
    root.write(&mut body).expect("a tree that was read can be written");
    body
}

/// An answer of this document.
pub(super) fn xml(status: u16, root: &Element) -> Answer {
    Answer { status, headers: vec![("content-type".to_owned(), "text/xml".to_owned())], body: written(root) }
}

/// An error as the query protocol words it.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let mut error = Element::new("Error");
    set(&mut error, "Type", "Sender");
    set(&mut error, "Code", code);
    set(&mut error, "Message", message);
    let mut root = Element::new("ErrorResponse");
    root.children.push(XMLNode::Element(error));
    xml(status, &root)
}

/// The query protocol's form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        // Identifiers, classes and security groups need no escapes.
        Self(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    pub(super) fn one(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether the request's filters, if it has any, let this instance through.
    pub(super) fn filters(&self, id: &str) -> bool {
        let values = self.all("Filters.");
        values.is_empty() || values.iter().any(|value| value == id)
    }

    pub(super) fn all(&self, prefix: &str) -> Vec<String> {
        self.0.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value.clone()).collect()
    }
}
