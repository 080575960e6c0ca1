//! AWS Query by hand: what the harness asks ElastiCache, as a form, and the XML that comes back.

use xmltree::Element;

/// Asks `stand_in`, or a shim in front of it, in the account of `key`.
///
/// # Errors
/// What it refuses, in its own words.
pub fn ask(stand_in: &str, key: &str, action: &str, fields: &[(&str, &str)]) -> Result<Element, String> {
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/elasticache/aws4_request, SignedHeaders=host, Signature=0"
    );
    let mut form = format!("Action={action}&Version=2015-02-02");
    for (name, value) in fields {
        form.push_str(&format!("&{name}={value}"));
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
