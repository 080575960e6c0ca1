//! How long what was refused is left alone.

use jiff::SignedDuration;

/// What only a person can help is tried again after 1, 2, 4, 8, 16, 30 minutes, and then every 30.
const RETRY_AT_MOST: SignedDuration = SignedDuration::from_mins(30);

/// How long to wait after so many refusals.
pub(crate) fn back_off(refusals: u32) -> SignedDuration {
    SignedDuration::from_mins(1_i64 << refusals.saturating_sub(1).min(5)).min(RETRY_AT_MOST)
}
