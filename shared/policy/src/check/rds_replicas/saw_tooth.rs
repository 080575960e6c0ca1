//! The lag of a PostgreSQL replica whose source is idle: what it shows is the age of the last record, by looks that are a minute apart.

/// Whether these lags by minute say no more than that CloudWatch looks once a minute: the source is idle, and between two looks its last record got
/// as much older as time passed, or a newer one was replayed that was written since the look before.
pub(super) fn only_looks_late(lags: &[(i64, f64)]) -> bool {
    const ROUGHLY: f64 = 5.0;
    let steps =
        || lags.iter().zip(lags.iter().skip(1)).map(|(one, other)| ((other.0 - one.0) * 60, one.1, other.1));
    let gets_older = |(seconds, one, other): (i64, f64, f64)| (other - one - seconds as f64).abs() <= ROUGHLY;
    let renewed = |(seconds, one, other): (i64, f64, f64)| {
        other < one && seconds <= 120 && other <= seconds as f64 + ROUGHLY
    };
    let older = steps().filter(|step| gets_older(*step)).count();
    let newer = steps().filter(|step| !gets_older(*step) && renewed(*step)).count();
    let begins_new = lags.first().is_some_and(|first| first.1 <= 60.0 + ROUGHLY);
    older > 0 && older >= newer && older + newer == steps().count() && (newer > 0 || begins_new)
}
