//! What came of a message: taken, to be sent again, or refused for good.

use jiff::Timestamp;

use crate::redact::{Failure, failure};
use crate::retry;

/// What a channel answered over HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// Its headers, in any case of letters.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; what is no UTF-8 may be replaced.
    pub body: &'a str,
}

impl Answer<'_> {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The channel took it.
    Delivered {
        /// What it calls the message, where it says so: Slack's `ts`, by which a thread goes on.
        reference: Option<String>,
    },
    /// It is to be sent again.
    Retry {
        /// Not before then.
        not_before: Timestamp,
        /// Why.
        why: Failure,
    },
    /// It is never to be sent again as it is: a person is told.
    Refused {
        /// Why.
        why: Failure,
        /// Whether the secret may have been changed since it was read: read it anew and try once more.
        secret_may_be_old: bool,
    },
}

/// To whom a message was sent, and what must not be told of it.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    /// The host, without path and query.
    pub host: &'a str,
    /// What must never be told: addresses, keys, tokens.
    pub secrets: &'a [&'a str],
    /// How often it was tried by now, this time included.
    pub tries: u32,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// The name has no address.
    UnknownName,
    /// Nothing listens there.
    NotConnected,
    /// The certificate does not hold, or what answers does not speak TLS.
    Certificate,
    /// It took too long. The message may have arrived.
    TimedOut,
    /// The connection broke. The message may have arrived.
    Broken,
}

impl Unreached {
    /// In words. The errors of HTTP clients quote the address, so they are not told.
    pub fn words(self) -> &'static str {
        match self {
            Unreached::UnknownName => "its name has no address",
            Unreached::NotConnected => "nothing listens there",
            Unreached::Certificate => "its certificate does not hold, or it does not speak TLS",
            Unreached::TimedOut => "no answer in time",
            Unreached::Broken => "the connection broke",
        }
    }
}

impl Sent<'_> {
    /// No answer came: the message is sent again.
    pub fn unreached(&self, why: Unreached, now: Timestamp) -> Verdict {
        let why = failure(self.host, None, why.words(), &[]);
        Verdict::Retry { not_before: retry::not_before(None, self.tries, now), why }
    }

    /// Again, when the answer says or later.
    pub(crate) fn again(&self, answer: &Answer<'_>, said: &str, now: Timestamp) -> Verdict {
        let why = failure(self.host, Some(answer.status), said, self.secrets);
        Verdict::Retry { not_before: retry::not_before(answer.header("retry-after"), self.tries, now), why }
    }

    /// Never again.
    pub(crate) fn refused(&self, answer: &Answer<'_>, said: &str) -> Verdict {
        let why = failure(self.host, Some(answer.status), said, self.secrets);
        Verdict::Refused { why, secret_may_be_old: matches!(answer.status, 401 | 403 | 404 | 410) }
    }

    /// What holds of every HTTP channel once it did not say that it took the message.
    pub(crate) fn by_status(&self, answer: &Answer<'_>, said: &str, now: Timestamp) -> Verdict {
        match answer.status {
            408 | 425 | 429 | 500..=599 => self.again(answer, said, now),
            300..=399 => {
                self.refused(answer, "it leads elsewhere, and that is not followed: write where it leads")
            }
            _ => self.refused(answer, said),
        }
    }
}
