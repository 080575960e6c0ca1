//! Whose turn it is between attempts that run at the same time: a schedule of few changes, at calls that the seed draws.
//!
//! Bounded preemption (Musuvathi and Qadeer, "CHESS", 2007): most faults of two writers show with two or three changes at the right places, so
//! that many short schedules find more than one long one.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// An attempt of those at the same time, from 0.
pub(crate) type Side = usize;

/// The schedule under way.
#[derive(Debug)]
pub(crate) struct Turns {
    /// Before the calls with these numbers, counted over all attempts, the turn goes to another.
    changes: Vec<u32>,
    calls: Cell<u32>,
    whose: Cell<Side>,
    /// Goes up with whatever lets somebody go on.
    progress: Cell<u64>,
    /// Who still runs.
    runs: RefCell<Vec<bool>>,
}

impl Turns {
    pub(crate) fn new(sides: usize, changes: Vec<u32>) -> Self {
        let runs = RefCell::new(vec![true; sides]);
        Self { changes, calls: Cell::new(0), whose: Cell::new(0), progress: Cell::new(0), runs }
    }

    /// Before a call: waits until it is this side's turn.
    pub(crate) async fn pass(&self, side: Side) {
        let mut asked = false;
        poll_fn(|_| {
            if self.whose.get() == side && !asked {
                asked = true;
                self.progress.set(self.progress.get() + 1);
                let call = self.calls.replace(self.calls.get() + 1);
                if self.changes.contains(&call) {
                    self.hand_on();
                }
            }
            if self.whose.get() == side { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// This side ended, or died.
    pub(crate) fn ended(&self, side: Side) {
        if let Some(runs) = self.runs.borrow_mut().get_mut(side) {
            *runs = false;
        }
        self.progress.set(self.progress.get() + 1);
        if self.whose.get() == side {
            self.hand_on();
        }
    }

    fn hand_on(&self) {
        let runs = self.runs.borrow();
        let sides = runs.len();
        let next = (1..=sides).map(|step| (self.whose.get() + step) % sides.max(1));
        if let Some(next) = next.into_iter().find(|side| runs.get(*side) == Some(&true)) {
            self.whose.set(next);
            self.progress.set(self.progress.get() + 1);
        }
    }
}

/// Runs all of them until each has ended or has died; what each came to, `None` of one that died.
pub(crate) async fn together<T>(
    turns: &Turns,
    died: &dyn Fn(Side) -> bool,
    work: Vec<Pin<Box<dyn Future<Output = T> + '_>>>,
) -> Vec<Option<T>> {
    let mut done: Vec<Option<T>> = work.iter().map(|_| None).collect();
    let mut work: Vec<_> = work.into_iter().map(Some).collect();
    poll_fn(move |context| {
        loop {
            let before = turns.progress.get();
            for (side, slot) in work.iter_mut().enumerate() {
                let Some(running) = slot else { continue };
                let ready = running.as_mut().poll(context);
                let over = ready.is_ready() || died(side);
                if let Poll::Ready(answer) = ready {
                    done[side] = Some(answer);
                }
                if over {
                    *slot = None;
                    turns.ended(side);
                }
            }
            if work.iter().all(Option::is_none) {
                return Poll::Ready(std::mem::take(&mut done));
            }
            // Nobody waits for a turn any more, but for what time brings.
            if turns.progress.get() == before {
                return Poll::Pending;
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use tidegate_simulator::virtual_time::VirtualTime;

    fn order(changes: Vec<u32>, dies: Option<(Side, u32)>) -> Vec<(Side, u32)> {
        let turns = Turns::new(2, changes);
        let (made, dead) = (RefCell::new(Vec::new()), Cell::new(None));
        let side = |side: Side| {
            let (turns, made, dead) = (&turns, &made, &dead);
            Box::pin(async move {
                for call in 0..3 {
                    turns.pass(side).await;
                    if dies == Some((side, call)) {
                        dead.set(Some(side));
                        std::future::pending::<()>().await;
                    }
                    made.borrow_mut().push((side, call));
                }
            }) as Pin<Box<dyn Future<Output = ()>>>
        };
        let died = |side| dead.get() == Some(side);
        let all = together(&turns, &died, vec![side(0), side(1)]);
        let time = VirtualTime::new(Timestamp::UNIX_EPOCH);
        assert!(time.run_until(Timestamp::MAX, all).is_some());
        made.into_inner()
    }

    #[test]
    fn without_a_change_one_ends_before_the_other_begins() {
        assert_eq!(order(Vec::new(), None), [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
    }

    #[test]
    fn the_turn_changes_before_the_calls_that_are_named() {
        assert_eq!(order(vec![1, 3], None), [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (1, 2)]);
    }

    #[test]
    fn one_that_dies_leaves_the_turn_to_the_other() {
        assert_eq!(order(vec![2], Some((1, 0))), [(0, 0), (0, 1), (0, 2)]);
    }
}
