//! Series of work, and an outlook that has lived through one.

use crate::forecast::outlook::Outlook;
use crate::forecast::settings::{Settings, Shape};

/// A midnight.
pub(super) const BEGIN: i64 = 20_000 * 1440;

/// One unit's work by night, four units' from nine to five.
pub(super) fn office(minute: i64) -> Option<f64> {
    let hour = minute.div_euclid(60).rem_euclid(24);
    Some(if (9..17).contains(&hour) { 4.0 } else { 1.0 })
}

/// Waves with a ripple, and every few hours some minutes that nobody knows.
pub(super) fn holey(minute: i64) -> Option<f64> {
    let phase = f64::from(u32::try_from(minute.rem_euclid(1440)).unwrap()) / 1440.0;
    let ripple = f64::from(u32::try_from(minute.rem_euclid(7)).unwrap()) / 30.0;
    let is_hole = minute.rem_euclid(317) < 9 || (200..260).contains(&minute.rem_euclid(1777));
    (!is_hole).then(|| 3.0 + 2.0 * (phase * std::f64::consts::TAU).sin() + ripple)
}

/// Pushes the minutes from the outlook's end on, and predicts every so many of them.
pub(super) fn live(outlook: &mut Outlook, minutes: i64, each: i64, work: impl Fn(i64) -> Option<f64>) {
    let from = outlook.end().unwrap_or(BEGIN);
    for minute in from..from + minutes {
        outlook.push(minute, work(minute));
        if (minute + 1) % each == 0 {
            outlook.predict(&Settings::default());
        }
    }
}

pub(super) fn lived(minutes: i64, each: i64, work: impl Fn(i64) -> Option<f64>) -> Outlook {
    let mut outlook = Outlook::cold(Shape::default());
    live(&mut outlook, minutes, each, work);
    outlook
}
