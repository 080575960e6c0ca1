//! The token that makes a repeated transaction the same one.

use tidegate_policy::names::TargetName;

/// The same for the same write, another for every other write: 32 hexadecimal digits, of the 36 characters that DynamoDB takes.
/// Nobody is kept out by it, so a plain hash (FNV-1a, 128 bits) does. Its content is left out on purpose: one attempt that writes
/// two different things over one version is a defect, which DynamoDB then refuses.
pub(super) fn token(target: &TargetName, owner: &str, version: u64, part: usize) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    // Lengths first, so that no two lists of fields run together into one text.
    let text = format!("{}:{target}:{}:{owner}:{version}:{part}", target.as_str().len(), owner.len());
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_same_for_the_same_write_and_for_no_other() {
        let orders = TargetName::new("orders");
        let one = token(&orders, "attempt-1", 7, 0);
        assert_eq!(one, token(&orders, "attempt-1", 7, 0));
        assert_eq!(one.len(), 32);
        for other in [
            token(&TargetName::new("order"), "attempt-1", 7, 0),
            token(&orders, "attempt-2", 7, 0),
            token(&orders, "attempt-1", 8, 0),
            token(&orders, "attempt-1", 7, 1),
        ] {
            assert_ne!(one, other);
        }
    }
}
