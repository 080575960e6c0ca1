//! What CloudWatch keeps of minutes that no attempt looked at: a forecast learns from them before it learns on.

use super::{Minute, Point};

/// The minutes that a forecast lacks, as far as they were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Past {
    /// None is lacking: those that the rules read follow on what was learned.
    #[default]
    Whole,
    /// Some of them were read, the oldest first.
    Read(PastMinutes),
    /// Some are lacking, and they could not be read now. Nothing newer is learned before them.
    Unread,
}

/// Minutes that are lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The first of them; `None`: the first of which anything is known, at most 14 days ago.
    pub from: Option<Minute>,
    /// The minute after the last.
    pub until: Minute,
}

/// Minutes that were read: a day of them at most, so that an attempt stays short.
#[derive(Clone, Debug, PartialEq)]
pub struct PastMinutes {
    /// The first.
    pub from: Minute,
    /// The minute after the last. Of a minute in between that has no point nothing is known.
    pub until: Minute,
    /// Who worked.
    pub worked: Worked,
}

/// Who worked in these minutes.
#[derive(Clone, Debug, PartialEq)]
pub enum Worked {
    /// Members with a CPU of their own.
    Members(Vec<PastMember>),
    /// Members that only have one CPU together.
    Together {
        /// The mean over them, in percent.
        cpu: Vec<Point>,
        /// How many there were.
        members: Vec<Point>,
    },
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PastMember {
    /// As CloudWatch calls it.
    pub name: String,
    /// In percent, in ascending order.
    pub cpu: Vec<Point>,
}
