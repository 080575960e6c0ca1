//! What a mailbox is asked, and what it answers.

use tidegate_policy::names::Stage;

use super::letter::Letter;
use crate::edge::Late;

/// How its channel is told.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// The deployment.
    pub stage: &'a Stage,
    /// Whether many alerts become one summary: where people read them.
    pub summaries: bool,
    /// Whether it takes what is no event.
    pub notices: bool,
}

/// What became of an event that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It waits to be sent.
    Waits,
    /// It waited already.
    WaitedAlready,
    /// The summary of this minute tells of it.
    Together,
    /// It is not sent.
    Dropped(Late),
    /// There is no room for it. It is counted.
    LeftOut,
}

/// What may be sent next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The letter.
    pub letter: u64,
    /// The version of the secret by which its alert was sent.
    pub secret_version: Option<u64>,
    /// The version by which the channel refused it: while that is the newest, it is not sent.
    pub refused_by: Option<u64>,
}

/// A letter that this invocation alone sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The claim: to settle it by.
    pub claim: u64,
    /// The letter.
    pub letter: Letter,
    /// The thread that it belongs to, where the channel has threads.
    pub thread: Option<String>,
    /// How often the channel was tried in a row, this time included.
    pub tries: u32,
}
