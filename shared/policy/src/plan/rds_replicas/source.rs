//! The source: what keeps RDS from ever making a replica of it, how far behind it is itself, and what a person should know before the peak.

use jiff::SignedDuration;

use super::blue_green;
use super::ladder;
use super::scene::{Draft, Scene};
use crate::evaluate::rds_replicas::weights;
use crate::evaluate::{LagStanding, standing_of};
use crate::history::Read;
use crate::names::InstanceClass;
use crate::number::{Number, Sentence, Unit};
use crate::observation::{Source, Standing};
use crate::policy::Engine;
use crate::reason::{Explanation, Reason};
use crate::units::Count;
use crate::units::friendly;

/// A source that is busy for longer than this while more replicas are wanted is more than a maintenance window.
const HELD_BACK_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What the alert of it is called.
const HOLDS_BACK: &str = "the source that holds back an addition";

/// Why RDS refuses every replica of it, until somebody changes the source or the policy.
pub(super) fn refuses(source: &Source, engine: Engine) -> Option<Explanation> {
    let id = &source.id;
    if let Some(cluster) = &source.cluster {
        let detail = format!(
            "{id} is a member of the Multi-AZ DB cluster {cluster}, of whose members RDS makes no replicas: name an instance outside of a cluster as `source`"
        );
        return Some(Explanation::new(Reason::SourceInCluster, detail));
    }
    // RDS user guide, "Limitations for Secrets Manager integration with Amazon RDS".
    if source.managed_password && engine != Engine::SqlServer {
        let detail = format!(
            "the master password of {id} is managed in Secrets Manager, so RDS refuses replicas of {}: set a password of your own (--no-manage-master-user-password)",
            engine.name()
        );
        return Some(Explanation::new(Reason::SourceSecretManaged, detail));
    }
    if let Some(of) = &source.source
        && !cascades(engine)
    {
        let detail = format!(
            "{id} is itself a replica of {of}, and RDS makes no replicas of replicas of {}: name {of} as `source`",
            engine.name()
        );
        return Some(Explanation::new(Reason::SourceIsReplica, detail));
    }
    None
}

/// RDS user guide, "Using cascading read replicas" of MySQL, MariaDB and PostgreSQL; the limitations of Oracle's, SQL Server's and Db2's replicas.
fn cascades(engine: Engine) -> bool {
    match engine {
        Engine::MySql | Engine::MariaDb | Engine::Postgres => true,
        Engine::Oracle | Engine::SqlServer | Engine::Db2 => false,
    }
}

/// Whether the source itself is known to keep up, if it is a replica: its replicas are at least as far behind as it is.
///
/// # Errors
/// How it stands.
pub(super) fn keeps_up(scene: &Scene<'_>) -> Result<(), String> {
    let Some(source) = scene.observation.source.as_ref() else { return Ok(()) };
    let Some(of) = &source.source else { return Ok(()) };
    let id = &source.id;
    match standing_of(&source.replication, &source.signals.lag, scene.rds) {
        LagStanding::Within => Ok(()),
        LagStanding::Above(seconds) => Err(format!(
            "the source {id} is itself {seconds:.0}s behind {of}; {} is the bound",
            friendly(scene.rds.lag_bound)
        )),
        LagStanding::NotReplicating => Err(format!("the source {id} does not replicate from {of} itself")),
        LagStanding::Unknown => {
            Err(format!("how far the source {id} is behind {of} itself cannot be told yet"))
        }
    }
}

/// Says at every look what would be found out at the peak.
pub(super) fn look(scene: &Scene<'_>, draft: &mut Draft) {
    held_back(scene, draft);
    let Some(source) = &scene.observation.source else { return };
    if let Some(of) = source.source.as_ref().filter(|_| cascades(scene.rds.engine)) {
        let detail = format!(
            "{} is itself a replica of {of}: what its replicas answer is older by its own lag, and RDS makes chains of three replicas at most",
            source.id
        );
        draft.note(Reason::SourceIsReplica, detail);
        let known = standing_of(&source.replication, &source.signals.lag, scene.rds);
        let key = format!("the lag of the source {}", source.id);
        match (keeps_up(scene), known) {
            // Nobody can say that it is over either.
            (_, LagStanding::Unknown) => draft.unjudged(&key),
            (Err(detail), LagStanding::Above(seconds)) => {
                let lag = Number::new(format!("lag of {}", source.id), seconds, Unit::Seconds);
                let said = Sentence::from(detail).with(lag.against_time(scene.rds.lag_bound));
                draft.alert(key, Reason::SourceLags, said);
            }
            (Err(detail), _) => draft.alert(key, Reason::SourceLags, detail),
            (Ok(()), _) => {
                if let Some(series) = source.signals.lag.fresh() {
                    let newest = series.newest().minute;
                    draft.read(key, Read { newest, lately: false, whole: true });
                }
            }
        }
    }
    smaller_standbys(scene, source, draft);
}

/// A PostgreSQL standby stops replaying where its `max_connections` is below its source's, and takes less of it by the default formula the less
/// memory it has.
fn smaller_standbys(scene: &Scene<'_>, source: &Source, draft: &mut Draft) {
    if scene.rds.engine != Engine::Postgres {
        return;
    }
    let smaller = |class: &&&InstanceClass| weights::memory(class) < weights::memory(&source.class);
    if let Some(class) = ladder::classes(scene.rds, source).iter().find(smaller) {
        let detail = format!(
            "new replicas would be {class}, smaller than {} of {}: a PostgreSQL replica of a smaller class than its source may not be able to replay; write a class as large, or the same number for max_connections into both parameter groups",
            source.class, source.id
        );
        draft.alert("the class of new replicas", Reason::StandbyTooSmall, detail);
    }
    let Some(most) = source.signals.max_connections else { return };
    for member in scene.roster.members.iter().filter(|member| member.stays()) {
        if let Some(own) = member.replica.signals.max_connections.filter(|own| *own < most) {
            let detail = format!(
                "max_connections of {} is {own}, of its source {most}: PostgreSQL stops replaying on a replica with fewer",
                member.id()
            );
            let number = Number::count(format!("max_connections of {}", member.id()), Count(own));
            let said = Sentence::from(detail).with(number.against_count(Count(most)));
            draft.alert(format!("max_connections of {}", member.id()), Reason::StandbyTooSmall, said);
        }
    }
}

/// Remembers since when the source has held back what is wanted, and notifies after an hour.
fn held_back(scene: &Scene<'_>, draft: &mut Draft) {
    // What was not evaluated is not over.
    if !scene.observation.signals_read {
        draft.unjudged(HOLDS_BACK);
        return;
    }
    let bounds = scene.bounds();
    let missing = draft
        .history
        .rds_replicas
        .additions()
        .any(|addition| addition.is_coming() && scene.roster.member(&addition.id).is_none())
        || draft.decision.recommended.max(bounds.min).min(bounds.max) > draft.decision.current;
    // The other reasons are alerts of their own, at once.
    let lasting = [Reason::SourceUnavailable, Reason::BlueGreenInProgress, Reason::BlueGreenUnknown];
    let why = source_forbids(scene).filter(|why| lasting.contains(&why.reason)).or_else(|| optimizing(scene));
    let Some(why) = why.filter(|_| missing) else {
        draft.history.rds_replicas.held_back_since = None;
        return;
    };
    let since = *draft.history.rds_replicas.held_back_since.get_or_insert(scene.now);
    let lasted = scene.now.duration_since(since);
    if lasted >= HELD_BACK_FOR {
        let detail = format!(
            "more replicas have been wanted for {} and none can be made: {}",
            friendly(lasted),
            why.detail
        );
        let said =
            Sentence::from(detail).with(Number::lasting("held back", lasted).against_time(HELD_BACK_FOR));
        draft.alert(HOLDS_BACK, Reason::SourceHoldsBack, said);
    }
}

/// A source in `storage-optimization` is asked, and RDS may refuse for as long as that lasts, which is hours.
fn optimizing(scene: &Scene<'_>) -> Option<Explanation> {
    let source = scene.observation.source.as_ref()?;
    (source.status.0 == "storage-optimization").then(|| {
        let detail =
            format!("{} is \"storage-optimization\", and RDS refuses to copy it meanwhile", source.id);
        Explanation::new(Reason::SourceUnavailable, detail)
    })
}

/// Why the source forbids a creation now.
pub(super) fn source_forbids(scene: &Scene<'_>) -> Option<Explanation> {
    let name = &scene.rds.source;
    let forbid = |reason, detail| Some(Explanation::new(reason, detail));
    let Some(source) = &scene.observation.source else {
        if scene.observation.source_is_cluster {
            let detail = format!(
                "{name} is a Multi-AZ DB cluster, of which Tidegate makes no replicas: name an instance outside of a cluster as `source`"
            );
            return forbid(Reason::SourceInCluster, detail);
        }
        let detail = format!(
            "the source {name} was not found: check `source` of target \"{}\" and the Region",
            scene.target.name
        );
        return forbid(Reason::SourceMissing, detail);
    };
    if source.engine != scene.rds.engine {
        let detail = format!(
            "{name} runs {}, and the policy says {}: correct `engine`",
            source.engine.name(),
            scene.rds.engine.name()
        );
        return forbid(Reason::EngineMismatch, detail);
    }
    if let Some(why) = refuses(source, scene.rds.engine) {
        return Some(why);
    }
    if source.backup_retention_days == 0 {
        let detail =
            format!("{name} keeps no backups, so RDS refuses replicas: set a backup retention period");
        return forbid(Reason::SourceWithoutBackups, detail);
    }
    if let Some(why) = blue_green::forbids_creation(scene) {
        return Some(why);
    }
    // Of a source in `storage-optimization` RDS makes replicas as a rule; where it does not, the answer is "later".
    if source.status.standing() != Standing::Operational {
        return forbid(
            Reason::SourceUnavailable,
            format!("{name} is \"{}\", not \"available\"", source.status.0),
        );
    }
    if let Some(conflict) = scene.conflict() {
        let detail = format!("{} holds {conflict}, which keeps weighted records out", scene.rds.reader.name);
        return forbid(Reason::ReaderNameConflict, detail);
    }
    None
}
