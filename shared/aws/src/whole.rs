//! Whether an XML answer came whole. Half of a page that ends cleanly parses as a page with fewer instances and no marker, and what is not
//! on it would be taken for gone.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses an XML answer whose root element is not closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeAnswers;

#[dyn_dispatch_hint]
impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // A refusal is judged by its code, and may well be no XML of AWS.
        let response = Some(context.response()).filter(|response| response.status().is_success());
        match response.and_then(|response| response.body().bytes()).map(std::str::from_utf8) {
            Some(Ok(text)) if !is_whole(text) => Err("the answer ends in the middle".into()),
            _ => Ok(()),
        }
    }
}

/// Whether the root element is closed. What is no XML is not judged.
fn is_whole(text: &str) -> bool {
    let mut rest = text.trim();
    if let Some(after) = rest.strip_prefix("<?xml") {
        let Some((_, document)) = after.split_once("?>") else { return false };
        rest = document.trim_start();
    }
    let Some(root) = rest.strip_prefix('<') else { return rest == text.trim() };
    let name =
        root.split(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '/')).next().unwrap_or("");
    rest.ends_with(&format!("</{name}>")) || (rest.ends_with("/>") && rest.matches('<').count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_root_is_closed() {
        for whole in [
            "",
            "{\"json\": true}",
            "<A><B>1</B></A>",
            "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B/></A>\n",
            "<A/>",
            "<A xmlns=\"x\"/>",
        ] {
            assert!(is_whole(whole), "{whole}");
        }
        for half in [
            "<A><B>1</B>",
            "<A><B/>",
            "<A><B>1</B></",
            "<?xml version=\"1.0\"?>\n",
            "<?xml ver",
            "<A",
            "<A><B>",
        ] {
            assert!(!is_whole(half), "{half}");
        }
    }
}
