//! The policies that the repository ships are right, and say what they are meant to say.

use jiff::civil::{Weekday, time};
use tidegate_policy::policy::{
    Comparison, PerDirection, PointsRequired, Signal, Target, TargetKind, WindowDays,
};
use tidegate_policy::units::Count;

use crate::{PRODUCTION, STAGING, TO_ZERO, minutes, read};

#[test]
fn the_policies_of_the_repository_are_right() {
    let production = read(PRODUCTION);
    let target = production.target("orders-readers").unwrap();
    let TargetKind::RdsReplicas(replicas) = &target.kind else { panic!("{:?}", target.kind) };
    assert_eq!(replicas.prefix, "tg-orders-readers-");
    assert!(replicas.floor);
    assert_eq!(replicas.drain.deadline, minutes(45));
    assert_eq!(replicas.drain.idle_connections, 1);
    assert_eq!(replicas.drain.quiet_points, 3);
    assert_eq!((target.scaling.min, target.scaling.max), (Count(1), Count(5)));
    assert_eq!(target.scaling.scale_out.len(), 4);
    let lag = &target.scaling.scale_out[3];
    assert_eq!((lag.signal, lag.comparison), (Signal::Lag, Comparison::Above));
    assert_eq!((lag.threshold, lag.points), (1.0, PointsRequired::All { of: 5 }));
    assert_eq!(target.scaling.windows[0].text, "mon-fri 07:30-20:00 Europe/Madrid");

    let to_zero = read(TO_ZERO);
    let target = to_zero.target("orders-readers").unwrap();
    let TargetKind::RdsReplicas(replicas) = &target.kind else { panic!("{:?}", target.kind) };
    assert!(replicas.floor, "a target that may have no replica needs a floor");
    assert_eq!((target.scaling.min, target.scaling.max), (Count(0), Count(1)));
}

#[test]
fn the_services_of_the_repository_are_right() {
    let bounds = |target: &Target| (target.scaling.min, target.scaling.max);
    let production = read(PRODUCTION);
    let api = production.target("api").unwrap();
    let TargetKind::EcsService(service) = &api.kind else { panic!("{:?}", api.kind) };
    assert_eq!(bounds(api), (Count(2), Count(10)));
    assert_eq!(api.scaling.cooldown, PerDirection { out: minutes(1), in_: minutes(5) });
    assert_eq!(api.scaling.windows[0].text, "mon-fri except holidays 08:00-22:00 UTC");
    assert_eq!(api.scaling.windows[0].min, Some(Count(4)));
    // 5,000 requests a minute at 500 a task, and a fifth more.
    assert_eq!((service.events[0].tasks(), service.events[0].max), (Count(12), Some(Count(12))));
    let workers = production.target("workers").unwrap();
    let TargetKind::EcsService(service) = &workers.kind else { panic!("{:?}", workers.kind) };
    assert_eq!(service.spot.as_ref().map(|spot| (spot.share.0, spot.base)), Some((50.0, Count(2))));

    let to_zero = read(TO_ZERO);
    let api = to_zero.target("api").unwrap();
    assert_eq!(bounds(api), (Count(0), Count(3)));
    // Every hour of the week belongs to one window: by day there is a task, by night there is none.
    for day in (1..=7).map(|day| Weekday::from_monday_one_offset(day).unwrap()) {
        for hour in 0..24 {
            let at = time(hour, 30, 0, 0);
            let open = api.scaling.windows.iter().filter(|window| {
                let WindowDays::Weekdays { on, .. } = &window.days else { panic!("{:?}", window.days) };
                on.contains(&day) && window.from <= at && window.to.is_none_or(|to| at < to)
            });
            let open: Vec<_> = open.map(|window| (window.min, window.max)).collect();
            let working = (1..=5).contains(&day.to_monday_one_offset()) && (7..20).contains(&hour);
            let expected = if working { (Some(Count(1)), None) } else { (None, Some(Count(0))) };
            assert_eq!(open, [expected], "{day:?} {at}");
        }
    }
}

#[test]
fn staging_keeps_one_of_each_and_the_example_beside_it_comes_to_none() {
    let bounds = |document| {
        let targets = read(document).targets.into_iter();
        targets
            .map(|target| (target.name.to_string(), target.scaling.min.0, target.scaling.max.0))
            .collect::<Vec<_>>()
    };
    let of = |name: &str, min, max| (name.to_owned(), min, max);
    assert_eq!(bounds(STAGING), [of("orders-readers", 1, 2), of("api", 1, 3), of("sessions", 1, 2)]);
    assert_eq!(bounds(TO_ZERO), [of("orders-readers", 0, 1), of("api", 0, 3), of("sessions", 1, 2)]);
    // No window goes below either.
    let windows = read(STAGING).targets.into_iter().flat_map(|target| target.scaling.windows);
    assert_eq!(windows.filter(|window| window.max == Some(Count(0))).count(), 0);
}
