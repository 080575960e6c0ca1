//! Which of PagerDuty's two services an account is of: a key of one is unknown at the other.

/// The service region of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Region {
    /// The United States, where nothing else is said.
    #[default]
    Us,
    /// Europe: the account's own address has `.eu.` in it.
    Eu,
}

impl Region {
    /// The host of its Events API (PagerDuty, "Service Regions").
    pub fn host(self) -> &'static str {
        match self {
            Region::Us => "events.pagerduty.com",
            Region::Eu => "events.eu.pagerduty.com",
        }
    }

    /// Where events are sent.
    pub fn enqueue(self) -> &'static str {
        match self {
            Region::Us => "https://events.pagerduty.com/v2/enqueue",
            Region::Eu => "https://events.eu.pagerduty.com/v2/enqueue",
        }
    }
}
