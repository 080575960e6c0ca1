//! Bytes of a stored state: fixed widths, little endian, a checksum at the end. Whatever else arrives is an error.

use thiserror::Error;

/// Why stored bytes are not the state of this target. The caller starts from the minutes, or cold.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SnapshotError {
    /// It ends too early.
    #[error("the stored forecast ends too early")]
    Truncated,
    /// It goes on after its end.
    #[error("the stored forecast has {0} bytes too many")]
    TooLong(usize),
    /// It is not what was written.
    #[error("the checksum of the stored forecast is wrong")]
    Checksum,
    /// Another kind of item, or another version of this one.
    #[error("the stored forecast begins with {found:?}, not with {wanted:?}")]
    Header {
        /// What it begins with.
        found: [u8; 4],
        /// What it must begin with.
        wanted: [u8; 4],
    },
    /// It was learned for other levels.
    #[error("the stored forecast is of another shape: {0}")]
    Shape(String),
    /// A number that the forecaster never writes.
    #[error("the stored forecast has an impossible {0}")]
    Impossible(&'static str),
    /// The days do not hold the minutes that the state was learned from.
    #[error("the stored minutes are not whole: {0}")]
    Minutes(String),
}

/// FNV-1a: notices what storage garbles, not what an enemy forges.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Nothing that the forecaster keeps comes near this.
const LARGEST: f64 = 1e9;

/// Appends numbers.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(header: [u8; 4]) -> Writer {
        Writer(header.to_vec())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn i16(&mut self, value: i16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn f32(&mut self, value: f32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.0);
        self.bytes(&sum.to_le_bytes());
        self.0
    }
}

/// Takes the numbers off again, in the order in which they were written.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The rest after the header, with the checksum proven.
    pub(super) fn open(bytes: &'a [u8], header: [u8; 4]) -> Result<Reader<'a>, SnapshotError> {
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or(SnapshotError::Truncated)?;
        let (found, rest) = body.split_first_chunk::<4>().ok_or(SnapshotError::Truncated)?;
        if *found != header {
            return Err(SnapshotError::Header { found: *found, wanted: header });
        }
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(SnapshotError::Checksum);
        }
        Ok(Reader(rest))
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(SnapshotError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], SnapshotError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SnapshotError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, SnapshotError> {
        Ok(u8::from_le_bytes(self.take()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, SnapshotError> {
        Ok(u16::from_le_bytes(self.take()?))
    }

    pub(super) fn i16(&mut self) -> Result<i16, SnapshotError> {
        Ok(i16::from_le_bytes(self.take()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, SnapshotError> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    pub(super) fn i64(&mut self) -> Result<i64, SnapshotError> {
        Ok(i64::from_le_bytes(self.take()?))
    }

    /// A number of plausible size; `what` it is goes into the error.
    pub(super) fn f32(&mut self, what: &'static str) -> Result<f32, SnapshotError> {
        let value = f32::from_le_bytes(self.take()?);
        if f64::from(value).abs() <= LARGEST { Ok(value) } else { Err(SnapshotError::Impossible(what)) }
    }

    /// A number of plausible size; `what` it is goes into the error.
    pub(super) fn f64(&mut self, what: &'static str) -> Result<f64, SnapshotError> {
        let value = f64::from_le_bytes(self.take()?);
        if value.abs() <= LARGEST { Ok(value) } else { Err(SnapshotError::Impossible(what)) }
    }

    /// The same, not negative; `what` it is goes into the error.
    pub(super) fn mass(&mut self, what: &'static str) -> Result<f64, SnapshotError> {
        let value = self.f64(what)?;
        if value >= 0.0 { Ok(value) } else { Err(SnapshotError::Impossible(what)) }
    }

    /// All of it has been read.
    pub(super) fn end(&self) -> Result<(), SnapshotError> {
        if self.0.is_empty() { Ok(()) } else { Err(SnapshotError::TooLong(self.0.len())) }
    }
}
