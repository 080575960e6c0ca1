//! What a seed stands for: a policy, the load of its targets, what befalls the account, what befalls the attempts, and when all that stops.

mod draw;
mod hostility;
mod policy;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::document::{Problem, parse};
use tidegate_policy::kind::Kind;
use tidegate_policy::policy::Target;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::mishaps::swarm;
use tidegate_simulator::random::{Draws, Streams};
use tidegate_simulator::world::{ScriptedEvent, WorldEvent};

pub(crate) use hostility::{Hostility, Strike};

/// The longest that a seed is played.
pub const MINUTES: usize = 48 * 60;
/// Within so many minutes after the faults have stopped every target is where its decision wants it.
pub const RECOVERS_WITHIN: usize = 6 * 60;
/// The most targets of a case.
const TARGETS: i64 = 4;

/// What cases are drawn from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Targets of this kind alone.
    pub kind: Option<Kind>,
}

/// What a seed stands for.
#[derive(Clone, Debug)]
pub struct Case {
    /// Reproduces it, with its options.
    pub seed: u64,
    /// The policy as a person would write it.
    pub document: String,
    /// The targets of the policy, in its order.
    pub targets: Vec<Target>,
    /// The first moment.
    pub start: Timestamp,
    /// How many minutes are played.
    pub minutes: usize,
    /// From this minute on nothing goes wrong any more.
    pub calm: usize,
    /// What befalls: whom (the place of a target), and what. In ascending order of time.
    pub script: Vec<(usize, ScriptedEvent)>,
    /// The target that one fault never leaves, and the fault.
    pub lasting: Option<(usize, WorldEvent)>,
    /// When the ledger loses what it remembers.
    pub(crate) forgets: Option<usize>,
    pub(crate) hostility: Hostility,
    /// The load of each target, in units, minute by minute.
    pub(crate) loads: Vec<Vec<f64>>,
}

impl Case {
    /// The case of a seed.
    ///
    /// # Errors
    /// The document and what its reader said of it: what is drawn here must be a policy.
    pub fn drawn(seed: u64, options: Options) -> Result<Case, String> {
        let streams = Streams::new(seed);
        let draws = |purpose: &str| streams.key("fuzz", purpose).member(0);
        let mut of_policy = draws("policy");
        let many = draw::whole(&mut of_policy, 1, TARGETS);
        let document = policy::drawn(&mut of_policy, options.kind, many);
        let said = |problems: Vec<Problem>| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            format!("{}\n\n{document}", lines.join("\n"))
        };
        let targets = parse(&document).map_err(said)?.targets;
        let start = start(&mut draws("start"));
        let calm = usize::try_from(draw::whole(&mut draws("calm"), 1_500, 2_400)).unwrap_or(2_400);
        let script = script(&targets, &streams, calm);
        let lasting = lasting(&targets, &mut draws("lasting"));
        let mut forgets = draws("forgets");
        let forgets = forgets.chance(0.05).then(|| draw::whole(&mut forgets, 1, 1_400));
        let loads = targets.iter().enumerate().map(|(place, target)| load(target, place, &streams, calm));
        Ok(Case {
            seed,
            start,
            minutes: MINUTES.min(calm + RECOVERS_WITHIN),
            calm,
            script,
            lasting,
            forgets: forgets.and_then(|minute| usize::try_from(minute).ok()),
            hostility: Hostility::drawn(&streams),
            loads: loads.collect(),
            targets,
            document,
        })
    }
}

/// Quiet weeks, and days on which clocks change in Europe and America.
fn start(draws: &mut Draws) -> Timestamp {
    const DAYS: [i64; 5] = [1_772_323_200, 1_772_409_600, 1_774_656_000, 1_772_841_600, 1_792_800_000];
    let day = draw::one_of(draws, &DAYS);
    Timestamp::from_second(day).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What befalls each target, all of it over when it is calm.
fn script(targets: &[Target], streams: &Streams, calm: usize) -> Vec<(usize, ScriptedEvent)> {
    let calm = i64::try_from(calm).unwrap_or(i64::MAX);
    let end = SignedDuration::from_mins(calm);
    let of_each = targets.iter().enumerate().flat_map(|(place, target)| {
        let mut draws = streams.key(target.name.as_str(), "fuzz script").member(0);
        let events = draw::size(&mut draws, 0, 24);
        let mut events = swarm(&target.kind, &mut draws, events, calm);
        events.retain(|event| event.after + lasts(&event.event) <= end);
        events.into_iter().map(move |event| (place, event))
    });
    let mut script: Vec<_> = of_each.collect();
    script.sort_by_key(|(place, event)| (event.after, *place));
    script
}

/// What has no end of its own is over after an hour: a creation that fails shows it after half an hour.
fn lasts(event: &WorldEvent) -> SignedDuration {
    match event {
        WorldEvent::LateOrder { late, .. } => *late + SignedDuration::from_hours(1),
        event => event.lasting().unwrap_or(SignedDuration::from_hours(1)),
    }
}

/// Of three cases with several targets one has a target that a fault never leaves.
fn lasting(targets: &[Target], draws: &mut Draws) -> Option<(usize, WorldEvent)> {
    let (whom, strikes) = (draw::size(draws, 0, targets.len().max(1)), draws.chance(0.33));
    let target = targets.get(whom).filter(|_| strikes && targets.len() > 1)?;
    let lasting = SignedDuration::from_hours(96);
    let events = match target.kind.kind() {
        Kind::RdsReplicas => [
            WorldEvent::NextCreationHangs { lasting },
            WorldEvent::SourceModifying { lasting },
            WorldEvent::ZoneUnreadable { lasting },
            WorldEvent::RecordsDeleted { lasting },
        ],
        Kind::EcsService => [
            WorldEvent::Deploy { lasting, rollout: tidegate_simulator::world::Rollout::Completes },
            WorldEvent::NoRequests { lasting },
            WorldEvent::SpotDrought { lasting },
            WorldEvent::BrokenRelease { errors: 0.5, lasting },
        ],
        Kind::RedisNodes => [
            WorldEvent::SnapshotRunning { lasting },
            WorldEvent::ClusterModeCompatible { lasting },
            WorldEvent::MemoryHoard { percent: 97.0, lasting },
            WorldEvent::MemorySurge { percent: 60.0, lasting },
        ],
    };
    Some((whom, draw::one_of(draws, &events)))
}

/// A shape with noise, at a height from little to more than the most can serve; steady from the calm on.
fn load(target: &Target, place: usize, streams: &Streams, calm: usize) -> Vec<f64> {
    let mut draws = streams.key(target.name.as_str(), "fuzz load").member(place as u64);
    let shape = draw::one_of(&mut draws, &Shape::ALL);
    let peak = f64::from(target.scaling.max.0) * draws.between(0.2, 1.3) + 0.3;
    let mut units = shape.demand(MINUTES, draws.bits(), peak).units;
    let steady = units.get(calm).copied().unwrap_or_default();
    units.iter_mut().skip(calm).for_each(|unit| *unit = steady);
    units
}
