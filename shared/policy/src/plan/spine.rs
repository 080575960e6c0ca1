//! The order of an attempt's thinking, once for all kinds: follow what happened, evaluate, decide, look around, and the first method that acts.

use jiff::Timestamp;

use super::draft::{Draft, left_alone};
use super::orders;
use super::step::{Step, Taken};
use super::watch::watch;
use super::{Action, Plan};
use crate::decide::{Decision, Situation, decide};
use crate::evaluate::{Evaluation, FORECAST_LOST, Pauses, Took, Workforce, recommend_ahead};
use crate::forecast::outlook::Outlook;
use crate::history::History;
use crate::observation::{Minute, Past, PastMinutes};
use crate::pause::Paused;
use crate::policy::Target;
use crate::reason::Explanation;
use crate::units::Count;

/// What an attempt is given: the target, what its kind says of it, what was seen of it, and when.
pub(super) struct Given<'a, P, O> {
    pub(super) target: &'a Target,
    pub(super) policy: &'a P,
    pub(super) seen: &'a O,
    /// What the switch of the whole stack pauses.
    pub(super) switch: Option<Paused>,
    pub(super) now: Timestamp,
}

impl<P, O> Clone for Given<'_, P, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, O> Copy for Given<'_, P, O> {}

/// A target that cannot be scaled as it stands.
pub(super) struct LeftAlone {
    /// How many members it has.
    pub(super) current: Count,
    /// What the alert calls it.
    pub(super) what: &'static str,
    pub(super) why: Explanation,
}

/// Looks at the world, and acts or does not.
pub(super) type Method<K> = for<'a> fn(&<K as Kind>::Scene<'a>, &mut Draft) -> Step;

/// What a kind of target brings to the order. Each function is one stage.
pub(super) trait Kind: Sized + 'static {
    /// What the policy says of it.
    type Policy: 'static;
    /// What a fleet sees of it.
    type Seen: 'static;
    /// What became of what was asked for, and whatever else was learned on the way.
    type Followed<'a>;
    /// What its methods look at.
    type Scene<'a>;
    /// What acts, in this order.
    const METHODS: &'static [Method<Self>];

    /// Whether signals were bought: only then were they evaluated, and else the next wake-up tries again.
    fn signals_read(seen: &Self::Seen) -> bool;

    /// Follows what happened since the last attempt.
    ///
    /// # Errors
    /// Why the target cannot be scaled.
    fn follow<'a>(
        given: Given<'a, Self::Policy, Self::Seen>,
        history: &mut History,
    ) -> Result<Self::Followed<'a>, LeftAlone>;

    /// The world of this attempt; `before` and `history` are the memory before and after `follow`.
    fn scene<'a>(
        given: Given<'a, Self::Policy, Self::Seen>,
        followed: Self::Followed<'a>,
        before: &'a History,
        history: &'a History,
    ) -> Self::Scene<'a>;

    /// What the rules say.
    fn evaluate(scene: &mut Self::Scene<'_>, history: &History) -> Evaluation;

    /// Who works for it, and what was worked since this minute of the Unix epoch, or as far back as is known: what a forecast learns from.
    fn workforce(scene: &Self::Scene<'_>, history: &History, since: Option<i64>) -> Workforce;

    /// The work of minutes that were read afterwards.
    fn worked(scene: &Self::Scene<'_>, past: &PastMinutes) -> Vec<(Minute, Option<f64>)>;

    /// How long what came about since `before` took, from decision to effect.
    fn took(scene: &Self::Scene<'_>, before: &History, after: &History) -> Vec<Took>;

    /// What the decision must know besides.
    fn situation(scene: &mut Self::Scene<'_>, history: &History) -> Situation;

    /// What of the decision the kind can reach.
    fn reach(scene: &Self::Scene<'_>, decided: Decision, history: &History) -> Decision;

    /// What a person should know, and what is seen and left alone.
    fn look_around(scene: &mut Self::Scene<'_>, draft: &mut Draft);

    /// What is under way and keeps every method from acting.
    fn under_way(scene: &Self::Scene<'_>, draft: &Draft) -> Option<Explanation>;

    /// Whether the target must be looked at every minute.
    fn in_transition(scene: &Self::Scene<'_>, draft: &Draft, actions: &[Action]) -> bool;

    /// Whether the memory must be written before the calls.
    fn write_ahead(scene: &Self::Scene<'_>, draft: &Draft, taken: &Taken) -> bool;
}

/// Plans one attempt at a target of this kind.
pub(super) fn plan<K: Kind>(
    given: Given<'_, K::Policy, K::Seen>,
    before: &History,
    mut outlook: Option<&mut Outlook>,
    past: &Past,
) -> Plan {
    let Given { target, seen, now, .. } = given;
    let mut history = before.clone();
    if K::signals_read(seen) {
        history.evaluated_at = Some(now);
    }
    let followed = match K::follow(given, &mut history) {
        Ok(followed) => followed,
        Err(LeftAlone { current, what, why }) => return left_alone(target, current, history, what, why),
    };
    let over = orders::follow(&given.target.name, &mut history, now);
    let pauses = Pauses::of(&history.orders, given.switch, now);
    let remembered = history.clone();
    let mut scene = K::scene(given, followed, before, &remembered);
    let mut evaluation = K::evaluate(&mut scene, &history);
    let situation = K::situation(&mut scene, &history);
    if let (Some(forecast), Some(outlook)) = (&target.scaling.forecast, outlook.as_deref_mut())
        && K::signals_read(seen)
    {
        if let Past::Read(minutes) = past {
            outlook.pass_over(minutes.until.0);
        }
        let mut workforce = K::workforce(&scene, &history, outlook.end());
        match past {
            Past::Whole => {}
            Past::Read(minutes) => workforce.begins_with(minutes, K::worked(&scene, minutes)),
            Past::Unread => workforce.work.clear(),
        }
        let (scaling, bounds, current) = (&target.scaling, &evaluation.bounds, situation.current);
        evaluation.ahead =
            Some(recommend_ahead(scaling, forecast, &workforce, bounds, current, outlook, now));
    }
    let (notes, lost) = evaluation
        .ahead
        .as_ref()
        .map_or_else(Default::default, |ahead| (ahead.notes.clone(), ahead.lost.clone()));
    let mut alerts = evaluation.alerts.clone();
    alerts.hold.extend(lost);
    if target.scaling.forecast.is_some() && evaluation.ahead.is_none() {
        alerts.unjudged.push(FORECAST_LOST.to_owned());
    }
    if K::signals_read(seen) {
        history.near = evaluation.near;
    }
    let decided = decide(&target.scaling, &situation, evaluation, &pauses, &mut history, now);
    let decision = K::reach(&scene, decided, &history);
    let mut draft = Draft::new(history, decision, alerts);
    draft.notes.extend(notes);
    over.into_iter().for_each(|told| draft.event(told.reason, told.said()));
    orders::look(&pauses, &mut draft, now);
    K::look_around(&mut scene, &mut draft);
    let taken = match K::under_way(&scene, &draft) {
        Some(why) => Taken::waiting(why),
        None => first::<K>(&scene, &mut draft),
    };
    if let Some(outlook) = outlook {
        K::took(&scene, before, &draft.history).into_iter().for_each(|took| took.remember(outlook));
    }
    watch(target, K::signals_read(seen), before, &mut draft, now);
    draft.history.in_transition = K::in_transition(&scene, &draft, &taken.actions);
    let write_ahead = K::write_ahead(&scene, &draft, &taken);
    draft.plan(target, taken.step, taken.actions, write_ahead)
}

/// The first method that acts wins; else the first that waits is reported.
fn first<K: Kind>(scene: &K::Scene<'_>, draft: &mut Draft) -> Taken {
    let mut waiting = None;
    for method in K::METHODS {
        let (why, actions, begins) = match method(scene, draft) {
            Step::Pass => continue,
            Step::Wait(why) => {
                waiting = waiting.or(Some(why));
                continue;
            }
            Step::Remember(why) => (why, Vec::new(), false),
            Step::Act(why, actions) => (why, actions, false),
            Step::Begin(why, actions) => (why, actions, true),
        };
        return Taken { step: Some(why), actions, begins };
    }
    Taken { step: waiting, actions: Vec::new(), begins: false }
}
