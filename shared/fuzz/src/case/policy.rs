//! A policy that somebody could write: every key now and then, with values within its bounds, as text for the reader of policies.

use std::fmt::Write as _;

use tidegate_policy::kind::Kind;
use tidegate_simulator::random::Draws;

use super::draw::{one_of, whole};

/// A document of so many targets.
pub(super) fn drawn(draws: &mut Draws, kind: Option<Kind>, targets: i64) -> String {
    let mut text = String::new();
    for place in 0..targets {
        let kind = kind.unwrap_or_else(|| one_of(draws, &Kind::ALL));
        match kind {
            Kind::RdsReplicas => of_replicas(draws, place, &mut text),
            Kind::EcsService => of_a_service(draws, place, &mut text),
            Kind::RedisNodes => of_nodes(draws, place, &mut text),
        }
    }
    text
}

/// A line of the document; writing to a `String` cannot fail.
macro_rules! line {
    ($text:expr, $($words:tt)*) => {{ let _ = writeln!($text, $($words)*); }};
}

fn of_replicas(draws: &mut Draws, place: i64, text: &mut String) {
    let ttl = one_of(draws, &[1, 10, 10, 60]);
    let engine = one_of(draws, &["mysql", "mysql", "postgres", "mariadb"]);
    line!(text, "[[target]]\nname = \"readers-{place}\"\nkind = \"rds-replicas\"\nsource = \"db-{place}\"");
    line!(text, "engine = \"{engine}\"\nclass = \"db.t3.medium\"");
    line!(
        text,
        "reader = {{ zone = \"ZFUZZ{place}\", name = \"ro-{place}.example.com\", ttl = \"{ttl}s\" }}"
    );
    let min = whole(draws, 0, 2);
    let max = min.max(1) + whole(draws, 0, 5);
    line!(text, "min = {min}\nmax = {max}");
    let out = whole(draws, 55, 90);
    let add = max.min(2);
    let more = maybe(
        draws,
        &[
            ", \"connections > 80% for 5m\"",
            ", \"lag > 1s for 5m\"",
            &format!(", \"primary cpu > 95% for 2m add {add}\""),
            ", \"replica cpu > 85% for 3m\"",
        ],
    );
    line!(text, "scale_out = [\"primary cpu > {out}% for {}m\"{more}]", whole(draws, 1, 6));
    let inward = whole(draws, 25, (out - 8).min(70));
    line!(
        text,
        "scale_in = [\"replica cpu < {inward}% for {}m\"{}]",
        whole(draws, 3, 20),
        maybe(draws, &[", \"connections < 60% for 10m\"",])
    );
    if draws.chance(0.2) {
        line!(text, "track = [\"replica cpu at {}%\"]", whole(draws, inward + 7, out));
    }
    if draws.chance(0.5) {
        line!(text, "alert = [\"lag > 1s for 1m\"]");
    }
    line!(text, "floor = {}", min == 0 || draws.chance(0.6));
    let pool = one_of(draws, &[1, 2, 5, 5, 10]);
    let deadline = one_of(draws, &[60, 90]);
    let ends = one_of(draws, &["cancel", "cancel", "force"]);
    line!(text, "pool_lifetime = \"{pool}m\"");
    line!(
        text,
        "drain = {{ deadline = \"{deadline}m\", quiet_points = {}, idle_connections = 1, on_deadline = \"{ends}\" }}",
        whole(draws, 3, 5)
    );
    line!(text, "creations_per_day = {}", one_of(draws, &[2, 6, 12, 48]));
    if draws.chance(0.2) {
        line!(text, "fallback_classes = [\"db.r6g.large\"]");
    }
    if draws.chance(0.2) {
        line!(text, "replace_after = \"{}m\"", whole(draws, 15, 120));
    }
    line!(
        text,
        "cooldown = {{ out = \"{}m\", in = \"{}m\" }}",
        pool.max(whole(draws, 1, 20)),
        whole(draws, 1, 40)
    );
    of_any_kind(draws, max, text);
}

fn of_a_service(draws: &mut Draws, place: i64, text: &mut String) {
    let (balanced, queued) = (draws.chance(0.6), draws.chance(0.4));
    line!(
        text,
        "[[target]]\nname = \"service-{place}\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"service-{place}\""
    );
    if balanced {
        line!(
            text,
            "load_balancer = {{ load_balancer = \"app/prod/50dc6c495c0c91{place:02}\", target_group = \"targetgroup/s/6d0ecf831eec9f{place:02}\" }}"
        );
    }
    if queued {
        line!(text, "queue = \"jobs-{place}\"");
    }
    let min = if queued { whole(draws, 0, 3) } else { whole(draws, 1, 4) };
    let max = min.max(1) + whole(draws, 0, 8);
    line!(text, "min = {min}\nmax = {max}");
    let out = whole(draws, 60, 90);
    let mut outward = vec![format!("\"cpu > {out}% for {}m\"", whole(draws, 1, 8))];
    let mut inward = vec![format!("\"cpu < {}% for {}m\"", whole(draws, 25, out - 10), whole(draws, 3, 25))];
    let mut tracked = Vec::new();
    if draws.chance(0.3) {
        outward.push("\"memory > 80% for 10m\"".to_owned());
    }
    if balanced && draws.chance(0.4) {
        outward.push("\"p95 latency > 1s for 5m\"".to_owned());
    }
    if balanced && draws.chance(0.4) {
        tracked.push("\"requests per target at 1000\"".to_owned());
    }
    if queued {
        outward.push(format!("\"queue depth > {} for 3m\"", whole(draws, 20, 200)));
        inward.push("\"queue depth < 10 for 10m\"".to_owned());
        if draws.chance(0.4) {
            tracked.push("\"backlog per task at 25\"".to_owned());
        }
    }
    line!(text, "scale_out = [{}]\nscale_in = [{}]", outward.join(", "), inward.join(", "));
    if !tracked.is_empty() {
        line!(text, "track = [{}]", tracked.join(", "));
    }
    if draws.chance(0.3) {
        line!(text, "spot = {{ share = \"{}%\", base = {} }}", whole(draws, 10, 100), whole(draws, 0, min));
    }
    line!(
        text,
        "cooldown = {{ out = \"{}s\", in = \"{}s\" }}",
        whole(draws, 30, 600),
        whole(draws, 60, 1_200)
    );
    of_any_kind(draws, max, text);
}

fn of_nodes(draws: &mut Draws, place: i64, text: &mut String) {
    let sharded = draws.chance(0.4);
    line!(text, "[[target]]\nname = \"nodes-{place}\"\nkind = \"redis-nodes\"\ngroup = \"nodes-{place}\"");
    let max = if sharded {
        let (shards, replicas) = (whole(draws, 2, 6), whole(draws, 1, 3));
        let max = shards * (1 + replicas);
        line!(
            text,
            "cluster_mode = \"enabled\"\nshards = {{ min = 1, max = {shards} }}\nreplicas = {{ min = 1, max = {replicas} }}"
        );
        line!(text, "min = 2\nmax = {max}");
        max
    } else {
        let min = whole(draws, 2, 3);
        let max = min + whole(draws, 0, 6 - min);
        line!(text, "cluster_mode = \"disabled\"\nmin = {min}\nmax = {max}");
        max
    };
    if draws.chance(0.4) {
        line!(text, "node_types = [\"cache.t3.medium\", \"cache.m7g.large\"]");
    }
    let out = whole(draws, 60, 85);
    let memory = draws.chance(0.7);
    let (more, less) =
        if memory { (", \"memory > 75% for 10m\"", ", \"memory < 40% for 20m\"") } else { ("", "") };
    line!(text, "scale_out = [\"cpu > {out}% for {}m\"{more}]", whole(draws, 2, 10));
    line!(text, "scale_in = [\"cpu < {}% for {}m\"{less}]", whole(draws, 25, out - 15), whole(draws, 5, 30));
    if draws.chance(0.5) {
        line!(text, "alert = [\"evictions > 100 for 5m\"]");
    }
    line!(text, "cooldown = {{ out = \"{}m\", in = \"{}m\" }}", whole(draws, 2, 20), whole(draws, 5, 40));
    of_any_kind(draws, max, text);
}

fn of_any_kind(draws: &mut Draws, max: i64, text: &mut String) {
    line!(text, "evaluate_every = \"{}m\"", one_of(draws, &[1, 2, 5, 5, 10]));
    if draws.chance(0.5) {
        line!(text, "stabilization = {{ in = \"{}m\" }}", whole(draws, 0, 30));
    }
    if draws.chance(0.3) {
        line!(text, "margin = \"{}%\"", whole(draws, 0, 20));
    }
    if draws.chance(0.2) {
        line!(
            text,
            "rate_limit = {{ out = \"{} per 15m\", in = \"{} per 30m\" }}",
            whole(draws, 1, 3),
            whole(draws, 1, 2)
        );
    }
    if draws.chance(0.3) {
        line!(text, "at_maximum_for = \"{}m\"", whole(draws, 5, 60));
    }
    if draws.chance(0.4) {
        let from = whole(draws, 0, 20);
        let to = (from + whole(draws, 1, 8)).min(23);
        let zone = one_of(draws, &["UTC", "Europe/Madrid", "America/New_York"]);
        let days = one_of(draws, &["mon-sun", "mon-fri", "sat-sun"]);
        let lead =
            if draws.chance(0.4) { format!(", lead = \"{}m\"", whole(draws, 5, 40)) } else { String::new() };
        line!(
            text,
            "windows = [{{ days = \"{days}\", from = \"{from:02}:00\", to = \"{to:02}:30\", zone = \"{zone}\", min = {max}{lead} }}]"
        );
    }
    // Rare, for it costs ten times what all else costs.
    if draws.chance(0.06) {
        let mode = one_of(draws, &["shadow", "act"]);
        line!(text, "forecast = {{ mode = \"{mode}\" }}");
    }
    line!(text, "");
}

/// Each of them with one chance in three.
fn maybe(draws: &mut Draws, all: &[&str]) -> String {
    all.iter().filter(|_| draws.chance(0.33)).copied().collect()
}

#[cfg(test)]
mod tests {
    use tidegate_policy::document::parse;
    use tidegate_simulator::random::Streams;

    use super::*;

    #[test]
    fn what_is_drawn_is_a_policy() {
        for kind in Kind::ALL {
            for seed in 0..300 {
                let text = drawn(&mut Streams::new(seed).key("test", "policy").member(0), Some(kind), 4);
                let problems = parse(&text).err().unwrap_or_default();
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                assert!(lines.is_empty(), "seed {seed}: {}\n{text}", lines.join("\n"));
            }
        }
    }
}
