//! The hash of a log of decisions: the same on every machine, so that two runs of one seed can be compared by a number.

use std::fmt::Write as _;

use tidegate_policy::record::Activity;

/// FNV-1a with 64 bits, fed line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// One line of the log.
    pub(crate) fn add(&mut self, line: &Activity) {
        let Activity { at, target, kind, reason, detail, numbers: _ } = line;
        // Writing into a hash cannot fail.
        let _ = writeln!(self, "{at} {target} {} {} {detail}", kind.name(), reason.code());
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

impl std::fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn it_is_fnv_1a() {
        let mut digest = Digest::new();
        assert!(digest.write_str("foobar").is_ok());
        assert_eq!(digest.value(), 0x85944171f73967e8, "the published test vector");
    }
}
