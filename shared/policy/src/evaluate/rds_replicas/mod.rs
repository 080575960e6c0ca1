//! What the rules say of replicas.

mod lag;
mod members;
pub(crate) mod projection;
pub(crate) mod roster;
mod tracking;
pub(crate) mod weights;

pub(crate) use lag::{
    LagStanding, catches_up, has_caught_up, keeps_up, lag_standing, newest_lag, standing_of,
};

use jiff::Timestamp;

use self::members::Members;
use self::roster::Roster;
use super::threshold::{self, Verdict};
use super::{Alerts, Evaluation, Recommendation, Vote, bounds_at};
use crate::history::History;
use crate::observation::RdsObservation;
use crate::policy::{RdsReplicas, Target};
use crate::units::Count;

/// Evaluates every rule. Votes are absolute counts: a wake-up that is delivered twice says the same twice.
pub(crate) fn evaluate(
    target: &Target,
    rds: &RdsReplicas,
    observation: &RdsObservation,
    roster: &Roster<'_>,
    history: &History,
    now: Timestamp,
) -> Evaluation {
    let members = Members::new(rds, observation, roster);
    let scaling = &target.scaling;
    let current = roster.current();
    // While the scale-out cooldown runs, a step counts from where the last addition began: only a larger step asks for more.
    let cooling = history.scaled_out.filter(|last| now.duration_since(last.at) < scaling.cooldown.out);
    let step_base = cooling.map_or(current, |last| last.from);
    let out = scaling.scale_out.iter().map(|rule| {
        let (verdict, mut detail) = threshold::judge(rule, &members.of(rule.signal));
        if cooling.is_some() && verdict == Verdict::Holds {
            detail.push_str(&format!(", counted from the {step_base} where the last addition began"));
        }
        let vote = match verdict {
            Verdict::Holds => Vote::Out(step_base.plus(rule.step)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation { rule: rule.text.clone(), vote, detail }
    });
    let in_ = scaling.scale_in.iter().map(|rule| {
        let (verdict, detail) = threshold::judge(rule, &members.of(rule.signal));
        let vote = match verdict {
            Verdict::Holds => Vote::In(current.minus(Count::ONE)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation { rule: rule.text.clone(), vote, detail }
    });
    let alerts = Alerts::of(&scaling.alert, |rule| threshold::judge(rule, &members.of(rule.signal)));
    Evaluation {
        out: out.collect(),
        in_: in_.collect(),
        track: scaling
            .track
            .iter()
            .map(|rule| tracking::judge(rule, &members.of(rule.signal), members.readers(), current))
            .collect(),
        bounds: bounds_at(scaling, now),
        alerts,
        cooling_until: cooling.and_then(|last| last.at.checked_add(scaling.cooldown.out).ok()),
        only_schedule: false,
    }
}
