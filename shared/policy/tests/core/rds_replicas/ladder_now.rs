//! Random ladders of classes and zones, and what RDS refused of them, for the random accounts of `wide.rs`.

use proptest::prelude::*;
use tidegate_policy::history::{NotOffered, Transition};
use tidegate_policy::names::{AvailabilityZone, InstanceClass};

use super::fixture::{Account, minutes, rds};

const CLASSES: [&str; 3] = ["db.t3.medium", "db.m6g.large", "db.t3.small"];
const ZONES: [Option<&str>; 3] = [None, Some("eu-west-1a"), Some("eu-west-1b")];

#[derive(Clone, Debug)]
pub(crate) struct LadderNow {
    classes: usize,
    zones: usize,
    /// Class, zone, minutes since, minutes until it is asked for again.
    refused: Vec<(usize, usize, i64, i64)>,
    /// Where the additions under way stand.
    stands: (usize, usize),
    /// Whether each of them was refused itself.
    refused_themselves: bool,
}

pub(crate) fn ladder() -> impl Strategy<Value = LadderNow> {
    let refused = (0..3_usize, 0..3_usize, 0..90_i64, -5..30_i64);
    let refused = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(refused, 0..10)];
    (0..3_usize, 0..3_usize, refused, (0..2_usize, 0..2_usize), any::<bool>()).prop_map(
        |(classes, zones, refused, stands, refused_themselves)| LadderNow {
            classes,
            zones,
            refused,
            stands,
            refused_themselves,
        },
    )
}

impl LadderNow {
    pub(crate) fn apply(&self, account: &mut Account) {
        let now = account.now;
        let policy = rds(&mut account.target);
        policy.fallback_classes =
            CLASSES[1..=self.classes].iter().map(|one| InstanceClass::new(*one)).collect();
        policy.fallback_zones =
            ZONES[1..=self.zones].iter().flatten().map(|one| AvailabilityZone::new(*one)).collect();
        for (class, zone, ago, left) in &self.refused {
            let (class, zone) =
                (InstanceClass::new(CLASSES[*class]), ZONES[*zone].map(AvailabilityZone::new));
            let known = |refused: &NotOffered| refused.class == class && refused.zone == zone;
            if !account.history.rds_replicas.not_offered.iter().any(known) {
                account.history.rds_replicas.not_offered.push(NotOffered {
                    class,
                    zone,
                    at: now - minutes(*ago),
                    refusals: 1,
                    retry_at: now + minutes(*left),
                });
            }
        }
        if let Some(Transition::Add(additions)) =
            account.history.rds_replicas.intents.first_mut().map(|intent| &mut intent.transition)
        {
            for addition in additions {
                addition.class = InstanceClass::new(CLASSES[self.stands.0]);
                addition.zone = ZONES[self.stands.1].map(AvailabilityZone::new);
                addition.not_offered = self.refused_themselves;
            }
        }
    }
}
