//! What the rules say of replicas.

mod awaited;
mod disk;
mod lag;
mod members;
pub(crate) mod projection;
pub(crate) mod roster;
pub(crate) mod saturation;
mod tracking;
pub(crate) mod weights;
mod work;

pub use disk::{DiskOf, disk_metrics_needed};
pub(crate) use lag::{
    LagStanding, catches_up, has_caught_up, keeps_up, lag_standing, newest_lag, standing_of,
};

pub(crate) use work::{took, worked, workforce};

use jiff::Timestamp;

use self::awaited::Awaited;
use self::members::Members;
use self::roster::Roster;
use self::saturation::Saturation;
use super::threshold::{self, Verdict};
use super::{Alerts, Evaluation, Recommendation, Vote, bounds_with_command, levels_out};
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
    let saturation = saturation::saturation(rds, observation, roster, history, now);
    // Whoever answers is saturated, the newest too: the last addition took effect, and is not waited for.
    let runs = |at| saturation != Saturation::All && now.duration_since(at) < scaling.cooldown.out;
    let cooling = history.scaled_out.filter(|last| runs(last.at));
    let awaited = Awaited::new(history, cooling);
    let out = scaling.scale_out.iter().map(|rule| {
        let (verdict, mut detail) = threshold::judge(rule, &members.of(rule.signal));
        let base = awaited.base_of(rule.step, current);
        if verdict == Verdict::Holds && awaited.any() {
            detail.push_str(&if base == current {
                format!(", {} on top of the {current} that there will be", rule.step)
            } else {
                format!(", counted from the {base} where the last addition began")
            });
        }
        let vote = match verdict {
            Verdict::Holds => {
                let step = saturation::step(rule.step, saturation, &awaited, history);
                if step > rule.step {
                    detail.push_str(&format!(", {step} since all are saturated as they were before"));
                }
                Vote::Out(base.plus(step))
            }
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation::new(&rule.text, vote, detail)
    });
    let in_ = scaling.scale_in.iter().map(|rule| {
        let (verdict, detail) = threshold::judge(rule, &members.of(rule.signal));
        let vote = match verdict {
            Verdict::Holds => Vote::In(current.minus(Count::ONE)),
            Verdict::Fails => Vote::Stay,
            Verdict::Unknown(why) => Vote::Unknown { why },
        };
        Recommendation::new(&rule.text, vote, detail)
    });
    let alerts = Alerts::of(&scaling.alert, |rule| members.of(rule.signal));
    Evaluation {
        out: out.collect(),
        in_: in_.collect(),
        track: scaling
            .track
            .iter()
            .map(|rule| tracking::judge(rule, &members.of(rule.signal), members.readers(), current))
            .collect(),
        ahead: None,
        bounds: bounds_with_command(scaling, &history.orders, now),
        alerts,
        cooling_until: cooling.and_then(|last| last.at.checked_add(scaling.cooldown.out).ok()),
        near: levels_out(scaling).any(|(signal, level)| threshold::is_near(level, &members.of(signal))),
        coming: awaited.coming,
        only_schedule: false,
    }
}
