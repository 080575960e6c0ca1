//! The forecast: what will be needed in the next hour, learned from the work of each minute, and the fleet that is cheapest for it.
//!
//! Pure. An [`outlook::Outlook`] is told the work of each minute and learns by itself. Its prediction is [`need::NeedAhead`]: P(need > n) for twelve
//! buckets of five minutes. The [`planner`] makes the one step of it that is due, and the [`guard`] sees that what is needed all along stays.
//!
//! A level of need is `step` units of capacity; work is in units of capacity, and minutes are counted from the Unix epoch. What is in memory is what
//! is stored ([`snapshot`]), to the last bit: a restored process decides as the one would have that stored it.

mod climate;
mod codec;
mod course;
pub mod delays;
pub mod experts;
pub mod fleet;
pub mod guard;
pub mod horizons;
mod learned;
pub mod minutes;
pub mod mix;
pub mod need;
mod neighbours;
mod now;
pub mod odds;
pub mod outlook;
mod paper;
pub mod paper_rules;
pub mod planner;
mod predict;
mod price_scale;
mod recent;
mod residuals;
pub mod settings;
pub mod shadow;
pub mod snapshot;
mod squares;
mod stack;
#[cfg(test)]
mod tests;
mod thresholds;
mod volatility;
mod waiting;

pub use codec::SnapshotError;
