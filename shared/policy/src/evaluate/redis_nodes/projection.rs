//! What a removal would do: the load of the nodes that remain, and the keys of the shards that remain, against every threshold with margin.

use super::readings::Readings;
use crate::observation::{Node, Reading, Role, Shard};
use crate::policy::{Scaling, Signal};
use crate::reason::{Explanation, Reason};
use crate::units::Percent;

/// The recent past whose mean is projected.
const MINUTES: u32 = 10;
/// The limit of CPU where the policy has no rule: nobody wants a node above it.
const CPU_WITHOUT_RULE: f64 = 80.0;
/// The limit of memory where the policy has no rule: the mission's threshold.
const MEMORY_WITHOUT_RULE: f64 = 75.0;
/// So many times the memory of a leaving shard must be free in those that stay (ElastiCache user guide, "Best practices: online cluster resizing").
const FREE_FOR_EACH_LEAVING: f64 = 1.5;

/// Whether a shard's reads are carried with one replica less: by those that remain, or by the primary alone.
///
/// # Errors
/// `ProjectedLoadTooHigh`, or `SignalMissing` and `SignalStale` where it cannot be told.
pub(crate) fn carries_with_one_less(
    shard: &Shard,
    scaling: &Scaling,
    readings: &Readings<'_>,
) -> Result<(), Explanation> {
    if scaling.scale_out.is_empty() && scaling.scale_in.is_empty() {
        // Then the clock alone says how many there are to be.
        return Ok(());
    }
    if !asks_for(scaling, Signal::Cpu) {
        let detail = "no rule reads cpu, and nothing else says whether a replica less would carry the reads: write one in scale_in";
        return Err(Explanation::new(Reason::SignalMissing, detail));
    }
    let (mut total, mut of_primaries, mut replicas) = (0.0, 0.0, 0_u32);
    for node in &shard.nodes {
        let cpu = recent(node, Signal::Cpu, readings)?;
        match readings.role(node) {
            // In the minutes of a failover two say that they are it.
            Role::Primary => of_primaries += cpu,
            Role::Replica | Role::Unknown => {
                replicas += 1;
                total += cpu;
            }
        }
    }
    // Of a shard whose roles are not known one of those counted is the primary: left out is the least busy.
    let known = shard.nodes.iter().any(|node| readings.role(node) == Role::Primary);
    let remaining = replicas.saturating_sub(if known { 1 } else { 2 });
    let projected =
        if remaining == 0 { of_primaries + total } else { (total / f64::from(remaining)).max(of_primaries) };
    let limit = lowest_limit(scaling, Signal::Cpu).unwrap_or(CPU_WITHOUT_RULE);
    below(scaling, projected, limit, Signal::Cpu, || {
        format!("with one replica less the cpu of shard {}", shard.id)
    })?;
    clients_fit_with_one_less(shard, scaling, readings)
}

/// Whether the clients of the replicas find room on one less, where a rule adds for connections: it would add what was just taken away.
fn clients_fit_with_one_less(
    shard: &Shard,
    scaling: &Scaling,
    readings: &Readings<'_>,
) -> Result<(), Explanation> {
    let Some(limit) = lowest_limit(scaling, Signal::NodeConnections) else { return Ok(()) };
    let of = |role| shard.nodes.iter().filter(move |node| readings.role(node) == role).count();
    // In the minutes of a failover nobody knows whose clients only read.
    let is_known = of(Role::Primary) == 1 && of(Role::Unknown) == 0;
    let (mut total, mut at_primary, mut replicas) = (0.0, 0.0, 0_u32);
    for node in &shard.nodes {
        let connections = recent(node, Signal::NodeConnections, readings)?;
        if is_known && readings.role(node) == Role::Primary {
            at_primary += connections;
        } else {
            total += connections;
            replicas += 1;
        }
    }
    // Those of a primary are its own, as long as a replica is there to read from.
    let projected = match replicas.saturating_sub(1) {
        0 => at_primary + total,
        remaining => total / f64::from(remaining),
    };
    below(scaling, projected, limit, Signal::NodeConnections, || {
        format!("with one replica less the connections per node of shard {} that answer reads", shard.id)
    })
}

/// Whether the other shards can hold and carry what `leaving` holds and carries. Its slots are spread evenly over them, whatever they hold
/// already: keys and clients are not spread as evenly as slots, so the fullest and the busiest that stays is the one to fear for.
///
/// # Errors
/// As above. Keys that do not fit would be dropped, so memory is asked for whatever the policy's rules are.
pub(crate) fn holds_without_shard(
    leaving: &Shard,
    scaling: &Scaling,
    readings: &Readings<'_>,
) -> Result<(), Explanation> {
    let (mut most_held, mut most_busy, mut free) = (0.0_f64, 0.0_f64, 0.0);
    let (mut of_leaving, mut work_of_leaving) = (0.0, 0.0);
    for shard in &readings.group.shards {
        // Whoever is the primary, the fullest and the busiest node of a shard is the one to fear for.
        let (mut fullest, mut busiest) = (None::<f64>, 0.0_f64);
        for node in &shard.nodes {
            if node.role != Role::Replica {
                let memory = recent(node, Signal::Memory, readings)?;
                fullest = Some(fullest.map_or(memory, |fullest| fullest.max(memory)));
            }
            if asks_for(scaling, Signal::Cpu) {
                busiest = busiest.max(recent(node, Signal::Cpu, readings)?);
            }
        }
        let Some(fullest) = fullest else {
            let detail = format!("no primary of shard {} is known", shard.id);
            return Err(Explanation::new(Reason::RolesUnknown, detail));
        };
        if shard.id == leaving.id {
            (of_leaving, work_of_leaving) = (fullest, busiest);
        } else {
            (most_held, most_busy) = (most_held.max(fullest), most_busy.max(busiest));
            free += (100.0 - fullest).max(0.0);
        }
    }
    let remaining =
        f64::from(u32::try_from(readings.group.shards.len()).unwrap_or(u32::MAX).saturating_sub(1));
    if remaining < 1.0 {
        let detail = format!("shard {} is the only one", leaving.id);
        return Err(Explanation::new(Reason::AlreadyAtMinCapacity, detail));
    }
    let limit = lowest_limit(scaling, Signal::Memory).unwrap_or(MEMORY_WITHOUT_RULE);
    let name = |what: &str| format!("without shard {} the highest {what} of the others", leaving.id);
    below(scaling, most_held + of_leaving / remaining, limit, Signal::Memory, || name("memory"))?;
    if free < FREE_FOR_EACH_LEAVING * of_leaving {
        let detail = format!(
            "shard {} holds {} of a shard's memory, and {} are free in the others: ElastiCache wants {FREE_FOR_EACH_LEAVING} times as much",
            leaving.id,
            Percent(of_leaving),
            Percent(free),
        );
        return Err(Explanation::new(Reason::ProjectedLoadTooHigh, detail));
    }
    let limit = lowest_limit(scaling, Signal::Cpu).unwrap_or(CPU_WITHOUT_RULE);
    below(scaling, most_busy + work_of_leaving / remaining, limit, Signal::Cpu, || name("cpu"))
}

fn below(
    scaling: &Scaling,
    projected: f64,
    limit: f64,
    signal: Signal,
    what: impl Fn() -> String,
) -> Result<(), Explanation> {
    let allowed = limit - scaling.margin.of(limit);
    if projected < allowed {
        return Ok(());
    }
    let detail = format!(
        "{} would be {}, and {} is the most that leaves {} below {}",
        what(),
        signal.shown(projected),
        signal.shown(allowed),
        scaling.margin,
        signal.shown(limit)
    );
    Err(Explanation::new(Reason::ProjectedLoadTooHigh, detail))
}

fn asks_for(scaling: &Scaling, signal: Signal) -> bool {
    scaling.scale_out.iter().chain(&scaling.scale_in).any(|rule| rule.signal == signal)
}

fn lowest_limit(scaling: &Scaling, signal: Signal) -> Option<f64> {
    let rules = scaling.scale_out.iter().filter(|rule| rule.signal == signal);
    rules.map(|rule| rule.threshold).reduce(f64::min)
}

fn recent(node: &Node, signal: Signal, readings: &Readings<'_>) -> Result<f64, Explanation> {
    let reading = readings.reading(node, signal);
    let name = signal.name();
    match reading {
        Reading::Fresh(series) => Ok(series.mean_of_last(MINUTES)),
        Reading::Stale(_) => Err(Explanation::new(
            Reason::SignalStale,
            format!("{name} of {}: the newest point is too old to take anything away on", node.id),
        )),
        Reading::Missing => Err(Explanation::new(
            Reason::SignalMissing,
            format!("{name} of {}: no recent points, so nothing is taken away", node.id),
        )),
    }
}
