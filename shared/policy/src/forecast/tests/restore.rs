//! A restored process decides as the one would have that stored it; what is not its state is an error.

use proptest::prelude::*;

use super::causality::decide;
use super::series::{BEGIN, holey, lived};
use crate::forecast::SnapshotError;
use crate::forecast::codec::checksum;
use crate::forecast::outlook::Outlook;
use crate::forecast::settings::{Settings, Shape};
use crate::forecast::snapshot::{days, decode, encode, encode_day};

fn stored(outlook: &Outlook) -> (Vec<u8>, Vec<Vec<u8>>) {
    (encode(outlook), days(outlook).map(|day| encode_day(outlook, day).unwrap()).collect())
}

fn restored(live: &[u8], days: &[Vec<u8>]) -> Result<Outlook, SnapshotError> {
    let days: Vec<&[u8]> = days.iter().map(|day| &day[..]).collect();
    decode(live, &days, Shape::default())
}

/// The bytes with a checksum that fits them.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - 8);
    let sum = checksum(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

#[test]
fn restored_at_any_minute_it_goes_on_as_if_it_had_never_stopped() {
    for minutes in [3, 64, 70, 333, 1439, 1440, 3001, 3002, 3003, 3004] {
        let mut live = lived(minutes, 5, holey);
        live.creations.record(14.5);
        live.drains.record(6.25);
        let (item, days) = stored(&live);
        let mut again = restored(&item, &days).unwrap();
        for minute in BEGIN + minutes..BEGIN + minutes + 150 {
            live.push(minute, holey(minute));
            again.push(minute, holey(minute));
            assert_eq!(decide(&mut live), decide(&mut again), "{minutes}, then {minute}");
        }
        assert_eq!(stored(&live), stored(&again), "{minutes}");
    }
}

#[test]
fn restored_it_knows_of_the_days_that_fell_out_no_less_than_the_one_that_lived_on() {
    // A streak above 2 that began on the first day and goes on, and one above 6 that ended on it.
    let work =
        |minute: i64| if minute < BEGIN + 600 { Some(6.0) } else { holey(minute).map(|work| work.max(2.0)) };
    let mut live = lived(16 * 1440 + 700, 1440, work);
    let (item, days) = stored(&live);
    assert_eq!(days.len(), 15);
    let mut again = restored(&item, &days).unwrap();
    let end = live.end().unwrap();
    for minute in end..end + 1000 {
        live.push(minute, work(minute));
        again.push(minute, work(minute));
        if minute % 20 == 4 {
            assert_eq!(decide(&mut live), decide(&mut again), "{minute}");
        }
    }
    assert_eq!(stored(&live), stored(&again));
}

#[test]
fn the_live_item_stays_below_64_kb_and_a_day_below_4() {
    let outlook = lived(16 * 1440, 5, holey);
    let (item, days) = stored(&outlook);
    let largest = days.iter().map(Vec::len).max().unwrap();
    assert!(item.len() < 64_000 && largest < 4_000, "{} and {largest} bytes", item.len());
}

#[test]
fn a_day_that_is_missing_or_ends_too_early_is_an_error_and_one_with_more_minutes_is_not() {
    let mut outlook = lived(4000, 5, holey);
    let (item, mut days) = stored(&outlook);
    assert!(matches!(restored(&item, &days[1..]), Err(SnapshotError::Minutes(_))));
    let early = days.clone();
    outlook.push(BEGIN + 4000, Some(2.0));
    assert!(matches!(restored(&encode(&outlook), &early), Err(SnapshotError::Minutes(_))));
    days[2] = encode_day(&outlook, 20_002).unwrap();
    days.reverse();
    assert_eq!(encode(&restored(&item, &days).unwrap()), item);
}

#[test]
fn a_state_of_another_shape_says_so() {
    let (item, _) = stored(&lived(100, 5, holey));
    for shape in [(16, 1.0, 0.85), (15, 2.0, 0.85), (15, 1.0, 0.8)] {
        let shape = Shape::new(shape.0, shape.1, shape.2).unwrap();
        assert!(matches!(decode(&item, &[], shape), Err(SnapshotError::Shape(_))), "{shape:?}");
    }
}

#[test]
fn a_state_that_ends_early_or_late_is_an_error() {
    let (item, days) = stored(&lived(200, 5, holey));
    for length in (0..item.len()).step_by(97) {
        assert!(restored(&item[..length], &days).is_err(), "{length}");
    }
    for length in (12..item.len() - 8).step_by(997) {
        let cut = sealed(item[..length].to_vec());
        assert_eq!(restored(&cut, &days).unwrap_err(), SnapshotError::Truncated, "{length}");
    }
    let mut long = item.clone();
    long.insert(item.len() - 8, 0);
    assert_eq!(restored(&sealed(long), &days).unwrap_err(), SnapshotError::TooLong(1));
    assert!(matches!(restored(&days[0], &days), Err(SnapshotError::Header { .. })));
    assert!(matches!(restored(&item, std::slice::from_ref(&item)), Err(SnapshotError::Header { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn garbage_is_an_error(item in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(restored(&item, std::slice::from_ref(&item)).is_err());
    }

    #[test]
    fn what_was_garbled_is_an_error(place in any::<prop::sample::Index>(), by in 1_u8..=255) {
        let (item, days) = stored(&lived(90, 5, holey));
        let mut garbled = item;
        *place.get_mut(&mut garbled) ^= by;
        prop_assert!(restored(&garbled, &days).is_err());
    }

    #[test]
    fn what_was_forged_is_an_error_or_lives_on(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        is_day in any::<bool>(),
    ) {
        let (mut item, mut days) = stored(&lived(90, 5, holey));
        let forged = if is_day { &mut days[0] } else { &mut item };
        for (place, value) in changes {
            *place.get_mut(forged) = value;
        }
        *forged = sealed(forged.clone());
        if let Ok(mut outlook) = restored(&item, &days) {
            let end = outlook.end().unwrap_or(BEGIN);
            for minute in end..end + 70 {
                outlook.push(minute, holey(minute));
                outlook.predict(&Settings::default());
            }
        }
    }
}
