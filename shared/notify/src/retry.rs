//! When a message is sent again: at the time that the channel names, or ever later. Never at once, and never after more than an hour.

use jiff::{SignedDuration, Timestamp};

/// The longest wait, whatever a channel says: an alert that comes tomorrow is none.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(1);

/// The first wait where a channel names none. Each further one is twice as long.
pub const FIRST: SignedDuration = SignedDuration::from_secs(30);

/// The longest wait where a channel names none.
pub const LONGEST_OWN: SignedDuration = SignedDuration::from_mins(15);

/// The shortest wait, whatever a channel says.
pub const SHORTEST: SignedDuration = SignedDuration::from_secs(1);

/// Not before when a message is sent again that was tried `tries` times. `retry_after` is the header of that name: seconds, or a date of HTTP (RFC 9110,
/// 10.2.3).
pub fn not_before(retry_after: Option<&str>, tries: u32, now: Timestamp) -> Timestamp {
    let named = retry_after.and_then(|said| wait(said.trim(), now));
    let wait = named.map_or_else(|| own(tries), |wait| wait.clamp(SHORTEST, LONGEST));
    now.checked_add(wait).unwrap_or(now)
}

fn own(tries: u32) -> SignedDuration {
    let doubled = 2_i32.checked_pow(tries.saturating_sub(1)).and_then(|times| FIRST.checked_mul(times));
    doubled.map_or(LONGEST_OWN, |wait| wait.min(LONGEST_OWN))
}

fn wait(said: &str, now: Timestamp) -> Option<SignedDuration> {
    if !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time.
        return Some(SignedDuration::from_secs(said.parse().unwrap_or(i64::MAX)));
    }
    // The date that HTTP/1.1 writes is one of RFC 2822. A weekday that does not fit is no reason not to wait.
    let dates = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let at = dates.parse_timestamp(said).ok()?;
    Some(at.duration_since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waited(retry_after: Option<&str>, tries: u32) -> i64 {
        let now: Timestamp = "2026-11-27T19:00:00Z".parse().unwrap();
        not_before(retry_after, tries, now).duration_since(now).as_secs()
    }

    #[test]
    fn a_channel_names_seconds_or_a_date() {
        assert_eq!(waited(Some("30"), 1), 30);
        assert_eq!(waited(Some(" 7 "), 1), 7);
        assert_eq!(waited(Some("Fri, 27 Nov 2026 19:02:00 GMT"), 1), 120);
    }

    #[test]
    fn no_wait_is_shorter_than_a_second_or_longer_than_an_hour() {
        assert_eq!(waited(Some("0"), 1), 1);
        assert_eq!(waited(Some("Fri, 27 Nov 2026 18:00:00 GMT"), 1), 1);
        assert_eq!(waited(Some("86400"), 1), 3_600);
        assert_eq!(waited(Some("99999999999999999999"), 1), 3_600);
        // A year later, which is a Saturday.
        assert_eq!(waited(Some("Fri, 27 Nov 2027 19:00:00 GMT"), 1), 3_600);
    }

    #[test]
    fn what_names_none_waits_ever_longer() {
        let waits = [0, 1, 2, 3, 4, 5, 6, 40].map(|tries| waited(None, tries));
        assert_eq!(waits, [30, 30, 60, 120, 240, 480, 900, 900]);
        for nonsense in ["soon", "-5", "1.5", "", "Fri, 99 Nov 2026 19:02:00 GMT"] {
            assert_eq!(waited(Some(nonsense), 1), 30, "{nonsense:?}");
        }
    }
}
