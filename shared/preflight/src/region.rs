//! Whether a Region has the services that a stack needs, by the names of their endpoints: for most of them there is nothing to call yet.

use std::net::ToSocketAddrs;
use std::thread;

use tidegate_policy::policy::Policy;

/// What every stack needs: as its endpoint is called, and as people call it (AWS General Reference, "Service endpoints and quotas").
const OF_EVERY_STACK: [(&str, &str); 11] = [
    ("cloudformation", "CloudFormation"),
    ("s3", "S3"),
    ("lambda", "Lambda"),
    ("scheduler", "EventBridge Scheduler"),
    ("events", "EventBridge"),
    ("sns", "SNS"),
    ("sqs", "SQS"),
    ("logs", "CloudWatch Logs"),
    ("monitoring", "CloudWatch"),
    ("dynamodb", "DynamoDB"),
    ("ssm", "Systems Manager"),
];

/// Who answers first: every Region of a partition has it.
const FIRST: &str = "sts";

/// Looks a host's name up; whether there is one.
pub(crate) type Resolve<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// By this machine's resolver.
pub(crate) fn resolves(host: &str) -> bool {
    // A second look: a resolver that was busy says the same as one that knows of no such name.
    (0..2).any(|_| (host, 443).to_socket_addrs().is_ok_and(|mut found| found.next().is_some()))
}

/// What the names of a Region's endpoints end in; `None` of the partitions whose names we do not know.
fn suffix(region: &str) -> Option<&'static str> {
    let part = region.split('-').next()?;
    if part == "cn" {
        Some("amazonaws.com.cn")
    } else if part == "eusc" {
        Some("amazonaws.eu")
    } else if region.contains("-iso") {
        None
    } else {
        Some("amazonaws.com")
    }
}

/// Whether a Region of this name can be talked to at all.
///
/// # Errors
/// The name that is not there.
pub(crate) fn is_there(region: &str, resolve: Resolve<'_>) -> Result<(), String> {
    let Some(suffix) = suffix(region) else { return Ok(()) };
    let host = format!("{FIRST}.{region}.{suffix}");
    if resolve(&host) { Ok(()) } else { Err(host) }
}

/// Which of the services that `policy` needs have no endpoint in the Region, with the name that is not there; and how many names were
/// looked up, 0 where we do not know what they are called.
pub(crate) fn absent(
    region: &str,
    policy: &Policy,
    resolve: Resolve<'_>,
) -> (Vec<(&'static str, String)>, usize) {
    let Some(suffix) = suffix(region) else { return (Vec::new(), 0) };
    let hosts: Vec<_> = needed(policy)
        .into_iter()
        .map(|(service, name)| (name, format!("{service}.{region}.{suffix}")))
        .collect();
    let looked = hosts.len();
    // Together: each may take seconds to say no.
    let found: Vec<bool> = thread::scope(|scope| {
        let looks: Vec<_> = hosts.iter().map(|(_, host)| scope.spawn(move || resolve(host))).collect();
        looks.into_iter().map(|look| look.join().unwrap_or(false)).collect()
    });
    let absent = hosts.into_iter().zip(found).filter(|(_, found)| !found).map(|(host, _)| host);
    (absent.collect(), looked)
}

/// What the stack needs, and what the kinds of the policy need.
fn needed(policy: &Policy) -> Vec<(&'static str, &'static str)> {
    let mut needed = OF_EVERY_STACK.to_vec();
    let mut also = |service: (&'static str, &'static str)| {
        if !needed.contains(&service) {
            needed.push(service);
        }
    };
    for target in &policy.targets {
        target.kind.kind().apis().iter().for_each(|api| also(*api));
    }
    needed
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tidegate_policy::document::parse;

    use super::*;

    fn policy() -> Policy {
        let windows = "[{ days = \"sat\", from = \"08:00\", to = \"20:00\", zone = \"UTC\", min = 3 }]";
        let text = format!(
            "[[target]]\nname = \"c\"\nkind = \"redis-nodes\"\ngroup = \"c\"\nmin = 2\nmax = 3\nwindows = {windows}\n"
        );
        parse(&text).unwrap()
    }

    #[test]
    fn the_names_are_those_of_the_regions_partition() {
        for (region, host) in [
            ("eu-west-1", Some("sts.eu-west-1.amazonaws.com")),
            ("cn-north-1", Some("sts.cn-north-1.amazonaws.com.cn")),
            ("us-gov-west-1", Some("sts.us-gov-west-1.amazonaws.com")),
            ("eusc-de-east-1", Some("sts.eusc-de-east-1.amazonaws.eu")),
            ("us-iso-east-1", None),
        ] {
            assert_eq!(is_there(region, &|_| false).err().as_deref(), host, "{region}");
            assert_eq!(is_there(region, &|_| true), Ok(()), "{region}");
        }
    }

    #[test]
    fn what_is_looked_up_follows_the_policys_kinds() {
        let asked = Mutex::new(Vec::new());
        let (absent, looked) = absent("mx-central-1", &policy(), &|host: &str| {
            asked.lock().unwrap().push(host.to_owned());
            !host.starts_with("scheduler.")
        });
        assert_eq!(absent, [("EventBridge Scheduler", "scheduler.mx-central-1.amazonaws.com".to_owned())]);
        let asked = asked.into_inner().unwrap();
        assert_eq!((asked.len(), looked), (13, 13));
        let has = |service: &str| asked.contains(&format!("{service}.mx-central-1.amazonaws.com"));
        assert!(has("elasticache") && has("application-autoscaling") && has("lambda"));
        assert!(!has("rds") && !has("ecs"));
    }

    #[test]
    fn where_names_are_not_known_none_is_looked_up() {
        assert_eq!(super::absent("us-isob-east-1", &policy(), &|_| false), (Vec::new(), 0));
    }
}
