//! Many ways through one scenario, about as many at a time as the machine has cores: each has a clock and an account of its own, and none waits for another.

use std::sync::Mutex;
use std::thread;

/// The fewest at a time: while one starts a process, another has work.
const FEWEST: usize = 2;
/// The most: all of them ask one ministack, and what it answers late looks like a time-out.
const MOST: usize = 8;

/// Runs each of `ways`.
///
/// # Panics
/// When one of them does, after the others.
pub fn side_by_side<T>(ways: Vec<T>, run: impl Fn(T) + Sync)
where
    T: Send,
{
    let at_a_time = thread::available_parallelism().map_or(FEWEST, usize::from).clamp(FEWEST, MOST);
    let open = Mutex::new(ways.into_iter());
    let next = || open.lock().expect("no thread panics while it takes the next").next();
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some(way) = next() {
                    run(way);
                }
            });
        }
    });
}
