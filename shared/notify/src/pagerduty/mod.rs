//! PagerDuty: the Events API v2, which opens an incident by a trigger and closes it by a resolve of the same key.

pub mod event;
pub mod region;
pub mod routing_key;
pub mod verdict;
