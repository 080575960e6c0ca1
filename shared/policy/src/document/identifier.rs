//! The shapes of names: what AWS would refuse at three in the morning is refused here.

use super::problems::Problems;
use super::table::Entry;
use super::text::Text;

/// RDS' longest DB instance identifier.
pub(super) const LONGEST_INSTANCE_ID: usize = 63;

/// A string that `complaint` finds nothing wrong with.
pub(super) fn checked_text<'d>(
    entry: &Entry<'d>,
    expected: &str,
    complaint: fn(&str) -> Option<String>,
    problems: &mut Problems<'_>,
) -> Option<Text<'d>> {
    let text = entry.text(&format!("{expected} in quotes"), problems)?;
    match complaint(text.value) {
        None => Some(text),
        Some(complaint) => {
            problems
                .tell(text.at, format!("{}: {:?} is not {expected}: {complaint}", entry.path, text.value));
            None
        }
    }
}

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

/// What is wrong with the name of an availability zone, or of a Local Zone.
pub(super) fn availability_zone_complaint(zone: &str) -> Option<String> {
    let mut from_the_end = zone.bytes().rev();
    let ends_right = from_the_end.next().is_some_and(|last| last.is_ascii_lowercase())
        && from_the_end.next().is_some_and(|digit| digit.is_ascii_digit());
    let right = ends_right
        && zone.matches('-').count() >= 2
        && zone.split('-').all(|part| !part.is_empty() && part.chars().all(is_name_character));
    (!right).then(|| "write the name of an availability zone, as \"eu-west-1b\"".to_owned())
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

/// What is wrong with the value of a tag (AWS tagging rules, the characters that every service takes). A role's policy has it too, and IAM
/// takes no letters beyond Latin ones (IAM API reference, CreatePolicy).
pub(super) fn tag_complaint(value: &str) -> Option<String> {
    let right = (1..=256).contains(&value.chars().count())
        // RDS API reference, "Tag".
        && !["aws:", "rds:"].iter().any(|own| value.starts_with(own))
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
    (!right).then(|| {
        "write 1 to 256 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as \"tidegate\"".to_owned()
    })
}

/// What is wrong with the key of a tag (AWS tagging rules; `rds:` by the RDS API reference, "Tag"). Prefixes are reserved in any case of letters.
pub(super) fn tag_key_complaint(key: &str) -> Option<String> {
    let lower = key.to_ascii_lowercase();
    if lower.starts_with("tidegate:") {
        return Some("tidegate: is Tidegate's own: write another key".to_owned());
    }
    let right = (1..=128).contains(&key.chars().count())
        && !["aws:", "rds:"].iter().any(|own| lower.starts_with(own))
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
    (!right).then(|| {
        "write 1 to 128 letters (a to z), digits, spaces and _ . : / = + - @, not aws: or rds: in front, as \"team\"".to_owned()
    })
}

/// What is wrong with the short name of an ECS cluster or service (ECS API reference, CreateCluster and CreateService).
pub(super) fn ecs_complaint(name: &str) -> Option<String> {
    if name.starts_with("arn:") {
        let short = name.rsplit('/').next().unwrap_or_default();
        return Some(format!("this is an ARN: write the short name at its end, {short:?}"));
    }
    let right = (1..=255).contains(&name.len()) && name.chars().all(is_word_character);
    (!right).then(|| "write 1 to 255 letters, digits, hyphens and underscores".to_owned())
}

/// What is wrong with the name of an SQS queue (SQS API reference, CreateQueue).
pub(super) fn queue_complaint(name: &str) -> Option<String> {
    if name.starts_with("arn:") || name.contains("://") {
        let short = name.rsplit(['/', ':']).next().unwrap_or_default();
        return Some(format!("write the name at its end, {short:?}"));
    }
    let right = (1..=80).contains(&name.len())
        && name.strip_suffix(".fifo").unwrap_or(name).chars().all(is_word_character)
        && name != ".fifo";
    let mend =
        "write 1 to 80 letters, digits, hyphens and underscores, with \".fifo\" at the end of a FIFO queue's";
    (!right).then(|| mend.to_owned())
}

/// What is wrong with the `LoadBalancer` dimension of an Application Load Balancer's metrics.
pub(super) fn load_balancer_complaint(name: &str) -> Option<String> {
    let example = "as \"app/prod/50dc6c495c0c9188\"";
    if let Some((_, dimension)) = name.split_once("loadbalancer/") {
        return Some(format!("write what follows \"loadbalancer/\" in the ARN, {dimension:?}"));
    }
    if name.starts_with("net/") || name.starts_with("gwy/") {
        return Some(format!(
            "only an Application Load Balancer counts requests: write that of one, {example}"
        ));
    }
    (!is_dimension(name, "app/")).then(|| format!("write the end of its ARN, {example}"))
}

/// What is wrong with the `TargetGroup` dimension of an Application Load Balancer's metrics.
pub(super) fn target_group_complaint(name: &str) -> Option<String> {
    if name.starts_with("arn:")
        && let Some((_, dimension)) = name.split_once(":targetgroup/")
    {
        return Some(format!("write the end of the ARN, \"targetgroup/{dimension}\""));
    }
    let right = is_dimension(name, "targetgroup/");
    (!right).then(|| "write the end of its ARN, as \"targetgroup/api/6d0ecf831eec9f09\"".to_owned())
}

/// What is wrong with the id of a replication group (ElastiCache API reference, CreateReplicationGroup).
pub(super) fn group_complaint(id: &str) -> Option<String> {
    if is_group(id) {
        return None;
    }
    if id.contains(":serverlesscache:") {
        return Some(
            "a serverless cache has no nodes to scale: write the id of a replication group".to_owned(),
        );
    }
    if id.starts_with("arn:") && id.contains(":cluster:") {
        return Some("this is the ARN of one node: write the id of its replication group".to_owned());
    }
    // What is proposed has to be right itself.
    let short = id.rsplit(':').next().unwrap_or_default();
    if id.starts_with("arn:") && is_group(short) {
        return Some(format!("this is an ARN: write the id at its end, {short:?}"));
    }
    let lower = id.to_ascii_lowercase();
    if is_group(&lower) {
        return Some(format!("ElastiCache stores ids in lower case: write {lower:?}"));
    }
    let mend = "write 1 to 40 lower-case letters, digits and single hyphens that begin with a letter and do not end with a hyphen";
    Some(mend.to_owned())
}

fn is_group(id: &str) -> bool {
    (1..=40).contains(&id.len())
        && begins_with_letter(id)
        && id.chars().all(is_name_character)
        && !id.ends_with('-')
        && !id.contains("--")
}

/// What is wrong with a node type: `cache.FAMILY.SIZE`.
pub(super) fn node_type_complaint(name: &str) -> Option<String> {
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_one = |name: &str| {
        let parts: Vec<&str> = name.split('.').collect();
        matches!(parts.as_slice(), ["cache", family, size] if is_part(family) && is_part(size))
    };
    if is_one(name) {
        return None;
    }
    // A class of RDS, a type of EC2, or one in capitals.
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_prefix("db.").or_else(|| lower.strip_prefix("cache.")).unwrap_or(&lower);
    let meant = format!("cache.{bare}");
    Some(if is_one(&meant) {
        format!("did you mean {meant:?}?")
    } else {
        "write one, as \"cache.m7g.large\"".to_owned()
    })
}

/// What is wrong with the name of a calendar, which windows quote.
pub(super) fn calendar_complaint(name: &str) -> Option<String> {
    let right = (1..=40).contains(&name.len()) && name.chars().all(is_word_character);
    (!right).then(|| "write 1 to 40 letters, digits, hyphens and underscores, as spain".to_owned())
}

/// What is wrong with the name of a planned event: it is quoted in explanations, and remembered.
pub(super) fn event_complaint(name: &str) -> Option<String> {
    let right = (1..=64).contains(&name.chars().count())
        && name.trim() == name
        && name.chars().all(|c| c.is_alphanumeric() || " -_.".contains(c));
    (!right).then(|| "write 1 to 64 letters, digits, inner spaces and - _ . , as \"black friday\"".to_owned())
}

/// What is wrong with the address that requests are sent to.
pub(super) fn url_complaint(url: &str) -> Option<String> {
    let example = "as \"https://api.example.com/health\"";
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Some(format!("write an address that begins with https:// or http://, {example}"));
    };
    if url.len() > 2_000 || !url.chars().all(|c| c.is_ascii_graphic()) || url.contains(['"', '\\', '<', '>'])
    {
        return Some(format!("write up to 2000 characters of ASCII without spaces, {example}"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        // What is in a policy is read by many, and told in explanations.
        return Some(format!("an address holds no user and no password: write it without, {example}"));
    }
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let labels_hold = host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
    let port_holds = port.parse::<u16>().is_ok_and(|port| port > 0) && !port.starts_with('+');
    (!labels_hold || !port_holds).then(|| format!("write an address with a host, {example}"))
}

/// `PREFIX`, a name of up to 32 letters, digits and hyphens, and a hexadecimal identifier.
fn is_dimension(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).and_then(|rest| rest.split_once('/')).is_some_and(|(name, id)| {
        (1..=32).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && (1..=32).contains(&id.len())
            && id.chars().all(|c| c.is_ascii_hexdigit())
    })
}

fn is_word_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn begins_with_letter(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}
