//! An addition under way: A1 to A6, and AX for what fails. Each replica stands where it is found, not where it was left.

use jiff::{SignedDuration, Timestamp};

use super::blue_green;
use super::budget;
use super::ladder::{self, Rung};
use super::naming;
use super::ramp::{self, Progress};
use super::routing::Batch;
use super::scene::{Draft, Scene, Step};
use super::source;
use super::victim;
use crate::evaluate::rds_replicas::roster::Member;
use crate::history::{Addition, History, Intent, RdsReplicasMemory, ScaledOut, Transition};
use crate::names::{DecisionId, SetId};
use crate::observation::{Source, Standing};
use crate::ownership::NotOurs;
use crate::plan::action::{Action, DeleteReplica, Ending, RdsReplicasAction};
use crate::reason::{Explanation, Reason};
use crate::units::friendly;

/// A replica that never appeared is waited for this long.
const APPEARS_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// RDS took the creation and then found no room for the class (RDS user guide, "Viewing Amazon RDS DB instance status").
const INSUFFICIENT_CAPACITY: &str = "insufficient-capacity";
/// Descriptions can be a minute old; an instance unseen for longer is gone.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Remembers of each replica on its way in that it had a record. The record is seen or remembered at every look from its first minute
/// on, whatever else is done then; so a crash between the call that made it and the ledger's write forgets nothing.
pub(super) fn note_joined(history: &mut History) {
    let RdsReplicasMemory { intents, weights, .. } = &mut history.rds_replicas;
    for intent in intents {
        let Transition::Add(additions) = &mut intent.transition else { continue };
        for addition in additions {
            addition.joined |= weights.contains_key(&SetId::new(addition.id.as_str()));
        }
    }
}

pub(super) fn advance(scene: &Scene<'_>, draft: &mut Draft) -> Step {
    let mut round = Round::new(scene);
    // Each addition stands for itself; of several decisions the one that is done ends, and the others go on.
    let mut done = None;
    for mut intent in std::mem::take(&mut draft.history.rds_replicas.intents) {
        let Transition::Add(additions) = &mut intent.transition else {
            round.kept.push(intent);
            continue;
        };
        let mut unfinished = false;
        for addition in additions.iter_mut().filter(|addition| addition.is_coming()) {
            unfinished |= round.take(addition, intent.since, &intent.decision, scene, draft);
        }
        if unfinished {
            round.kept.push(intent);
        } else {
            done = done.or(Some(end(&intent, scene, draft)));
        }
    }
    draft.history.rds_replicas.intents = round.kept;
    // One mutation: what is dangerous first, then what brings capacity soonest.
    if let Some((why, actions)) = round.clearing {
        return Step::Act(why, actions);
    }
    if let Some(first) = round.stepped.first() {
        let detail = round.stepped.iter().map(|why| why.detail.as_str()).collect::<Vec<_>>().join("; ");
        return Step::Act(Explanation::new(first.reason, detail), round.batch.into_actions());
    }
    if let Some(why) = done {
        return Step::Remember(why);
    }
    if !round.asked.is_empty() {
        return ask_again(round.asked, scene, draft);
    }
    round.waiting.map_or(Step::Pass, Step::Wait)
}

/// What all additions under way came to in one attempt.
struct Round<'s, 'a> {
    batch: Batch<'s, 'a>,
    stepped: Vec<Explanation>,
    waiting: Option<Explanation>,
    clearing: Option<(Explanation, Vec<Action>)>,
    asked: Vec<(DecisionId, Addition)>,
    /// The transitions that go on.
    kept: Vec<Intent>,
}

impl<'s, 'a> Round<'s, 'a> {
    fn new(scene: &'s Scene<'a>) -> Self {
        Self {
            batch: Batch::new(scene),
            stepped: Vec::new(),
            waiting: None,
            clearing: None,
            asked: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Looks where one addition stands. Returns whether it is still on its way.
    fn take(
        &mut self,
        addition: &mut Addition,
        since: Timestamp,
        decision: &DecisionId,
        scene: &Scene<'_>,
        draft: &mut Draft,
    ) -> bool {
        let id = addition.id.clone();
        let came_to = match scene.roster.member(&id) {
            None => absent(addition, since, scene),
            Some(member) => present(addition, since, member, scene, draft, &mut self.batch),
        };
        match came_to {
            CameTo::Serves => addition.served = true,
            CameTo::Ask => self.asked.push((decision.clone(), addition.clone())),
            CameTo::Stepped(why) => self.stepped.push(why),
            CameTo::Clear(why, actions) => {
                self.clearing.get_or_insert((why, actions));
            }
            CameTo::Wait(why) => {
                self.waiting.get_or_insert(why);
            }
            CameTo::GiveUp(why) => {
                draft.event(why.reason, why.said());
                addition.given_up = true;
                // RDS refused it to the last, and knows nothing of it: a shortage uses up no creations.
                let never_made = addition.not_offered && addition.resource_id.is_none();
                if never_made && scene.is_absent(id.as_str()) {
                    budget::give_back(&mut draft.history, since, scene.now);
                }
            }
        }
        addition.is_coming()
    }
}

/// A6, or nothing left to wait for.
fn end(intent: &Intent, scene: &Scene<'_>, draft: &mut Draft) -> Explanation {
    let additions = intent.additions();
    let given_up = additions.iter().filter(|addition| addition.given_up).count();
    let serving = additions.iter().filter(|addition| addition.served).count();
    if serving > 0 {
        draft.history.scaled_out = Some(ScaledOut { at: scene.now, from: intent.from, to: intent.to });
    }
    if given_up > 0 {
        draft.history.rds_replicas.gave_up_at = Some(scene.now);
        let detail =
            format!("of {} that were asked for {serving} came and {given_up} did not", additions.len());
        return Explanation::new(Reason::AddGivenUp, detail);
    }
    draft.history.rds_replicas.gave_up_at = None;
    let detail = format!(
        "the addition of {} is done; replicas that serve or are on their way in: {}",
        intent.decision,
        scene.roster.current()
    );
    Explanation::new(Reason::Serving, detail)
}

/// A1 again, for what RDS does not show yet.
fn ask_again(mut asked: Vec<(DecisionId, Addition)>, scene: &Scene<'_>, draft: &mut Draft) -> Step {
    if let Some(held) = scene.pauses.out() {
        let names: Vec<_> = asked.iter().map(|(_, addition)| addition.id.as_str()).collect();
        return Step::Wait(
            held.explain(&format!("RDS does not show {} and is not asked again", names.join(", "))),
        );
    }
    if let Some(why) = source::source_forbids(scene) {
        return Step::Wait(why);
    }
    // While nobody can tell of deployments, the rest of what is missing waits for an answer.
    if scene.observation.blue_green.is_err() {
        asked.truncate(blue_green::lacking(scene).0 as usize);
    }
    let Some(source) = &scene.observation.source else { return Step::Pass };
    let detail = match climb(&mut asked, scene, draft, source) {
        Ok(detail) => detail,
        Err(why) => return Step::Wait(why),
    };
    let creations = asked.iter().map(|(decision, addition)| {
        RdsReplicasAction::CreateReplica(naming::creation(scene, source, decision, addition)).into()
    });
    let creations = creations.collect();
    for (decision, _) in &asked {
        let intent = draft.history.rds_replicas.intents.iter().find(|intent| intent.decision == *decision);
        let since = intent.map_or(scene.now, |intent| intent.since);
        budget::charge_again(&mut draft.history, since, scene.now);
    }
    // The charge has to be in the ledger before the call: whoever dies after it must not order more within the day.
    Step::Begin(Explanation::new(Reason::CreateReplicas, detail), creations)
}

/// Gives each addition that is asked for again the class and zone to ask for, and leaves out what has to wait; says in words what is asked.
///
/// # Errors
/// Why nothing is asked for yet.
fn climb(
    asked: &mut Vec<(DecisionId, Addition)>,
    scene: &Scene<'_>,
    draft: &mut Draft,
    source: &Source,
) -> Result<String, Explanation> {
    let mut words = Vec::new();
    let mut waiting = None;
    for (decision, mut addition) in std::mem::take(asked) {
        let before = Rung::of(&addition);
        let rung = match ladder::step(&addition, scene, &draft.history, source) {
            Ok(rung) => rung,
            Err(why) => {
                waiting = Some(why);
                continue;
            }
        };
        if rung == before {
            words.push(format!("{}: not shown yet", addition.id));
        } else {
            let (to, from) = (ladder::named(&rung), ladder::named(&before));
            words.push(format!("{} as {to}: RDS has no room for {from}", addition.id));
        }
        (addition.class, addition.zone) = (rung.class, rung.zone);
        asked.push((decision, addition));
    }
    if let Some(why) = waiting.filter(|_| asked.is_empty()) {
        return Err(why);
    }
    for addition in draft.history.rds_replicas.additions_mut() {
        if let Some((_, chosen)) = asked.iter().find(|(_, asked)| asked.id == addition.id) {
            addition.clone_from(chosen);
        }
    }
    Ok(format!("asks RDS again for {}", words.join(", ")))
}

/// What one addition came to in this attempt.
enum CameTo {
    /// A6.
    Serves,
    /// A1: it is asked for.
    Ask,
    /// The batch was given its next step.
    Stepped(Explanation),
    /// AX: it failed, and this clears it away.
    Clear(Explanation, Vec<Action>),
    /// Not yet.
    Wait(Explanation),
    /// It will not come, or not in time; the others and the next decisions do not wait for it.
    GiveUp(Explanation),
}

fn present(
    addition: &mut Addition,
    asked: Timestamp,
    member: &Member<'_>,
    scene: &Scene<'_>,
    draft: &mut Draft,
    batch: &mut Batch<'_, '_>,
) -> CameTo {
    let id = &addition.id;
    match &member.ours {
        Ok(()) => {}
        Err(NotOurs::Source) if member.replica.source.is_none() && member.standing == Standing::Creating => {
            if scene.now.duration_since(asked) >= scene.rds.replace_after {
                return CameTo::GiveUp(still_made(member, scene));
            }
            let detail = format!("RDS is making {id} and does not say yet of which source");
            return CameTo::Wait(Explanation::new(Reason::AwaitAvailable, detail));
        }
        Err(why) => {
            let detail = format!("{id} exists and is not ours ({why}): the addition is given up");
            return CameTo::GiveUp(Explanation::new(Reason::NameTaken, detail));
        }
    }
    if addition.resource_id.as_ref().is_some_and(|known| *known != member.replica.resource_id) {
        let detail = format!(
            "{id} is another instance now ({}): the addition is given up",
            member.replica.resource_id
        );
        return CameTo::GiveUp(Explanation::new(Reason::NameTaken, detail));
    }
    addition.resource_id = Some(member.replica.resource_id.clone());
    // An answer may have been lost on the way to another class.
    addition.class = member.replica.class.clone();
    addition.missing_since = None;
    if member.held {
        let detail = format!("{id} is held by a person: the addition goes on without it");
        return CameTo::GiveUp(Explanation::new(Reason::ReplicaHeld, detail));
    }
    if member.dead && member.standing == Standing::Creating {
        return CameTo::GiveUp(still_made(member, scene));
    }
    let came_to = match member.standing {
        Standing::Deleting => {
            CameTo::Wait(Explanation::new(Reason::AwaitAbandoned, format!("RDS is deleting {id}")))
        }
        Standing::Terminal if addition.joined => {
            let word = &member.replica.status.0;
            let detail = format!("{id} joined and is \"{word}\" now: the addition goes on without it");
            return CameTo::GiveUp(Explanation::new(Reason::AddGivenUp, detail));
        }
        Standing::Terminal => {
            let word = &member.replica.status.0;
            let detail = format!("the creation of {id} ended as \"{word}\"");
            if word == INSUFFICIENT_CAPACITY && !addition.not_offered {
                addition.not_offered = true;
                draft.history.rds_replicas.refuse_class(&addition.class, addition.zone.as_ref(), scene.now);
            }
            draft.alert(format!("the creation of {id}"), Reason::CreationFailed, detail);
            clear_away(member, scene)
        }
        _ => match ramp::advance(member, scene, draft, batch) {
            Progress::Serving => CameTo::Serves,
            Progress::Stepped(why) => CameTo::Stepped(why),
            Progress::Waiting(why) => CameTo::Wait(why),
        },
    };
    let since = match &came_to {
        // RDS promises no time for a creation: it has a clock of its own.
        _ if member.standing == Standing::Creating => None,
        CameTo::Wait(_) => Some(*addition.progress_at.get_or_insert(scene.now)),
        _ => None,
    };
    if since.is_none() {
        addition.progress_at = None;
    }
    match (came_to, since) {
        (CameTo::Wait(why), Some(since)) if scene.now.duration_since(since) >= scene.rds.replace_after => {
            let detail = format!(
                "{id} has come no further for {}: scaling goes on without waiting for it ({})",
                friendly(scene.rds.replace_after),
                why.detail
            );
            CameTo::GiveUp(Explanation::new(Reason::AddGivenUp, detail))
        }
        (came_to, _) => came_to,
    }
}

/// RDS is not done with it in time: others do not wait for it, and it is taken in whenever it comes up.
fn still_made(member: &Member<'_>, scene: &Scene<'_>) -> Explanation {
    let detail = format!(
        "RDS has been making {} for more than {}: scaling goes on without waiting for it",
        member.id(),
        friendly(scene.rds.replace_after)
    );
    Explanation::new(Reason::AddGivenUp, detail)
}

fn absent(addition: &mut Addition, since: Timestamp, scene: &Scene<'_>) -> CameTo {
    let id = &addition.id;
    let give_up = |detail| CameTo::GiveUp(Explanation::new(Reason::AddGivenUp, detail));
    if !scene.is_absent(id.as_str()) {
        let detail = format!("RDS does not list {id}, and was not asked for it by name");
        return CameTo::Wait(Explanation::new(Reason::AwaitAvailable, detail));
    }
    if addition.resource_id.is_some() {
        // It was there: it is never asked for again under this name, whose metrics and identity were another's.
        let missing = *addition.missing_since.get_or_insert(scene.now);
        return if scene.now.duration_since(missing) >= GONE_AFTER {
            give_up(format!("{id} is gone"))
        } else {
            CameTo::Wait(Explanation::new(Reason::AwaitAbandoned, format!("RDS no longer shows {id}")))
        };
    }
    if !id.as_str().starts_with(&scene.rds.prefix) {
        return give_up(format!(
            "{id} does not begin with the prefix {}, which the policy has now",
            scene.rds.prefix
        ));
    }
    let most = scene.target.scaling.max.min(scene.rds.engine.replica_limit());
    if scene.roster.occupied(scene.rds) > most {
        return give_up(format!(
            "{id} would be one more than the {most} that the policy and the engine allow now"
        ));
    }
    if scene.now.duration_since(since) >= APPEARS_WITHIN {
        return give_up(format!("{id} never appeared; its creation was refused {} times", addition.refusals));
    }
    match addition.retry_at {
        Some(at) if scene.now < at => {
            let detail = format!(
                "the creation of {id} was refused {} times; it is tried again at {at}",
                addition.refusals
            );
            CameTo::Wait(Explanation::new(Reason::CreateRefused, detail))
        }
        _ => CameTo::Ask,
    }
}

/// AX: the record first, then the instance, unless a person or a child holds on to it.
fn clear_away(member: &Member<'_>, scene: &Scene<'_>) -> CameTo {
    let id = member.id();
    let word = &member.replica.status.0;
    if let Some(why) = blue_green::forbids_deletion(scene) {
        return CameTo::Wait(why);
    }
    if victim::is_protected(member.replica)
        || !member.replica.children.is_empty()
        || victim::other_use(member.replica, scene).is_some()
    {
        let detail = format!(
            "{id} is \"{word}\" but pinned, protected, with replicas of its own, or in another record"
        );
        return CameTo::Wait(Explanation::new(Reason::ProtectedReplica, detail));
    }
    if let Some(held) = scene.pauses.in_() {
        return CameTo::Wait(held.explain(&format!("{id} is \"{word}\", never served, and is not deleted")));
    }
    let detail = format!("{id} is \"{word}\" and never served: it is deleted");
    let delete = DeleteReplica {
        id: id.clone(),
        resource_id: member.replica.resource_id.clone(),
        source: scene.rds.source.clone(),
        ending: Ending::Abandoned,
    };
    CameTo::Clear(
        Explanation::new(Reason::AbandonReplica, detail),
        vec![Action::RdsReplicas(RdsReplicasAction::DeleteReplica(delete))],
    )
}
