//! On the way in: only a replica that keeps up gets more weight, a step at a time, and only once clients followed the last step.

use jiff::SignedDuration;

use super::capacity::FULL_AT_MOST;
use super::case::{Case, Touched};
use crate::check::findings::Findings;
use crate::check::invariant;
use crate::observation::Replica;
use crate::units::friendly;

/// Two periods of RDS metrics, in which a step begins to show.
const TWO_PERIODS: SignedDuration = SignedDuration::from_mins(2);
/// The last of them is given up while everybody else is saturated.
const ONE_PERIOD: SignedDuration = SignedDuration::from_mins(1);
/// Percent of CPU above which a replica counts as saturated.
const SATURATED_ABOVE: f64 = 95.0;
/// Percent of CPU up to which a climbing replica may be busier than every other.
const WARM: f64 = 85.0;
/// Clients that renew their connections more often than this hand over too much at a time for a single step.
const SLOW_POOLS: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn judge(case: &Case<'_>, findings: &mut Findings) {
    for touched in case.touched() {
        if touched.is_floor() {
            continue;
        }
        let Some(replica) = case.instance(touched.set_id.as_str()) else { continue };
        if Case::is_held(replica) && (touched.raises() || touched.before.is_none()) {
            findings.refuse(
                invariant::HELD,
                format!("{} would get weight {} while a person holds it", replica.id, touched.weight_after()),
            );
        }
        if restores(case, &touched, replica) {
            fitness(case, replica, &touched, findings);
        } else if touched.before.is_none() && touched.after.is_some() {
            joins(case, &touched, replica, findings);
        } else if touched.raises() {
            climbs(case, &touched, replica, findings);
        }
        if touched.raises() && touched.weight_before() == 0 {
            login(case, replica, findings);
        }
        let full = case.full_weight(replica);
        if touched.raises() && touched.weight_after() > full {
            findings.refuse(
                invariant::RAMP,
                format!("{} would get weight {}, more than {full}", replica.id, touched.weight_after()),
            );
        }
        if touched.lowers() && touched.weight_after() > 0 {
            eases(case, &touched, replica, full, findings);
        }
    }
}

/// Short of 0 there are two ways down: a trickle for who is not fit, and the full weight of a class that others outgrew.
fn eases(case: &Case<'_>, touched: &Touched<'_>, replica: &Replica, full: u8, findings: &mut Findings) {
    let to = touched.weight_after();
    let trickle = to == 1 && case.unfitness(replica).is_some();
    if !trickle && to != full {
        findings.refuse(
            invariant::RAMP,
            format!(
                "{} would go from weight {} to {to}, its full weight is {full}",
                replica.id,
                touched.weight_before()
            ),
        );
    }
}

/// Whether a removal is taken back: the replica served until a moment ago, so it neither waits nor climbs. It
/// must be as fit as any other that gets more weight.
fn restores(case: &Case<'_>, touched: &Touched<'_>, replica: &Replica) -> bool {
    let taken_back = case.removal_before(&replica.id).is_some_and(|(intent, removal)| {
        removal.resource_id == replica.resource_id
            && !removal.delete_requested
            && case.goes_on(intent).is_none()
    });
    taken_back && touched.before.is_some_and(|before| !before.weight.is_positive()) && touched.raises()
}

fn joins(case: &Case<'_>, touched: &Touched<'_>, replica: &Replica, findings: &mut Findings) {
    if let Some(why) = case.unfitness(replica).filter(|_| !case.nearly_caught_up(replica)) {
        findings.refuse(
            invariant::FITNESS,
            format!("{} would join at weight {}, but {why}", replica.id, touched.weight_after()),
        );
    }
    draining(case, replica, touched, findings);
    let [first, _] = ladder(case, replica);
    if touched.weight_after() != first {
        findings.refuse(
            invariant::RAMP,
            format!("{} would join at weight {}, not {first}", replica.id, touched.weight_after()),
        );
    }
}

/// The weights below the full one: a sixteenth of it, and a quarter where pools turn over quickly.
fn ladder(case: &Case<'_>, replica: &Replica) -> [u8; 2] {
    let full = case.full_weight(replica);
    let joins_at = (full >> 4).max(1);
    let climbs_to = if case.rds.pool_lifetime < SLOW_POOLS { (full >> 2).max(1) } else { joins_at };
    [joins_at, climbs_to]
}

fn climbs(case: &Case<'_>, touched: &Touched<'_>, replica: &Replica, findings: &mut Findings) {
    // Who is answered with and was measured within the bound needs no third point.
    if touched.weight_before() == 0 || !(case.measured_within(replica) && case.nearly_caught_up(replica)) {
        fitness(case, replica, touched, findings);
    }
    draining(case, replica, touched, findings);
    let (from, to) = (touched.weight_before(), touched.weight_after());
    let [joins_at, climbs_to] = ladder(case, replica);
    let step = if from < joins_at {
        joins_at
    } else if from < climbs_to {
        climbs_to
    } else {
        FULL_AT_MOST
    };
    if to > step {
        findings.refuse(
            invariant::RAMP,
            format!("{} would go from weight {from} to {to}, past {step}", replica.id),
        );
    }
    dwell(case, touched, replica, findings);
    not_hotter(case, replica, touched, findings);
}

/// What it was given so far is in its CPU: more is for who is no busier than the others, or not busy.
fn not_hotter(case: &Case<'_>, replica: &Replica, touched: &Touched<'_>, findings: &mut Findings) {
    let to = touched.weight_after();
    let newest = |one: &Replica| one.signals.cpu.fresh().map(|series| series.newest().value);
    let Some(own) = newest(replica) else {
        findings.refuse(
            invariant::FITNESS,
            format!("{} would get weight {to}, but its CPU has no fresh points", replica.id),
        );
        return;
    };
    let busiest = others(case, replica).filter_map(newest).fold(WARM, f64::max);
    if own > busiest {
        findings.refuse(
            invariant::FITNESS,
            format!("{} would get weight {to} at {own}% CPU, the busiest other has {busiest}%", replica.id),
        );
    }
}

/// Who else of this source's replicas is answered with before the plan and serves, whoever made it.
fn others<'a>(case: &Case<'a>, replica: &'a Replica) -> impl Iterator<Item = &'a Replica> {
    let answered: Vec<_> =
        case.group_before().into_iter().filter(|record| record.weight.is_positive()).collect();
    case.seen.replicas.iter().filter(move |other| {
        other.id != replica.id
            && other.source.as_ref() == Some(&case.rds.source)
            && other.status.serves()
            && answered.iter().any(|record| record.set_id.as_str() == other.id.as_str())
    })
}

/// Whether nobody else has anything left: a late step costs more then than an early one.
fn all_saturated(case: &Case<'_>, replica: &Replica) -> bool {
    let saturated = |other: &Replica| {
        other.signals.cpu.fresh().is_some_and(|series| series.newest().value > SATURATED_ABOVE)
    };
    // Who climbs as well has not been asked for all it can give.
    let at_full = |other: &&Replica| {
        let record =
            case.group_before().into_iter().find(|record| record.set_id.as_str() == other.id.as_str());
        record.is_some_and(|record| record.weight.0 >= case.full_weight(other))
    };
    let mut others = others(case, replica).filter(at_full).peekable();
    others.peek().is_some() && others.all(saturated)
}

fn fitness(case: &Case<'_>, replica: &Replica, touched: &Touched<'_>, findings: &mut Findings) {
    if let Some(why) = case.unfitness(replica) {
        findings.refuse(
            invariant::FITNESS,
            format!("{} would get weight {}, but {why}", replica.id, touched.weight_after()),
        );
    }
}

/// Clients are led to a replica only where they can log in as they do at the source.
fn login(case: &Case<'_>, replica: &Replica, findings: &mut Findings) {
    let Some(source) = case.source() else { return };
    let at_source = source.settings.iam_authentication;
    if replica.iam_authentication != at_source {
        findings.refuse(
            invariant::MADE_AS_SOURCE,
            format!(
                "{} would join with IAM authentication {}, its source has {at_source}",
                replica.id, replica.iam_authentication
            ),
        );
    }
}

fn draining(case: &Case<'_>, replica: &Replica, touched: &Touched<'_>, findings: &mut Findings) {
    if let Some((intent, _)) = case.removal_after(&replica.id) {
        findings.refuse(
            invariant::DRAIN,
            format!(
                "{} would get weight {} while decision {} removes it",
                replica.id,
                touched.weight_after(),
                intent.decision
            ),
        );
    }
}

fn dwell(case: &Case<'_>, touched: &Touched<'_>, replica: &Replica, findings: &mut Findings) {
    let (id, from) = (&replica.id, touched.weight_before());
    let known = case.remembered(id.as_str());
    let Some(known) = known.filter(|known| known.weight.is_some_and(|weight| weight.0 == from)) else {
        findings.refuse(invariant::DWELL, format!("it is not known since when {id} has weight {from}"));
        return;
    };
    if case.spread_since(known).is_none() {
        findings.refuse(invariant::DWELL, format!("weight {from} of {id} is not INSYNC"));
    }
    let periods = if all_saturated(case, replica) { ONE_PERIOD } else { TWO_PERIODS };
    let least = case.three_ttl(touched.before) + periods;
    let has = case.now.duration_since(known.since);
    if has < least {
        findings.refuse(
            invariant::DWELL,
            format!("{id} has weight {from} for {} of {}", friendly(has), friendly(least)),
        );
    }
}
