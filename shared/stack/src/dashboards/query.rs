//! The queries on the functions' log, in the language of CloudWatch Logs Insights, and the fields of a line that they may use.

use tidegate_policy::policy::{Policy, Target};

use super::widget::Widget;
use crate::function::{FUNCTIONS, Function};

/// What a line of the log has of a target that was looked at, in every mode of `TIDEGATE_METRICS`. Queries use these and no others.
#[cfg(test)]
pub(super) const FIELDS: [&str; 15] = [
    "Stage",
    "Function",
    "Target",
    "Reason",
    "message",
    "Current",
    "Desired",
    "Serving",
    "ReplicaLag",
    "ConnectionsUsed",
    "HitRate",
    "DrainTime",
    "weights",
    "Actions",
    "FailedActions",
];

/// So many targets are priced in one query, which has room for 10,000 characters ("CloudWatch Logs quotas").
pub(super) const PRICED_A_QUERY: usize = 100;

/// The logs of the functions that have targets, each followed by a bar.
pub(super) fn sources(policy: &Policy) -> String {
    let used = FUNCTIONS.into_iter().filter(|function| function.targets(policy).next().is_some());
    used.map(source).collect()
}

/// The log of one function, followed by a bar.
pub(super) fn source(of: Function) -> String {
    format!("SOURCE '${{{}}}' | ", of.logs())
}

/// The newest look at each target.
pub(super) fn newest(sources: &str) -> String {
    format!(
        "{sources}filter ispresent(Current) | stats latest(Current) as current, latest(Desired) as desired, latest(Serving) as serving, latest(Reason) as reason, latest(message) as why by Target | sort Target asc"
    )
}

/// What was changed, or should have been, the newest first.
pub(super) fn activities(sources: &str) -> String {
    format!(
        "{sources}filter Actions > 0 or FailedActions > 0 | fields @timestamp, Target, Reason, message, Current, Desired, Actions, FailedActions | sort @timestamp desc | limit 100"
    )
}

/// Members of one target over time.
pub(super) fn members(sources: &str, target: &str) -> String {
    format!(
        "{sources}filter Target = \"{target}\" and ispresent(Current) | stats max(Current) as current, max(Desired) as desired, min(Serving) as serving by bin(5m)"
    )
}

/// The newest look at each target of replicas.
pub(super) fn newest_of_replicas(source: &str) -> String {
    format!(
        "{source}filter ispresent(Current) | stats latest(Current) as current, latest(Serving) as serving, max(ReplicaLag) as worst_lag_seconds, max(ConnectionsUsed) as most_connections_percent, max(DrainTime) as longest_drain_seconds, latest(weights) as weights_now by Target | sort Target asc"
    )
}

/// Lag and connections of one target of replicas over time.
pub(super) fn health_of_replicas(source: &str, target: &str) -> String {
    format!(
        "{source}filter Target = \"{target}\" and ispresent(Current) | stats max(ReplicaLag) as lag_seconds, max(ConnectionsUsed) as connections_percent by bin(5m)"
    )
}

/// Each split of reads that the weights made, the newest first.
pub(super) fn splits(source: &str) -> String {
    format!(
        "{source}fields @timestamp, Target, weights, Serving | filter ispresent(weights) | sort @timestamp desc | dedup Target, weights | limit 100"
    )
}

/// Tables of what is scaled in dollars an hour, now and by the hour, of targets whose price is known.
pub(super) fn cost(sources: &str, priced: &[(&Target, f64)]) -> Vec<Widget> {
    let parts = priced.len().div_ceil(PRICED_A_QUERY);
    let tables = |(nth, priced): (usize, &[(&Target, f64)])| {
        let part = if parts > 1 { format!(", {} of {parts}", nth + 1) } else { String::new() };
        let dollars = format!("{sources}{}", dollars(priced));
        let now = format!(
            "{dollars} | stats latest(Current) as current, latest(dollars) as dollars_an_hour by Target | sort dollars_an_hour desc"
        );
        // The mean of each target first: a target that is looked at more often is not dearer.
        let by_hour = format!(
            "{dollars} | fields datefloor(@timestamp, 1h) as hour | stats avg(dollars) as mean by hour, Target | stats sum(mean) as dollars_an_hour by hour | sort hour desc"
        );
        [
            Widget::table(&format!("Dollars an hour now, by list price{part}"), now, 6).half(),
            Widget::table(&format!("Dollars an hour together{part}"), by_hour, 6).half(),
        ]
    };
    priced.chunks(PRICED_A_QUERY).enumerate().flat_map(tables).collect()
}

/// Members times price. The language has no table to look a price up in, but finds text: 1 where a name is the target's, 0 where not.
fn dollars(priced: &[(&Target, f64)]) -> String {
    let mut prices: Vec<f64> = priced.iter().map(|(_, price)| *price).collect();
    prices.sort_by(f64::total_cmp);
    prices.dedup_by(|one, other| one.total_cmp(other).is_eq());
    let of_price = |price: f64| {
        let named = priced.iter().filter(|(_, other)| other.total_cmp(&price).is_eq());
        let found: Vec<_> =
            named.map(|(target, _)| format!("strcontains(named, \":{}:\")", target.name)).collect();
        format!("({}) * {price:.4}", found.join(" + "))
    };
    let sum: Vec<_> = prices.into_iter().map(of_price).collect();
    format!(
        "filter ispresent(Current) | fields concat(\":\", Target, \":\") as named | fields Current * ({}) as dollars | filter dollars > 0",
        sum.join(" + ")
    )
}
