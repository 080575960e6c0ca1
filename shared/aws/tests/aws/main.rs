//! The AWS side against what AWS says on the wire: what is asked, and what is made of each answer.

mod bus;
mod delivery;
mod environment;
mod events;
mod fleet;
mod ledger;
mod outlooks;
mod policy_source;
mod scripted;
mod yardstick;
