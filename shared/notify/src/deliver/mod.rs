//! The delivery: an event goes into the mailbox of each channel that wants it, and from there to the channel. Channels go side by side, so that one that
//! fails or hangs keeps no other from being told, nor makes it be told twice.
//!
//! What an alert costs per channel that wants it: one read and three writes of its mailbox (it waits, it is claimed, it is settled), one read of its
//! secret unless that was read in the last five minutes, and one post. A wake-up with nothing to send is one read a channel. An answer that an old
//! secret explains costs one read of it and one post more. Each conflict with another invocation costs a read and a write more.

mod overheard;
mod round;
mod send;
mod test;
mod told;

use futures_util::future::{Either, join_all, select};
use jiff::Timestamp;

pub use round::A_LETTER;
use round::{Cause, Round};
pub use test::Replied;
pub use told::{Report, Told};

use crate::channel::{Channel, Origin};
use crate::deployment::Deployment;
use crate::endpoint::address::Private;
use crate::event::Event;
use crate::port::World;
use crate::week::Week;

/// One invocation's delivery.
#[derive(Debug)]
pub struct Delivery<'a, W> {
    /// What stands behind the ports.
    pub world: &'a W,
    /// The channels of the policy, and the topics ([`Channel::all`]).
    pub channels: &'a [Channel],
    /// Which deployment this is.
    pub deployment: &'a Deployment,
    /// Whether channels may lie in a private network.
    pub private: Private,
    /// When all of it has ended. A wait that a channel asks for beyond it is noted, and nobody sleeps through it.
    pub deadline: Timestamp,
}

impl<W: World> Delivery<'_, W> {
    /// Takes an event in, and sends it and what waits with it.
    pub async fn arrive(&self, event: &Event, origin: Origin) -> Report {
        let concerned = |channel: &&Channel| channel.wants(event, origin) || channel.may_clear(event, origin);
        self.each(self.channels.iter().filter(concerned), Cause::Event(event, origin)).await
    }

    /// Sends what waits.
    pub async fn wake(&self) -> Report {
        self.each(self.channels.iter(), Cause::Wake).await
    }

    /// Sends the digest to the channels that show one, once a week however often it is woken.
    pub async fn digest(&self, week: &Week) -> Report {
        let digest = week.digest().notice(self.world.now());
        let shown = self.channels.iter().filter(|channel| channel.way.takes_notices());
        self.each(shown, Cause::Digest(week.first, &digest)).await
    }

    /// Sends a test to each channel, and tells what each answered. No mailbox is touched.
    pub async fn test(&self) -> Vec<Replied> {
        let tests = self.channels.iter().map(|channel| async move {
            let test = std::pin::pin!(test::test(self.world, channel, self.deployment, self.private));
            match select(test, std::pin::pin!(self.world.sleep_until(self.deadline))).await {
                Either::Left((replied, _)) => replied,
                Either::Right(_) => Replied::cut_off(channel),
            }
        });
        join_all(tests).await
    }

    async fn each(&self, channels: impl Iterator<Item = &Channel>, cause: Cause<'_>) -> Report {
        let rounds = channels.map(|channel| async move {
            let Self { world, deployment, private, deadline, .. } = *self;
            let round = Round { world, channel, deployment, private, deadline };
            let run = std::pin::pin!(round.run(cause));
            match select(run, std::pin::pin!(world.sleep_until(deadline))).await {
                Either::Left((told, _)) => told,
                Either::Right(_) => Some(Told::cut_off(&channel.id)),
            }
        });
        Report { channels: join_all(rounds).await.into_iter().flatten().collect() }
    }
}
