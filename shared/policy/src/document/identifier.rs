//! The shapes of names: what AWS would refuse at three in the morning is refused here.

/// RDS' longest DB instance identifier.
pub(super) const LONGEST_INSTANCE_ID: usize = 63;

/// What is wrong with the name of a target, if anything is.
pub(super) fn target_complaint(name: &str) -> Option<String> {
    let mend = "write 1 to 40 lower-case letters, digits and hyphens that begin with a letter";
    let right =
        (1..=40).contains(&name.len()) && begins_with_letter(name) && name.chars().all(is_name_character);
    (!right).then(|| mend.to_owned())
}

/// What is wrong with a DB instance identifier (RDS user guide, "Quotas and constraints", naming constraints).
pub(super) fn instance_complaint(id: &str) -> Option<String> {
    if id.chars().any(|c| c.is_ascii_uppercase()) {
        return Some(format!("RDS stores identifiers in lower case: write {:?}", id.to_ascii_lowercase()));
    }
    let right = (1..=LONGEST_INSTANCE_ID).contains(&id.len())
        && begins_with_letter(id)
        && id.chars().all(is_name_character)
        && !id.ends_with('-')
        && !id.contains("--");
    let mend = "write 1 to 63 letters, digits and single hyphens that begin with a letter and do not end with a hyphen";
    (!right).then(|| mend.to_owned())
}

/// What is wrong with the first part of the names of replicas, after which ten hexadecimal characters follow.
pub(super) fn prefix_complaint(prefix: &str) -> Option<String> {
    const MOST: usize = LONGEST_INSTANCE_ID - 10;
    if prefix.len() > MOST {
        let has = prefix.len();
        return Some(format!(
            "{has} characters leave no room for the 10 that follow in RDS' 63: write {MOST} or fewer"
        ));
    }
    let right = begins_with_letter(prefix)
        && prefix.chars().all(is_name_character)
        && prefix.ends_with('-')
        && !prefix.contains("--");
    let mend = "write lower-case letters, digits and single hyphens that begin with a letter and end with a hyphen, as \"tg-orders-\"";
    (!right).then(|| mend.to_owned())
}

/// What is wrong with an instance class.
pub(super) fn class_complaint(class: &str) -> Option<String> {
    let right = class.strip_prefix("db.").is_some_and(|rest| {
        rest.split('.').all(|part| !part.is_empty() && part.chars().all(is_name_character))
    });
    (!right).then(|| "write an instance class, as \"db.t3.medium\"".to_owned())
}

/// What is wrong with the identifier of a VPC security group.
pub(super) fn security_group_complaint(group: &str) -> Option<String> {
    let right = group
        .strip_prefix("sg-")
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| is_name_character(c) && c != '-'));
    (!right).then(|| "write the identifier of a VPC security group, as \"sg-0a1b2c3d4e5f60718\"".to_owned())
}

/// What is wrong with the identifier of a hosted zone.
pub(super) fn zone_complaint(zone: &str) -> Option<String> {
    let right = (2..=32).contains(&zone.len())
        && zone.starts_with('Z')
        && zone.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (!right).then(|| {
        "write the hosted zone's identifier, as \"Z0123456789ABC\": capitals and digits after a \"Z\", no path"
            .to_owned()
    })
}

/// What is wrong with a record's name (RFC 1123 host names: what a database client will resolve).
pub(super) fn dns_complaint(name: &str) -> Option<String> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let as_written = "as \"orders-ro.db.example.com\"";
    if bare.len() > 253 {
        return Some(format!("{} characters are too many for a DNS name: write 253 or fewer", bare.len()));
    }
    for label in bare.split('.') {
        let right = (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-');
        if !right {
            let rule = "1 to 63 letters, digits and inner hyphens";
            return Some(format!("{label:?} is no label of {rule}: write a name, {as_written}"));
        }
    }
    let (last, others) = bare.rsplit_once('.').map_or((bare, ""), |(others, last)| (last, others));
    if others.is_empty() {
        return Some(format!("a name in a zone has two labels or more: write a name, {as_written}"));
    }
    if last.chars().all(|c| c.is_ascii_digit()) {
        return Some(format!("this is an address and not a name: write a name, {as_written}"));
    }
    None
}

/// What is wrong with the value of a tag (AWS tagging rules, the characters that every service takes).
pub(super) fn tag_complaint(value: &str) -> Option<String> {
    let right = (1..=256).contains(&value.chars().count())
        && value.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
    (!right).then(|| "write 1 to 256 letters, digits, spaces and _ . : / = + - @, as \"tidegate\"".to_owned())
}

fn begins_with_letter(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}
