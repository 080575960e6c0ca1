//! A list that takes several calls, a few of them at a time.

use std::cell::RefCell;
use std::pin::pin;

use futures_util::{StreamExt, stream};

use crate::clients::CALLS_AT_A_TIME;
use crate::failure::Failure;

/// Asks for every batch; one answer each, in order. After a failure that `ends_all` no further batch is asked for: each of them is answered
/// with that failure. The first is asked for alone, so that what every call meets is met once.
pub(super) async fn batches<B, T, Asked>(
    mut batches: impl Iterator<Item = B>,
    ask: impl Fn(B) -> Asked,
    ends_all: impl Fn(&Failure) -> bool,
) -> Vec<Result<T, Failure>>
where
    Asked: Future<Output = Result<T, Failure>>,
{
    let given_up: RefCell<Option<Failure>> = RefCell::new(None);
    let (given_up, ask, ends_all) = (&given_up, &ask, &ends_all);
    let one = |batch| async move {
        let known = given_up.borrow().clone();
        if let Some(failure) = known {
            return Err(failure);
        }
        let answer = ask(batch).await;
        if let Err(failure) = &answer
            && ends_all(failure)
        {
            *given_up.borrow_mut() = Some(failure.clone());
        }
        answer
    };
    let Some(first) = batches.next() else { return Vec::new() };
    let mut answers = vec![one(first).await];
    let mut rest = pin!(stream::iter(batches).map(one).buffered(CALLS_AT_A_TIME));
    while let Some(answer) = rest.next().await {
        answers.push(answer);
    }
    answers
}
