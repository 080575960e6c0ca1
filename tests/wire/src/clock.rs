//! The clock that a test moves: an hour of minutes passes in seconds, and the binary reads it as any program reads the time.
//!
//! libfaketime is preloaded into the binary and reads the offset from a file at every look at the clock. The monotonic clock stays true,
//! so that time-outs of the SDK and of Lambda are real ones. ministack keeps the true time: what it stamps, the shim mends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp, ToSpan, Unit};
use tempfile::TempDir;

use crate::stand_ins::environment;

/// A clock of its own for every test.
#[derive(Debug)]
pub struct Clock {
    folder: TempDir,
    offset: Mutex<SignedDuration>,
}

impl Clock {
    /// Starts at ten in the morning (UTC) of tomorrow, so that no walk of a test crosses midnight, and that ministack, which drops points
    /// that are two weeks old, keeps what is put.
    pub fn start() -> Self {
        let folder = TempDir::with_prefix("tidegate-clock-").expect("a folder for the clock's file");
        let clock = Self { folder, offset: Mutex::new(SignedDuration::ZERO) };
        let tomorrow = Timestamp::now()
            .round(Unit::Hour)
            .and_then(|now| now.checked_add(24.hours()))
            .expect("tomorrow is in range");
        let midnight = tomorrow.as_second() - tomorrow.as_second().rem_euclid(86_400);
        clock.set(Timestamp::from_second(midnight + 10 * 3_600).expect("tomorrow is in range"));
        clock
    }

    /// Starts at the true time, for what is watched rather than walked through.
    pub fn true_time() -> Self {
        let folder = TempDir::with_prefix("tidegate-clock-").expect("a folder for the clock's file");
        let clock = Self { folder, offset: Mutex::new(SignedDuration::ZERO) };
        clock.set(Timestamp::now());
        clock
    }

    /// What the binary reads at this moment.
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + *self.offset.lock().expect("no thread panicked with the clock")
    }

    /// Moves it; it goes on from there at the true pace.
    pub fn set(&self, to: Timestamp) {
        let offset = to.duration_since(Timestamp::now());
        *self.offset.lock().expect("no thread panicked with the clock") = offset;
        // Never behind what this was set to, by however little: what happens next would seem to have happened before.
        let written = offset + SignedDuration::from_micros(1);
        // Renamed into place: a reader never sees half a line.
        let new = self.folder.path().join("new");
        let written = fs::write(&new, format!("{:+.6}s\n", written.as_secs_f64()))
            .and_then(|()| fs::rename(&new, self.file()));
        written.expect("the clock's file can be written");
    }

    /// To the next full minute, and so many seconds past it.
    pub fn next_minute(&self, seconds: i64) -> Timestamp {
        let minute = self.now().as_second().div_euclid(60) + 1;
        let to = Timestamp::from_second(minute * 60 + seconds).expect("the clock is in range");
        self.set(to);
        to
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }

    /// What puts a process on this clock.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", text(&environment().faketime)),
            ("FAKETIME_TIMESTAMP_FILE", text(&self.file())),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
