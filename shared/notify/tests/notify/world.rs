//! A world of fakes behind the ports: what channels show, in virtual time, with a table whose versions are checked, and with whoever is killed in any call.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::{pending, poll_fn};
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use tidegate_notify::mailbox::Mailbox;
use tidegate_notify::port::{Topic, Unpublished};

use crate::fixture::now;

/// What a host does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// It answers.
    Says(u16, Option<&'static str>, String),
    /// It takes the message, and so long for it, in seconds.
    TakesItsTime(i64),
    /// It shows the message, and its answer is lost.
    ShowsAndIsLost,
    /// It does not show it, and does not answer in time.
    TimesOut,
    /// It resolves to an address inside, and is not connected to.
    IsInside,
    /// It never answers, and no timeout ends it.
    Hangs,
}

/// Where an invocation is killed: in the call of this number, before or after it had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    Before(usize),
    After(usize),
}

/// One request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// Whether the channel shows it.
    pub(crate) shown: bool,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) now: Timestamp,
    pub(crate) boxes: BTreeMap<String, (String, u64)>,
    pub(crate) secrets: BTreeMap<String, Vec<String>>,
    pub(crate) cached: BTreeMap<String, u64>,
    pub(crate) replies: BTreeMap<String, VecDeque<Reply>>,
    pub(crate) always: BTreeMap<String, Reply>,
    pub(crate) posts: Vec<Posted>,
    pub(crate) published: Vec<(Topic, Option<String>, String)>,
    pub(crate) topic_fails: Option<Unpublished>,
    pub(crate) table_fails: bool,
    /// Each call, as `store slack:/slack`.
    pub(crate) calls: Vec<String>,
    pub(crate) death: Option<Death>,
    pub(crate) dead: bool,
    pub(crate) progress: u64,
    pub(crate) sleepers: Vec<Timestamp>,
}

pub(crate) struct World(pub(crate) RefCell<State>);

impl World {
    pub(crate) fn new() -> Self {
        let world = Self(RefCell::new(State { now: now(), ..State::default() }));
        world.says("hooks.slack.com", 200, "ok");
        world.says("events.pagerduty.com", 202, r#"{"status":"success","message":"Event processed"}"#);
        world.says("hook.example.com", 204, "");
        world.secret("/slack", "https://hooks.slack.com/services/T0000/B0000/aWordThatNobodyMayRead");
        world.secret("/pagerduty", "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3");
        world.secret("/https", "https://hook.example.com/in?token=abcdefghijklmnop");
        world
    }

    /// From now on a host answers so.
    pub(crate) fn always(&self, host: &str, reply: Reply) {
        self.0.borrow_mut().always.insert(host.to_owned(), reply);
    }

    pub(crate) fn says(&self, host: &str, status: u16, body: &str) {
        self.always(host, Reply::Says(status, None, body.to_owned()));
    }

    /// Once, before what it answers always.
    pub(crate) fn once(&self, host: &str, reply: Reply) {
        self.0.borrow_mut().replies.entry(host.to_owned()).or_default().push_back(reply);
    }

    /// A further version of a parameter.
    pub(crate) fn secret(&self, name: &str, text: &str) {
        self.0.borrow_mut().secrets.entry(name.to_owned()).or_default().push(text.to_owned());
    }

    /// The first versions of a parameter are gone.
    pub(crate) fn forget_first_version(&self, name: &str) {
        self.0.borrow_mut().secrets.get_mut(name).unwrap()[0].clear();
    }

    pub(crate) fn remove_secret(&self, name: &str) {
        self.0.borrow_mut().secrets.remove(name);
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        let mut state = self.0.borrow_mut();
        state.now += time;
        state.cached.clear();
    }

    pub(crate) fn mailbox(&self, id: &str) -> Mailbox {
        let state = self.0.borrow();
        state.boxes.get(id).map_or_else(Mailbox::default, |(json, _)| serde_json::from_str(json).unwrap())
    }

    /// How many bytes the item of a channel has.
    pub(crate) fn size(&self, id: &str) -> usize {
        self.0.borrow().boxes.get(id).map_or(0, |(json, _)| json.len())
    }

    /// The bodies that a host was sent and shows.
    pub(crate) fn shown(&self, host: &str) -> Vec<String> {
        let state = self.0.borrow();
        let shown = state.posts.iter().filter(|post| post.shown && post.url.contains(host));
        shown.map(|post| post.body.clone()).collect()
    }

    /// How many requests a host was sent.
    pub(crate) fn asked(&self, host: &str) -> usize {
        self.0.borrow().posts.iter().filter(|post| post.url.contains(host)).count()
    }

    /// How many calls there were of a sort, as `store`.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.0.borrow().calls.iter().filter(|made| made.starts_with(call)).count()
    }

    /// The beginning of a call: others come in between, and death may.
    pub(crate) async fn begin(&self, call: String) -> usize {
        let mut yielded = false;
        poll_fn(|_| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            self.0.borrow_mut().progress += 1;
            Poll::Pending
        })
        .await;
        let number = {
            let mut state = self.0.borrow_mut();
            state.calls.push(call);
            state.calls.len() - 1
        };
        self.die(Death::Before(number)).await;
        number
    }

    pub(crate) async fn die(&self, death: Death) {
        let dies = {
            let mut state = self.0.borrow_mut();
            state.dead |= state.death == Some(death);
            state.dead
        };
        if dies {
            pending::<()>().await;
        }
    }

    /// A count that grows whenever anything goes on.
    pub(crate) fn progress(&self) -> u64 {
        self.0.borrow().progress
    }

    /// Nothing goes on: the time passes until the first sleeper wakes. Whether there is one.
    pub(crate) fn jump(&self) -> bool {
        let mut state = self.0.borrow_mut();
        let first = state.sleepers.iter().min().copied();
        state.sleepers.clear();
        if let Some(first) = first {
            state.now = state.now.max(first);
            state.progress += 1;
        }
        first.is_some()
    }
}
