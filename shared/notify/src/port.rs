//! The ports of the delivery: what it needs of the world. AWS is behind them in the function, and fakes in the tests.
//!
//! Each call ends by itself: whoever implements a port gives it one timeout, so that the sum of [`Secrets::read`], [`Post::post`] and two writes of
//! [`Mailboxes`] stays below [`crate::mailbox::LEASE`].

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;
use tidegate_policy::names::ParameterName;
use url::Url;

use crate::channel::ChannelId;
use crate::endpoint::address::Private;
use crate::endpoint::url::UnfitAddress;
use crate::mailbox::Mailbox;
use crate::verdict::Unreached;

/// Where the mailboxes are kept: one item a channel, written by its version only.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Mailboxes {
    /// The mailbox of a channel, read consistently, and its version. One that was never written is empty, and has version 0.
    ///
    /// # Errors
    /// What keeps it from being read. One that is there and cannot be read is never taken for an empty one.
    async fn load(&self, id: &ChannelId) -> Result<(Mailbox, u64), MailboxError>;

    /// Writes it, if it still has `version`. Returns the new version.
    ///
    /// # Errors
    /// [`MailboxError::Conflict`] if another invocation wrote it since; anything else is not known to be written.
    async fn store(&self, id: &ChannelId, version: u64, mailbox: &Mailbox) -> Result<u64, MailboxError>;
}

/// Why a mailbox was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MailboxError {
    /// Another invocation was faster.
    #[error("another invocation wrote the mailbox first")]
    Conflict,
    /// The table could not be reached, or refused.
    #[error("the table of the mailboxes did not answer: {words}")]
    Unreachable {
        /// What it said.
        words: String,
    },
    /// What is there is no mailbox of this version.
    #[error("the mailbox cannot be read: {words}")]
    Unreadable {
        /// What is wrong with it.
        words: String,
    },
}

/// Where the secrets of the channels are: Systems Manager.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Secrets {
    /// The text of a parameter, and which version of it that is. It may be five minutes old; not if `fresh`, which is asked after an answer that an old
    /// secret explains.
    ///
    /// # Errors
    /// What is missing, denied or not reached. The words quote no secret.
    async fn read(&self, name: &ParameterName, which: Which, fresh: bool) -> Result<Secret, SecretError>;
}

/// Which version of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The newest.
    Newest,
    /// The one of this number. Systems Manager keeps the last hundred.
    Number(u64),
}

/// A secret. Its `Debug` does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// What is secret.
    pub text: String,
    /// The version of the parameter that it was read from.
    pub version: u64,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret([redacted], version {})", self.version)
    }
}

/// Why a secret was not read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// There is no such parameter, or not this version of it.
    #[error("the parameter is missing: {words}")]
    Missing {
        /// What Systems Manager said.
        words: String,
    },
    /// The function's role may not read or decrypt it.
    #[error("the parameter may not be read: {words}")]
    Denied {
        /// What Systems Manager said.
        words: String,
    },
    /// No answer, or one that says to try again.
    #[error("Systems Manager did not answer: {words}")]
    Unreachable {
        /// What it said.
        words: String,
    },
}

/// What posts to Slack, PagerDuty and endpoints.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Post {
    /// Posts over HTTPS and follows no redirect. It resolves the host, and connects only to addresses that
    /// [`refused`](crate::endpoint::address::refused) has nothing against.
    ///
    /// # Errors
    /// Why there is no answer. The errors of HTTP clients quote the address, so none is handed on.
    async fn post(&self, request: Request<'_>) -> Result<Answered, Unanswered>;
}

/// What is posted. Its `Debug` tells the host alone.
#[derive(Clone)]
pub struct Request<'a> {
    /// Where to; of HTTPS.
    pub url: &'a Url,
    /// Headers, `content-type` among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
    /// Whether the host may lie in a private network.
    pub private: Private,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request(to {}, {} bytes)", self.url.host_str().unwrap_or_default(), self.body.len())
    }
}

/// How much of an answer's body is read, in bytes. Slack's Web API repeats the whole message, and its `ts` may come after it.
pub const BODY: usize = 64 * 1024;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// The first [`BODY`] bytes; what is no UTF-8 is replaced.
    pub body: String,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unanswered {
    /// It was tried.
    #[error("{}", .0.words())]
    Unreached(Unreached),
    /// It was not: the host resolves to an address that is not connected to.
    #[error(transparent)]
    Unfit(#[from] UnfitAddress),
}

/// The topics of the stack that the delivery publishes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// For who is woken at night, as PagerDuty's CloudWatch integration: alarms alone.
    Critical,
    /// For who looks today: alarms alone.
    Warning,
    /// For Amazon Q Developer in chat applications: its custom notifications alone.
    AmazonQ,
}

/// A message attribute that every message of [`Topics`] carries, as name and value. The function's own subscription leaves those out by a filter policy
/// on `exists: false`; what comes through all the same is known by its JSON ([`crate::alarm::is_told`]).
pub const PUBLISHED: (&str, &str) = ("publisher", "tidegate-notify");

/// What publishes to the topics.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Topics {
    /// The ARN of a topic: an alarm names the topic that it is sent to.
    fn arn(&self, topic: Topic) -> &str;

    /// Publishes one message, with the attribute [`PUBLISHED`].
    ///
    /// # Errors
    /// What SNS said.
    async fn publish(&self, topic: Topic, subject: Option<&str>, message: &str) -> Result<(), Unpublished>;
}

/// Why SNS did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{words}")]
pub struct Unpublished {
    /// Whether the same message may be taken later: throttling, an internal error, no answer. Else a person has to fix something.
    pub passing: bool,
    /// What SNS said.
    pub words: String,
}

/// The time of an invocation.
#[expect(async_fn_in_trait, reason = "static dispatch only: the caller's executor decides on Send")]
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Returns at this time; at once if it is past. It ends what hangs although it should not.
    async fn sleep_until(&self, at: Timestamp);
}

/// All of it together.
pub trait World: Mailboxes + Secrets + Post + Topics + Clock {}

impl<W: Mailboxes + Secrets + Post + Topics + Clock> World for W {}
