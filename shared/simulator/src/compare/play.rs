//! One rival through one trace on one plant: it sees what was published, and decides every minute.

use std::time::Instant;

use crate::random::Streams;

use super::life_cycle::LifeCycle;
use super::plant::{Plant, Tally};
use super::played::Played;
use super::scores::Outcome;
use super::seen::{LATE, Move, Rule, Seen};

/// Nobody decides before there is an hour to see.
const FIRST_DECISION: usize = 60;

/// Plays it all; what is scored is what came of the scored minutes.
pub(super) fn play(
    rule: &mut dyn Rule,
    played: &Played,
    cycle: &LifeCycle,
    units: u32,
    seed: u64,
) -> Outcome {
    let mut decision_nanos = Vec::with_capacity(played.units.len());
    let tally = run(rule, played, cycle, units, seed, &mut |_, took| decision_nanos.push(took));
    Outcome {
        unit_minutes: tally.unit_minutes as f64,
        violations: tally.violations,
        severe: tally.severe,
        actions: tally.actions.all,
        reversals: tally.actions.reversals,
        split: tally.split,
        invariant_violations: 0,
        decision_nanos,
        changes: None,
    }
}

fn run(
    rule: &mut dyn Rule,
    played: &Played,
    cycle: &LifeCycle,
    units: u32,
    seed: u64,
    on_decision: &mut dyn FnMut(Move, u32),
) -> Tally {
    // All policies draw the same creations of the same trace.
    let creations = Streams::new(seed).key(&played.trace, "creation");
    let mut plant = Plant::new(cycle, units, creations);
    for (minute, demand) in played.units.iter().enumerate() {
        if minute == played.scored_from {
            plant.forget_tally();
        }
        plant.pass(*demand);
        if minute < FIRST_DECISION {
            continue;
        }
        let known = minute + 1 - LATE;
        let seen = Seen {
            minute,
            utilisation: plant.utilisation.get(..known).unwrap_or_default(),
            work: plant.work.get(..known).unwrap_or_default(),
            serving: plant.serving(),
            coming: plant.coming(),
            most: cycle.most,
        };
        let began = Instant::now();
        let wanted = rule.decide(&seen);
        on_decision(wanted, u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
        plant.act(wanted);
    }
    plant.tally
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::life_cycle::Kind;
    use crate::compare::rivals::RIVALS;
    use crate::demand::DAY;
    use crate::fixture::{start, target};
    use proptest::prelude::*;

    fn played(units: Vec<f64>) -> Played {
        Played { trace: "load.csv".to_owned(), start: start(), units, scored_from: DAY }
    }

    fn moves(played: &Played, cycle: &LifeCycle, rival: usize) -> Vec<Move> {
        let mut moves = Vec::new();
        if let Some(mut rule) = RIVALS[rival].rule(Kind::Rds, cycle) {
            run(&mut *rule, played, cycle, 8, 1, &mut |made, _| moves.push(made));
        }
        moves
    }

    fn wave(minutes: usize) -> Vec<f64> {
        (0..minutes).map(|minute| 3.0 + 2.5 * (minute as f64 / 170.0).sin()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_asked_later_changes_no_decision_made_before(
            rival in 0..RIVALS.len(),
            ours in any::<bool>(),
            changed in DAY..2 * DAY,
            others in proptest::collection::vec(0.0..12.0_f64, 60),
        ) {
            let cycle = if ours { LifeCycle::of(&target(1, 5)) } else { LifeCycle::plain(Kind::Rds) };
            let before = played(wave(3 * DAY));
            let mut after = before.clone();
            for (minute, units) in after.units[changed..].iter_mut().enumerate() {
                *units = others[minute % others.len()];
            }
            let (before, after) = (moves(&before, &cycle, rival), moves(&after, &cycle, rival));
            // The minute that is changed is known two minutes later.
            let same = changed + LATE - 1 - FIRST_DECISION;
            prop_assert_eq!(before.get(..same), after.get(..same));
        }
    }

    #[test]
    fn what_is_asked_earlier_does_change_decisions() {
        let cycle = LifeCycle::plain(Kind::Rds);
        let before = played(wave(3 * DAY));
        let mut after = before.clone();
        after.units[DAY..2 * DAY].fill(0.3);
        for rival in RIVALS.iter().filter(|rival| !["static", "clairvoyant"].contains(&rival.name)) {
            let place = RIVALS.iter().position(|other| other == rival).unwrap();
            assert_ne!(moves(&before, &cycle, place), moves(&after, &cycle, place), "{}", rival.name);
        }
    }

    #[test]
    fn only_the_scored_minutes_count() {
        let cycle = LifeCycle::plain(Kind::Rds);
        let mut load = wave(2 * DAY);
        load[..DAY].fill(14.0);
        load[DAY..].fill(0.5);
        let mut fleet = RIVALS[0].rule(Kind::Rds, &cycle).unwrap();
        let outcome = play(&mut *fleet, &played(load), &cycle, 2, 1);
        assert_eq!((outcome.violations, outcome.actions), (0, 0));
        assert!((outcome.unit_minutes - 2.0 * DAY as f64).abs() < 1e-9);
    }

    #[test]
    fn the_same_seed_gives_the_same_outcome() {
        let cycle = LifeCycle::of(&target(1, 5));
        let load = played(wave(3 * DAY));
        let outcome = |seed| {
            let mut rule = RIVALS[7].rule(Kind::Rds, &cycle).unwrap();
            Outcome { decision_nanos: Vec::new(), ..play(&mut *rule, &load, &cycle, 8, seed) }
        };
        assert_eq!(outcome(1), outcome(1));
        assert_ne!(outcome(1), outcome(2));
    }
}
