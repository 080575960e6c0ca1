//! The watcher: holds the standing invariants against the truth of the account, not against what the scaler saw or planned.
//!
//! It shares no code with the planner or the checker: a mistake in either shows here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use tidegate_policy::history::{History, Intent, Removal, Transition};
use tidegate_policy::names::{InstanceId, SetId, TargetName};
use tidegate_policy::observation::WeightedRecord;
use tidegate_policy::ownership::{
    DECISION_TAG, FLOOR_SET_ID, HOLD_TAG, OWNER_TAG, PIN_TAG, STAGE_TAG, TARGET_TAG,
};
use tidegate_policy::plan::{ChangeRecords, CreateReplica, DeleteReplica, Ending, RecordChange};
use tidegate_policy::policy::{OnDeadline, RdsReplicas, Scaling, Signal, Target};
use tidegate_policy::units::Count;

use super::clients::Clients;
use super::rds::{Instance, Maker, Rds};
use super::route53::Route53;
use crate::account::clock::Millis;
use crate::account::watched::Breach;

/// How long a record may point at an instance that stopped serving by itself, or the reader name at nobody.
const GRACE: Millis = Millis(6 * 60_000);
/// A replica that has been available for this long has caught up, and should be answered with.
const FIT_AFTER: Millis = Millis(20 * 60_000);
/// After minutes of which CloudWatch shows nothing: three points of lag, each up to three minutes late.
const SHOWN_AFTER: Millis = Millis(6 * 60_000);
/// A person's change younger than this could not be seen: describes are up to a minute old.
pub(crate) const UNSEEN: Millis = Millis(90_000);
/// The scaler's attempts are so far apart.
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A replica that does not serve is replaced after an hour; a creation that fails first, and one that hangs, are two hours more.
const SHORT_FOR: Millis = Millis(5 * 60 * 60_000);
/// So many records of ours that somebody else deletes within `QUARREL_WITHIN` are a quarrel, which has to be alerted.
const QUARREL_AT: usize = 3;
const QUARREL_WITHIN: Millis = Millis(60 * 60_000);

/// What `creations_per_day` counts in.
const DAY: Millis = Millis(24 * 60 * 60_000);

/// Looks at every call that changes something, and at the whole once a minute.
#[derive(Debug)]
pub(crate) struct Watcher {
    target: TargetName,
    kind: RdsReplicas,
    max: Count,
    breaches: Vec<Breach>,
    /// Since when a record has a positive weight on an instance that does not serve; told once.
    bad_records: BTreeMap<SetId, (Millis, bool)>,
    /// Since when the reader name answers with nobody who serves; told once.
    silent: Option<(Millis, bool)>,
    /// Since when the source, if it is a replica itself, is further behind than the bound.
    source_behind: Option<Millis>,
    /// Every name that ever had a record: what may have served.
    answered: BTreeSet<SetId>,
    min: Count,
    /// The most that there may be without a window, by the policy and the engine.
    room: Count,
    /// When replicas were asked for, for a day: a refusal is paid for in the budget too, so that what nobody can make is asked for rarely.
    asked: Vec<Millis>,
    /// Since when a replica is answered with that a person holds, although others would answer; told once.
    held: BTreeMap<SetId, (Millis, bool)>,
    /// Whether a blue/green deployment forbids creations.
    pub(crate) deploying: bool,
    /// When CloudWatch last published nothing of a minute: nobody can tell then who has caught up.
    pub(crate) dark: Option<Millis>,
    /// Since when fewer than the minimum serve, although more could be made; told once.
    short: Option<(Millis, bool)>,
    /// When somebody else deleted records of ours that answered, for an hour; none from before calls last went wrong.
    lost: Vec<Millis>,
    /// Since when there is a quarrel without an alert, and whether that was reported.
    unalerted: Option<(Millis, bool)>,
    /// The largest minimum of any hour, and since when so many serve.
    most_asked: Count,
    complete: Option<Millis>,
    /// Whether signals alone take replicas away, and need max_connections of the source for it.
    needs_max_connections: bool,
    /// Since when it is not known.
    unreadable: Option<Millis>,
    looked: Millis,
    refused: u64,
}

impl Watcher {
    pub(crate) fn new(target: &Target, kind: &RdsReplicas) -> Self {
        // A window may raise the maximum; which one is open is the planner's business.
        let windows = target.scaling.windows.iter().filter_map(|window| window.max);
        let minima = target.scaling.windows.iter().filter_map(|window| window.min);
        Self {
            target: target.name.clone(),
            kind: kind.clone(),
            max: windows.chain([target.scaling.max]).max().unwrap_or(target.scaling.max),
            breaches: Vec::new(),
            bad_records: BTreeMap::new(),
            silent: None,
            source_behind: None,
            answered: BTreeSet::new(),
            min: target.scaling.min,
            room: target.scaling.max.min(kind.engine.replica_limit()),
            asked: Vec::new(),
            held: BTreeMap::new(),
            deploying: false,
            dark: None,
            short: None,
            lost: Vec::new(),
            unalerted: None,
            most_asked: minima.fold(target.scaling.min, Count::max),
            complete: None,
            needs_max_connections: kind.max_connections.is_none() && asks_for_connections(&target.scaling),
            unreadable: None,
            looked: Millis(0),
            refused: 0,
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Breach> {
        std::mem::take(&mut self.breaches)
    }

    /// Before a creation is asked for.
    pub(crate) fn asks(&mut self, now: Millis) {
        self.asked.retain(|at| now - *at < DAY);
        self.asked.push(now);
    }

    /// After a creation that RDS took.
    pub(crate) fn created(
        &mut self,
        create: &CreateReplica,
        reused: bool,
        history: Option<&History>,
        rds: &Rds,
        now: Millis,
    ) {
        if reused {
            self.breach(now, "I7", format!("{} was the name of an earlier instance", create.id));
        }
        let seen = |replica: &&Instance| replica.maker == Maker::Scaler || now - replica.created > UNSEEN;
        let total = Count::of_len(rds.replicas().filter(seen).count());
        if total > self.max {
            let detail = format!("{} makes {total} replicas, above the maximum of {}", create.id, self.max);
            self.breach(now, "I5", detail);
        }
        let known = intents(history);
        let intended = known.iter().any(|intent| {
            matches!(&intent.transition, Transition::Add(all) if all.iter().any(|one| one.id == create.id))
        });
        if !intended {
            self.breach(now, "I4", format!("{} is created without an intent in the ledger", create.id));
        }
    }

    /// After a creation that RDS took: whether it is as the source is, and as the policy says that the scaler has now.
    pub(crate) fn judge_creation(
        &mut self,
        create: &CreateReplica,
        policy: &RdsReplicas,
        history: Option<&History>,
        rds: &Rds,
        now: Millis,
    ) {
        // What is asked for again is of the class that was decided, though the policy may say another by now.
        let decided = |intent: &&Intent| match &intent.transition {
            Transition::Add(all) => all
                .iter()
                .any(|one| one.id == create.id && one.class == create.class && one.zone == create.zone),
            Transition::Remove(_) => false,
        };
        let mut old =
            intents(history).iter().filter(|intent| now.timestamp().duration_since(intent.since) >= A_MINUTE);
        let again = old.any(|intent| decided(&intent));
        if let Some(wrong) = self.made_otherwise(create, policy, again, rds, now) {
            self.breach(now, "made-as", format!("{} is made with {wrong}", create.id));
        }
    }

    /// What of a creation is neither as the source has it nor as the policy says.
    fn made_otherwise(
        &self,
        create: &CreateReplica,
        kind: &RdsReplicas,
        again: bool,
        rds: &Rds,
        now: Millis,
    ) -> Option<String> {
        let ours = [
            (OWNER_TAG, kind.owner.as_str()),
            (STAGE_TAG, kind.stage.as_str()),
            (TARGET_TAG, self.target.as_str()),
        ];
        let mut tags = kind.tags.clone();
        tags.extend(ours.map(|(key, value)| (key.to_owned(), value.to_owned())));
        // Whose decision it is: the ledger says, and that there is one is another rule.
        tags.extend(create.tags.get_key_value(DECISION_TAG).map(|(key, value)| (key.clone(), value.clone())));
        if create.tags != tags || !tags.contains_key(DECISION_TAG) {
            return Some(format!("the tags {:?}", create.tags));
        }
        if create.security_groups != kind.security_groups {
            return Some(format!("the security groups {:?}", create.security_groups));
        }
        // The watcher is asked after RDS took the call, so the source is there.
        let source = &rds.source()?.described;
        let wanted = kind.class.as_ref().unwrap_or(&source.class);
        let instead = kind.fallback_classes.contains(&create.class) && rds.is_short_of(wanted, now);
        if !again && create.class != *wanted && !instead {
            return Some(format!("the class {}", create.class));
        }
        if let Some(zone) = create.zone.as_ref().filter(|_| !again)
            && !(kind.fallback_zones.contains(zone) && rds.is_short_of(&create.class, now))
        {
            return Some(format!("the zone {zone}"));
        }
        let mut settings = source.settings();
        if rds.authenticated_within(UNSEEN, now) {
            settings.iam_authentication = create.settings.iam_authentication;
        }
        (*create.settings != settings).then(|| format!("the settings {:?}", create.settings))
    }

    /// Before a creation or deletion while a blue/green deployment of the source is under way.
    pub(crate) fn during_blue_green(&mut self, id: &InstanceId, now: Millis) {
        self.breach(now, "blue-green", format!("{id} is made or deleted during a blue/green deployment"));
    }

    /// Before a creation while it has long been unknown whether a deployment is under way.
    pub(crate) fn created_unseen(&mut self, id: &InstanceId, now: Millis) {
        if self.is_complete(now) {
            let detail = format!("{id} is made while nobody can tell of deployments, and the minimum serves");
            self.breach(now, "blue-green", detail);
        }
    }

    /// Whether the minimum has served for so long that everybody knows.
    pub(crate) fn is_complete(&self, now: Millis) -> bool {
        self.complete.is_some_and(|since| now - since > GRACE)
    }

    /// After a creation that RDS refuses for what has long been seen of the source.
    pub(crate) fn asked_in_vain(&mut self, create: &CreateReplica, now: Millis) {
        let detail = format!("{} is asked for of a source of which RDS makes no replicas", create.id);
        self.breach(now, "source", detail);
    }

    /// After a batch that Route 53 took.
    pub(crate) fn changed(
        &mut self,
        batch: &ChangeRecords,
        before: &[WeightedRecord],
        after: &[WeightedRecord],
        history: Option<&History>,
        rds: &Rds,
        now: Millis,
    ) {
        self.answered.extend(before.iter().chain(after).map(|record| record.set_id.clone()));
        for change in &batch.changes {
            let (RecordChange::Delete(record) | RecordChange::Create(record)) = change;
            let id = record.set_id.as_str();
            let foreign =
                rds.named(&InstanceId::new(id)).is_some_and(|instance| instance.maker == Maker::Other);
            if id != FLOOR_SET_ID && (foreign || !id.starts_with(&self.kind.prefix)) {
                self.breach(now, "I1", format!("the record {id} is not ours, but was changed"));
            }
        }
        let weight = |group: &[WeightedRecord], id: &str| {
            group.iter().find(|record| record.set_id.as_str() == id).map_or(0, |record| record.weight.0)
        };
        for removal in removals(history) {
            let id = removal.id.as_str();
            let lowered = weight(after, id) < weight(before, id);
            let gone = !after.iter().any(|record| record.set_id.as_str() == id);
            // A database of its own answers reads with what it became: its record may go, though never be drained.
            let swept = |one: &&Instance| gone && one.described.source.is_none();
            // Another database's replica must not be answered with.
            let astray = |one: &&Instance| is_astray(one, rds) && !gone && weight(after, id) == 0;
            let drained = rds.named(&removal.id).filter(|one| lowered && !swept(one) && !astray(one));
            if let Some(why) = drained.and_then(|one| untouchable(one, rds, now)) {
                self.breach(now, "I1", format!("{} is drained, but {why}", removal.id));
            }
        }
        for record in before.iter().filter(|record| record.weight.is_positive() && serves(record, rds)) {
            let id = record.set_id.as_str();
            let untouched =
                rds.named(&InstanceId::new(id)).is_some_and(|one| untouchable(one, rds, now).is_none());
            let since = rds.named(&InstanceId::new(id)).and_then(|one| one.touched_by_person);
            let gone = !after.iter().any(|record| record.set_id.as_str() == id);
            if id != FLOOR_SET_ID && gone && untouched && since.is_none() {
                self.breach(
                    now,
                    "sweep",
                    format!("the record {id} went at weight {}, while it serves", record.weight),
                );
            }
        }
        let joined = |record: &&WeightedRecord| {
            record.weight.is_positive() && weight(before, record.set_id.as_str()) == 0
        };
        for record in after.iter().filter(joined) {
            let instance = rds.named(&InstanceId::new(record.set_id.as_str()));
            let Some(instance) = instance.filter(|one| rds.logs_in_otherwise(one, UNSEEN, now)) else {
                continue;
            };
            let detail =
                format!("{} joins, though clients of the source cannot log in to it", instance.described.id);
            self.breach(now, "login", detail);
        }
        if self.source_behind.is_some_and(|since| now - since > GRACE + UNSEEN)
            && let Some(record) = after.iter().filter(joined).find(|one| one.set_id.as_str() != FLOOR_SET_ID)
        {
            let detail = format!("{} joins while its source is itself far behind", record.set_id);
            self.breach(now, "source", detail);
        }
        for instance in rds.replicas().filter(|one| is_held(one, now)) {
            let id = instance.described.id.as_str();
            if weight(after, id) > weight(before, id) {
                self.breach(now, "held", format!("{id} gets more weight while a person holds it"));
            }
        }
        let positive = |record: &&WeightedRecord| record.weight.is_positive();
        if !before.is_empty() && !after.iter().any(|record| record.weight.is_positive()) {
            self.breach(now, "I2", "the reader name is left without a positive weight".to_owned());
        } else if before.iter().filter(positive).any(|record| serves(record, rds))
            && !after.iter().filter(positive).any(|record| serves(record, rds))
        {
            self.breach(now, "I2", "the last serving replica was taken out of the reader name".to_owned());
        }
    }

    /// Right before a deletion that RDS may still refuse: everything that is wrong with it.
    pub(crate) fn judge_deletion(
        &self,
        delete: &DeleteReplica,
        history: Option<&History>,
        rds: &Rds,
        dns: &Route53,
        now: Millis,
    ) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        let id = &delete.id;
        if id == rds.source_id() {
            wrong.push(("I8", format!("{id} is the source")));
        }
        let Some(instance) = rds.named(id) else { return wrong };
        if instance.maker == Maker::Other {
            wrong.push(("I1", format!("{id} was made by somebody else")));
        }
        if let Some(why) = untouchable(instance, rds, now) {
            wrong.push(("I1", format!("{id} is deleted, but {why}")));
        }
        let points_here =
            |record: &&WeightedRecord| instance.described.endpoint.as_ref() == Some(&record.value);
        if let Some(record) = dns.group().iter().find(points_here) {
            wrong
                .push(("record", format!("{id} is deleted while the record {} points at it", record.set_id)));
        } else if let Some(record) = dns.visible().iter().find(points_here) {
            let detail = format!("{id} is deleted while name servers still answer with {}", record.set_id);
            wrong.push(("record", detail));
        }
        let elsewhere = instance.described.endpoint.iter().flat_map(|endpoint| dns.other_uses(endpoint));
        for used in elsewhere {
            wrong.push(("record", format!("{id} is deleted while {} points at it", used.name)));
        }
        let intended = removals(history).any(|one| one.id == *id && one.resource_id == delete.resource_id);
        if delete.ending == Ending::Abandoned && self.answered.contains(&SetId::new(id.as_str())) {
            wrong.push(("abandon", format!("{id} had a record and is deleted for its state")));
        }
        if delete.ending == Ending::Drained && !intended {
            wrong.push(("I4", format!("{id} is deleted without an intent in the ledger")));
        }
        wrong
    }

    /// After a deletion that RDS took.
    pub(crate) fn deleted(
        &mut self,
        delete: &DeleteReplica,
        wrong: Vec<(&'static str, String)>,
        promoted: &[InstanceId],
        cut: u32,
        now: Millis,
    ) {
        for (invariant, detail) in wrong {
            self.breach(now, invariant, detail);
        }
        for child in promoted {
            self.breach(now, "I1", format!("deleting {} promoted its replica {child}", delete.id));
        }
        if self.kind.drain.on_deadline == OnDeadline::Force {
            // The policy accepts that a drain past its deadline cuts clients.
            self.refused += u64::from(cut);
        }
    }

    /// Once a minute: where clients are sent. `blameless`: calls go wrong at this time, so that nothing could be mended.
    pub(crate) fn look(&mut self, rds: &Rds, dns: &Route53, clients: &Clients, now: Millis, blameless: bool) {
        let since_last = now - self.looked;
        self.looked = now;
        if clients.refused_by_removal > self.refused {
            let refused = clients.refused_by_removal - self.refused;
            self.refused = clients.refused_by_removal;
            self.breach(now, "drain", format!("{refused} connections were refused because of a removal"));
        }
        if blameless {
            for (since, _) in self
                .bad_records
                .values_mut()
                .chain(self.held.values_mut())
                .chain(self.silent.as_mut())
                .chain(self.short.as_mut())
            {
                *since = *since + since_last;
            }
        }
        self.source_behind = match self.source_is_behind(rds) {
            true => self.source_behind.or(Some(now)),
            false => None,
        };
        let group = dns.group();
        let answered = dns.visible();
        self.look_for_dead_capacity(rds, group, now);
        self.look_for_overruled_holds(rds, group, now);
        let positive = |record: &&WeightedRecord| record.weight.is_positive();
        let somebody = answered.iter().filter(positive).any(|record| serves(record, rds));
        // With nobody else to send clients to, a bad answer is no worse than none.
        let floor = group.iter().any(|record| record.set_id.as_str() == FLOOR_SET_ID)
            && rds.source().is_some_and(Instance::accepts);
        if somebody || answered.is_empty() || !(floor || self.could_answer(rds, now)) {
            self.silent = None;
        } else {
            let (since, reported) = self.silent.get_or_insert((now, false));
            if now - *since > GRACE && !*reported {
                *reported = true;
                let minutes = (now - *since).in_minutes();
                let detail =
                    format!("for {minutes:.0} minutes the reader name answered with nobody who serves");
                self.breach(now, "I2", detail);
            }
        }
        let bad = |record: &&WeightedRecord| record.weight.is_positive() && !serves(record, rds);
        if self.bad_records.is_empty() && !group.iter().any(|record| bad(&record)) {
            return;
        }
        self.bad_records.retain(|set_id, _| group.iter().filter(bad).any(|record| record.set_id == *set_id));
        let mut late = Vec::new();
        for record in group.iter().filter(bad) {
            let (since, reported) = self.bad_records.entry(record.set_id.clone()).or_insert((now, false));
            if !(somebody || floor) {
                *since = now;
            }
            if now - *since > GRACE && !*reported {
                *reported = true;
                late.push((record.set_id.clone(), (now - *since).in_minutes()));
            }
        }
        for (set_id, minutes) in late {
            let detail =
                format!("{set_id} has had a positive weight for {minutes:.0} minutes without serving");
            self.breach(now, "I3", detail);
        }
    }

    /// After the ledger lost its memory: a scaler counts deletions from then on only.
    pub(crate) fn forgotten(&mut self) {
        self.lost.clear();
    }

    /// Before somebody else deletes a record of ours.
    pub(crate) fn lost(&mut self, set_id: &SetId, history: Option<&History>, rds: &Rds, now: Millis) {
        let id = InstanceId::new(set_id.as_str());
        // What is on its way out, or does not serve, loses its record by the scaler too: that it is gone says nothing.
        let leaving = removals(history).any(|one| one.id == id);
        let serves = rds.replicas().any(|one| {
            one.described.id == id && one.maker == Maker::Scaler && one.accepts() && !one.promoting
        });
        if serves && !leaving {
            self.lost.push(now);
        }
    }

    /// Once a minute: whether a quarrel about the records goes on of which the ledger has no alert. `disturbed`: calls go wrong at this time, so
    /// that the scaler may take two deletions for one.
    pub(crate) fn look_for_quarrel(&mut self, history: Option<&History>, disturbed: bool, now: Millis) {
        if disturbed {
            self.lost.clear();
        }
        self.lost.retain(|at| now - *at < QUARREL_WITHIN);
        let reader = self.kind.reader.name.as_str();
        let is_told = history.is_some_and(|history| {
            history.alerting.iter().any(|key| key.contains("who deletes records") && key.contains(reader))
        });
        if self.lost.len() < QUARREL_AT || is_told {
            self.unalerted = None;
            return;
        }
        let (since, reported) = self.unalerted.get_or_insert((now, false));
        if now - *since > GRACE && !*reported {
            *reported = true;
            let detail = format!(
                "records of {reader} were deleted {} times within an hour, and no alert stands",
                self.lost.len()
            );
            self.breach(now, "quarrel", detail);
        }
    }

    /// Once a minute: whether a removal was begun although nobody can tell how full the source is.
    pub(crate) fn look_for_blind_removals(&mut self, history: Option<&History>, rds: &Rds, now: Millis) {
        let unreadable =
            rds.source().is_some_and(|one| one.described.parameters.max_connections(1).is_none());
        self.unreadable = if unreadable { self.unreadable.or(Some(now)) } else { None };
        let Some(since) = self.unreadable.filter(|_| self.needs_max_connections) else { return };
        // What is above the maximum goes whatever the signals say.
        let too_many = Count::of_len(rds.replicas().count()) > self.max;
        for intent in intents(history) {
            let Transition::Remove(removal) = &intent.transition else { continue };
            let begun = Millis::of(intent.since);
            if now - begun < Millis::MINUTE && begun - since > UNSEEN && !too_many {
                let detail =
                    format!("{} is to go while max_connections of the source is unknown", removal.id);
                self.breach(now, "blind", detail);
            }
        }
    }

    /// Fewer than the minimum serve for hours, and nothing keeps more from being made: what is dead fills the minimum.
    fn look_for_dead_capacity(&mut self, rds: &Rds, group: &[WeightedRecord], now: Millis) {
        let answers = |replica: &&Instance| {
            replica.maker == Maker::Scaler
                && replica.accepts()
                && replica
                    .last
                    .behind
                    .is_none_or(|lag| (0.0..=self.kind.lag_bound.as_secs_f64()).contains(&lag))
                && group.iter().any(|record| {
                    record.weight.is_positive() && replica.described.endpoint.as_ref() == Some(&record.value)
                })
        };
        let serving = Count::of_len(rds.replicas().filter(answers).count());
        let kept = Count::of_len(rds.replicas().filter(|one| answers(one) && !is_held(one, now)).count());
        self.complete = if kept >= self.most_asked { self.complete.or(Some(now)) } else { None };
        let asked = Count::of_len(self.asked.iter().filter(|at| now - **at < DAY).count());
        // Nor is a replica dead that only waits for the source's logins, or for a source that is itself behind.
        let waits = self.source_behind.is_some()
            || rds
                .replicas()
                .any(|one| one.maker == Maker::Scaler && rds.logs_in_otherwise(one, Millis(0), now));
        let may_create = !self.deploying
            && !waits
            && Count::of_len(rds.replicas().count()) < self.room
            && asked < self.kind.creations_per_day
            && rds.instances.len() < rds.quota
            && rds.source().is_some_and(|source| {
                source.described.status.0 == "available"
                    && source.described.backup_retention_days > 0
                    && !source.described.managed_password
                    && source.described.cluster.is_none()
            });
        if serving >= self.min || !may_create {
            self.short = None;
            return;
        }
        let (since, reported) = self.short.get_or_insert((now, false));
        if now - *since > SHORT_FOR && !*reported {
            *reported = true;
            let hours = (now - *since).in_minutes() / 60.0;
            let detail = format!(
                "for {hours:.1} hours {serving} of ours served, of at least {}, with room for more",
                self.min
            );
            self.breach(now, "dead-capacity", detail);
        }
    }

    /// A replica that a person holds goes on being answered with, although somebody else serves.
    fn look_for_overruled_holds(&mut self, rds: &Rds, group: &[WeightedRecord], now: Millis) {
        let answered = |one: &Instance| {
            group.iter().any(|record| {
                record.weight.is_positive() && one.described.endpoint.as_ref() == Some(&record.value)
            })
        };
        let ours = || rds.replicas().filter(|one| one.maker == Maker::Scaler);
        let others = ours().any(|one| !is_held(one, now) && one.accepts() && answered(one));
        let overruled: Vec<SetId> = ours()
            .filter(|one| others && is_held(one, now) && answered(one))
            .map(|one| SetId::new(one.described.id.as_str()))
            .collect();
        self.held.retain(|set_id, _| overruled.contains(set_id));
        let mut late = Vec::new();
        for set_id in overruled {
            let (since, reported) = self.held.entry(set_id.clone()).or_insert((now, false));
            if now - *since > GRACE && !*reported {
                *reported = true;
                late.push(set_id);
            }
        }
        for set_id in late {
            self.breach(now, "held", format!("{set_id} is held by a person and still answered with"));
        }
    }

    /// Whether a replica of ours is there that should long have been answered with.
    fn could_answer(&self, rds: &Rds, now: Millis) -> bool {
        if self.source_is_behind(rds) || self.dark.is_some_and(|dark| now - dark < SHOWN_AFTER) {
            return false;
        }
        rds.replicas().any(|replica| {
            replica.maker == Maker::Scaler
                && replica.accepts()
                && replica.available.is_some_and(|since| now - since > FIT_AFTER)
                && replica.last.behind.is_some_and(|lag| lag <= self.kind.lag_bound.as_secs_f64())
                && untouchable(replica, rds, now).is_none()
                && !rds.logs_in_otherwise(replica, Millis(0), now)
        })
    }

    fn source_is_behind(&self, rds: &Rds) -> bool {
        let source = rds.source().filter(|source| source.described.source.is_some());
        let bound = self.kind.lag_bound.as_secs_f64();
        source.is_some_and(|source| source.last.behind.is_none_or(|lag| lag > bound))
    }

    fn breach(&mut self, now: Millis, invariant: &'static str, detail: String) {
        self.breaches.push(Breach { at: now.timestamp(), target: self.target.clone(), invariant, detail });
    }
}

/// Whether nobody goes but by signals, of which one is a share of the source's max_connections.
fn asks_for_connections(scaling: &Scaling) -> bool {
    let of_source = |signal| matches!(signal, Signal::Connections | Signal::PrimaryConnections);
    // Above 100 a rule means a count.
    let mut rules = scaling.scale_in.iter().filter(|rule| rule.threshold <= 100.0);
    scaling.windows.is_empty() && rules.any(|rule| of_source(rule.signal))
}

/// The transitions that the ledger knows.
fn intents(history: Option<&History>) -> &[Intent] {
    history.map(|history| &history.rds_replicas.intents[..]).unwrap_or_default()
}

/// The removals that the ledger knows.
fn removals(history: Option<&History>) -> impl Iterator<Item = &Removal> {
    intents(history).iter().filter_map(|intent| match &intent.transition {
        Transition::Remove(removal) => Some(removal),
        Transition::Add(_) => None,
    })
}

/// Whether it sends clients to an instance that takes connections, and to this database: the source, or what replicates from it.
fn serves(record: &WeightedRecord, rds: &Rds) -> bool {
    rds.instances.iter().any(|instance| {
        let database = instance.described.source.as_ref().unwrap_or(&instance.described.id);
        instance.described.endpoint.as_ref() == Some(&record.value)
            && instance.accepts()
            // A source that is a replica itself is still the database that readers ask for.
            && (database == rds.source_id() || instance.described.id == *rds.source_id())
    })
}

/// Whether it replicates from another database by now.
fn is_astray(instance: &Instance, rds: &Rds) -> bool {
    let source = instance.described.source.as_ref();
    instance.described.id != *rds.source_id() && source.is_some_and(|source| source != rds.source_id())
}

/// Whether a person holds it out of the answers, as far as the scaler could know.
fn is_held(instance: &Instance, now: Millis) -> bool {
    let fresh = instance.touched_by_person.is_some_and(|touched| now - touched <= UNSEEN);
    instance.described.tags.contains_key(HOLD_TAG) && !fresh
}

/// Why the instance must be left alone, as far as the scaler could know.
fn untouchable(instance: &Instance, rds: &Rds, now: Millis) -> Option<&'static str> {
    if instance.touched_by_person.is_some_and(|touched| now - touched <= UNSEEN) {
        None
    } else if instance.described.deletion_protection {
        Some("it is protected")
    } else if instance.described.tags.contains_key(PIN_TAG) {
        Some("it is pinned")
    } else if instance.described.tags.contains_key(HOLD_TAG) {
        Some("a person holds it")
    } else if !instance.described.children.is_empty() {
        Some("it has replicas of its own")
    } else if is_astray(instance, rds) {
        Some("it replicates from another database")
    } else if instance.promoting {
        Some("a person promotes it")
    } else if instance.described.source.is_none() {
        Some("it was promoted")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use tidegate_policy::history::RdsReplicasMemory;
    use tidegate_policy::names::DecisionId;
    use tidegate_policy::units::Weight;

    use super::*;
    use crate::account::{Account, Beginning, GroupStart, ServiceStart};
    use crate::fixture::{minutes, start, target};
    use crate::world::WorldEvent;

    /// What the watcher says when the first of two replicas, which is on its way out, is left with this weight (`None`: without a
    /// record) a while after `event` befell it.
    fn said_of_the_victim(event: &WorldEvent, left: Option<Weight>) -> Vec<&'static str> {
        let beginning = Beginning {
            seed: 11,
            start: start(),
            lasting: SignedDuration::from_hours(1),
            blackout: false,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        };
        let target = target(2, 5);
        let account = Account::new(&target, &beginning);
        account.befall(event);
        account.advance_to(start() + minutes(5));
        let mut state = account.state.borrow_mut();
        let state = state.replicas_mut().unwrap();
        let victim = InstanceId::new("tg-orders-readers-first1");
        let removal = Removal {
            id: victim.clone(),
            resource_id: state.rds.named(&victim).unwrap().described.resource_id.clone(),
            weight: Weight(64),
            draining_since: None,
            delete_requested: false,
            asked_at: None,
            asks: 0,
            retry_at: None,
        };
        let intent = Intent {
            decision: DecisionId::new("a-removal"),
            since: start(),
            from: Count(2),
            to: Count(1),
            transition: Transition::Remove(removal),
        };
        let history = History {
            rds_replicas: RdsReplicasMemory { intents: vec![intent], ..RdsReplicasMemory::default() },
            ..History::default()
        };
        let before = state.dns.group().to_vec();
        let (victims, mut after): (Vec<_>, Vec<_>) =
            before.iter().cloned().partition(|record| record.set_id.as_str() == victim.as_str());
        let was = victims.first().unwrap().clone();
        let mut changes = vec![RecordChange::Delete(was.clone())];
        if let Some(weight) = left {
            let lowered = WeightedRecord { weight, ..was };
            changes.push(RecordChange::Create(lowered.clone()));
            after.push(lowered);
        }
        let reader = &state.kind.reader;
        let batch = ChangeRecords { zone: reader.zone.clone(), name: reader.name.clone(), changes };
        state.watcher.changed(&batch, &before, &after, Some(&history), &state.rds, state.shared.now);
        state.watcher.take().into_iter().map(|breach| breach.invariant).collect()
    }

    #[test]
    fn the_record_of_a_promoted_victim_may_go_but_is_never_drained() {
        let promoted = WorldEvent::PromoteReplica { replica: 0 };
        assert_eq!(said_of_the_victim(&promoted, None), Vec::<&str>::new());
        assert_eq!(said_of_the_victim(&promoted, Some(Weight::ZERO)), ["I1"]);
    }

    #[test]
    fn the_record_of_a_pinned_victim_neither_goes_nor_is_drained() {
        let pinned = WorldEvent::PinReplica { replica: 0 };
        assert_eq!(said_of_the_victim(&pinned, None), ["I1"]);
        assert_eq!(said_of_the_victim(&pinned, Some(Weight::ZERO)), ["I1"]);
    }
}
