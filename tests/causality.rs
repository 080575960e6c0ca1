//! Goal: no decision knows what is to come. Method: two runs of the whole account whose load is the same until a minute, with forecasts that act; until
//! then every line of both is the same.

use tidegate_simulator::demand::minutes_of_days;
use tidegate_simulator::demand::shape::Shape;
use tidegate_simulator::document::TimelineEntry;
use tidegate_simulator::run::{Setup, simulate};

use crate::world::{FORECAST, targets};

/// Days of load, and the part of them that both runs have in common: long enough for a forecast to prove itself.
const DAYS: f64 = 5.0;
const COMMON: f64 = 4.4;

#[test]
fn a_decision_does_not_change_when_the_load_after_it_does() {
    let mut by_forecast = 0;
    for target in targets(FORECAST) {
        let peak = f64::from(target.scaling.max.0) * 0.6;
        let one = Shape::Daily.demand(minutes_of_days(DAYS).unwrap(), 7, peak);
        let mut other = one.clone();
        let common = minutes_of_days(COMMON).unwrap();
        for (place, units) in other.units.iter_mut().enumerate().skip(common) {
            *units = if place % 40 < 20 { peak * 1.3 } else { 0.1 };
        }
        let until = one.start + jiff::SignedDuration::from_mins(i64::try_from(common).unwrap());
        let lines = |demand| {
            let document = simulate(&target, demand, &Setup::new("test", 7), &mut |_| ()).unwrap().document;
            let (before, after): (Vec<TimelineEntry>, Vec<TimelineEntry>) =
                document.timeline.into_iter().partition(|entry| entry.at < until);
            (before, after)
        };
        let ((before, after), (also_before, also_after)) = (lines(&one), lines(&other));
        assert_eq!(before, also_before, "{}", target.name);
        assert_ne!(after, also_after, "{}", target.name);
        by_forecast += before.iter().filter(|entry| entry.reason == "scale_out_forecast").count();
    }
    assert!(by_forecast > 0);
}
