//! The disk of a member: how long a read takes, and how many requests wait. Both stay small until the member is nearly full, and then run away.
//!
//! Latency follows a queue with one server, base / (1 - load), capped where the disk gives all that it has. Load beyond that waits: latency goes on
//! rising in proportion. The queue is Little's law: requests per second times the time that each takes.

use crate::document::DiskFrame;

/// Seconds of a read with nothing before it.
const BASE: f64 = 0.001;
/// The share of a disk's time that a full member uses.
const BUSY_AT_MOST: f64 = 0.95;
/// Reads and writes per second of a member that is full.
const REQUESTS_AT_FULL: f64 = 1_000.0;
/// Each tenth of load beyond what a member has adds so much of the latency at full.
const BEYOND: f64 = 0.5;

/// What CloudWatch shows of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Disk {
    /// Seconds.
    pub(super) read_latency: f64,
    /// A count.
    pub(super) queue: f64,
}

impl Disk {
    /// As a chart shows it.
    pub(super) fn frame(self) -> DiskFrame {
        DiskFrame { read_latency: self.read_latency, queue: self.queue }
    }

    /// At so much load, 1 being all that the member can serve; more than 1 is asked of it in vain.
    pub(super) fn at(load: f64) -> Disk {
        let served = load.clamp(0.0, 1.0);
        let beyond = (load - 1.0).max(0.0);
        let read_latency = BASE / (1.0 - BUSY_AT_MOST * served) * (1.0 + 10.0 * BEYOND * beyond);
        Disk { read_latency, queue: REQUESTS_AT_FULL * served * read_latency }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_and_queue_are_small_until_the_member_is_full_and_run_away_beyond() {
        let at = |load: f64| {
            let disk = Disk::at(load);
            ((disk.read_latency * 1e4).round() / 10.0, (disk.queue * 10.0).round() / 10.0)
        };
        // Milliseconds, and requests: 1 / (1 - 0.475) and 500 of them per second.
        assert_eq!([at(0.0), at(0.5), at(0.8)], [(1.0, 0.0), (1.9, 1.0), (4.2, 3.3)]);
        // 1 / 0.05 at full; half as much again for a tenth more than there is.
        assert_eq!([at(1.0), at(1.1), at(2.0)], [(20.0, 20.0), (30.0, 30.0), (120.0, 120.0)]);
    }
}
