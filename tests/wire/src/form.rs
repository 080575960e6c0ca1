//! AWS Query by hand: what the harness asks ElastiCache and CloudFormation, as a form, and the XML that comes back.

use xmltree::Element;

/// A service of this protocol: its name in a signature, and the version of its interface.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    scope: &'static str,
    version: &'static str,
}

/// Replication groups and caches.
pub const ELASTICACHE: Service = Service { scope: "elasticache", version: "2015-02-02" };
/// Topics.
pub const SNS: Service = Service { scope: "sns", version: "2010-03-31" };
/// Stacks.
pub const CLOUDFORMATION: Service = Service { scope: "cloudformation", version: "2010-05-15" };

/// Asks `service` of `stand_in`, or of a shim in front of it, in the account of `key`.
///
/// # Errors
/// What it refuses, in its own words.
pub fn ask(
    service: Service,
    stand_in: &str,
    key: &str,
    action: &str,
    fields: &[(&str, &str)],
) -> Result<Element, String> {
    let Service { scope, version } = service;
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/{scope}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let mut form = format!("Action={action}&Version={version}");
    for (name, value) in fields {
        form.push_str(&format!("&{name}={}", escaped(value)));
    }
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let answer = agent
        .post(stand_in)
        .header("Authorization", signed)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .send(form);
    let mut answer = answer.map_err(|error| error.to_string())?;
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    if answer.status() != 200 {
        return Err(text);
    }
    Element::parse(text.as_bytes()).map_err(|error| format!("{error}: {text}"))
}

/// A value as a form has it.
fn escaped(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/+*".contains(byte);
    let each = value
        .bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    each.collect()
}
