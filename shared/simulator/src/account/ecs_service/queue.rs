//! SQS in virtual time: messages that wait, oldest first, those in flight, and the metrics of a queue that falls asleep when nobody uses it.

use std::collections::VecDeque;

use crate::account::clock::Millis;

/// SQS keeps a message for four days by default.
const RETENTION: Millis = Millis(4 * 24 * 3_600_000);
/// A queue that nobody used for this long publishes nothing.
const ASLEEP_AFTER: Millis = Millis(6 * 3_600_000);

/// A message that keeps one task busy for long.
#[derive(Clone, Copy, Debug)]
struct Job {
    lasting: Millis,
    /// When a task received it.
    since: Millis,
}

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    /// When they came, and how many of them still wait; the oldest first.
    waiting: VecDeque<(Millis, f64)>,
    /// Long jobs that wait for a task, each with how long it takes.
    jobs_waiting: VecDeque<Millis>,
    /// Long jobs in flight, each on a task of its own; the first taken first.
    jobs: Vec<Job>,
    used: Millis,
}

impl Queue {
    pub(super) fn new(now: Millis) -> Self {
        Self { waiting: VecDeque::new(), jobs_waiting: VecDeque::new(), jobs: Vec::new(), used: now }
    }

    /// Somebody sends so many messages that keep a task busy for so long, each.
    pub(super) fn put_long(&mut self, jobs: u32, lasting: Millis) {
        self.jobs_waiting.extend((0..jobs).map(|_| lasting));
    }

    /// A minute that ended at `now`: `arrived` messages came, and the workers could do `can`, but for those that a long job keeps busy. How
    /// many they did.
    pub(super) fn minute(&mut self, arrived: f64, can: f64, tasks: u32, now: Millis) -> f64 {
        let busy = self.work_on_jobs(tasks as usize, now);
        let can = if tasks > 0 { can * (1.0 - busy as f64 / f64::from(tasks)) } else { can };
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
        if arrived > 0.0 || !self.waiting.is_empty() || busy > 0 || !self.jobs_waiting.is_empty() {
            self.used = now;
        }
        can - left
    }

    /// Long jobs end, go back into the queue where their task is gone, and are taken by tasks that have none. How many are in flight.
    fn work_on_jobs(&mut self, tasks: usize, now: Millis) -> usize {
        self.jobs.retain(|job| now - job.since < job.lasting);
        for job in self.jobs.drain(tasks.min(self.jobs.len())..) {
            self.jobs_waiting.push_front(job.lasting);
        }
        while self.jobs.len() < tasks
            && let Some(lasting) = self.jobs_waiting.pop_front()
        {
            self.jobs.push(Job { lasting, since: now });
        }
        self.jobs.len()
    }

    /// How many long jobs are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.jobs.len()
    }

    /// How many of them have been in flight for so long.
    pub(super) fn in_flight_for(&self, at_least: Millis, now: Millis) -> usize {
        self.jobs.iter().filter(|job| now - job.since >= at_least).count()
    }

    /// How many messages wait.
    pub(super) fn depth(&self) -> f64 {
        self.waiting.iter().map(|(_, messages)| messages).sum::<f64>().ceil() + self.jobs_waiting.len() as f64
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
