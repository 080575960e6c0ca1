//! The AWS side from outside: the events that wake a function.

mod events;
mod yardstick;
