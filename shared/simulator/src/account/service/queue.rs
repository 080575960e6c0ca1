//! SQS in virtual time: messages that wait, oldest first, and the metrics of a queue that falls asleep when nobody uses it.

use std::collections::VecDeque;

use crate::account::clock::Millis;

/// SQS keeps a message for four days by default.
const RETENTION: Millis = Millis(4 * 24 * 3_600_000);
/// A queue that nobody used for this long publishes nothing.
const ASLEEP_AFTER: Millis = Millis(6 * 3_600_000);

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    /// When they came, and how many of them still wait; the oldest first.
    waiting: VecDeque<(Millis, f64)>,
    used: Millis,
}

impl Queue {
    pub(super) fn new(now: Millis) -> Self {
        Self { waiting: VecDeque::new(), used: now }
    }

    /// A minute that ended at `now`: `arrived` messages came, and the workers could do `can`. How many they did.
    pub(super) fn minute(&mut self, arrived: f64, can: f64, now: Millis) -> f64 {
        if arrived > 0.0 {
            self.waiting.push_back((now - Millis::MINUTE, arrived));
        }
        let mut left = can;
        while let Some((_, messages)) = self.waiting.front_mut() {
            if *messages > left {
                *messages -= left;
                left = 0.0;
                break;
            }
            left -= *messages;
            self.waiting.pop_front();
        }
        while self.waiting.pop_front_if(|(came, _)| now - *came > RETENTION).is_some() {}
        if arrived > 0.0 || !self.waiting.is_empty() {
            self.used = now;
        }
        can - left
    }

    /// How many messages wait.
    pub(super) fn depth(&self) -> f64 {
        self.waiting.iter().map(|(_, messages)| messages).sum::<f64>().ceil()
    }

    /// How long the oldest has waited, in seconds.
    pub(super) fn age(&self, now: Millis) -> f64 {
        self.waiting.front().map_or(0.0, |(came, _)| (now - *came).0 as f64 / 1_000.0)
    }

    /// Whether it publishes anything.
    pub(super) fn is_awake(&self, now: Millis) -> bool {
        now - self.used < ASLEEP_AFTER
    }
}
