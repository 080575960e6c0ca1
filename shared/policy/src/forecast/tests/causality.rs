//! What is decided at a minute depends on nothing that comes after it.

use proptest::prelude::*;

use super::series::{BEGIN, holey};
use crate::forecast::delays::Delay;
use crate::forecast::fleet::{Fleet, LifeTimes, Wish};
use crate::forecast::outlook::Outlook;
use crate::forecast::planner::plan;
use crate::forecast::settings::{Settings, Shape};

pub(super) const TIMES: LifeTimes =
    LifeTimes { half_share: Delay::RDS, billed_before: 13.0, billed_after: 5.0 };

/// The wish of a fleet of four, and the bits of the odds at the lead.
pub(super) fn decide(outlook: &mut Outlook) -> Option<(Wish, [u64; 15])> {
    let settings = Settings::default();
    let need = outlook.predict(&settings)?;
    let mut agreed = outlook.agreed;
    let plan = plan(&need, &Fleet::at_rest(4), &TIMES, &settings, &mut agreed);
    outlook.agreed = agreed;
    Some((plan.wish, std::array::from_fn(|place| need.odds(plan.lead, place + 1).to_bits())))
}

fn decisions(minutes: i64, work: impl Fn(i64) -> Option<f64>) -> Vec<Option<(Wish, [u64; 15])>> {
    let mut outlook = Outlook::cold(Shape::default());
    (BEGIN..BEGIN + minutes)
        .map(|minute| {
            outlook.push(minute, work(minute));
            decide(&mut outlook)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn the_future_changes_no_decision(until in 70_i64..400, after in prop::option::of(0.0..20.0)) {
        let one = decisions(400, holey);
        let other = decisions(400, |minute| if minute < BEGIN + until { holey(minute) } else { after });
        let known = usize::try_from(until).unwrap();
        prop_assert_eq!(&one[..known], &other[..known]);
    }
}
