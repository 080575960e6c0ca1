//! The core from outside: named situations, each with the plan that it must lead to, and the properties that hold in all of them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod absent;
mod add;
mod blue_green;
mod dead;
mod decide;
mod figures;
mod fixture;
mod harm;
mod hold;
mod inheritance;
mod ladder;
mod ladder_now;
mod nodes;
mod promotion;
mod properties;
mod quarrel;
mod remove;
mod repair;
mod service;
mod source_changed;
mod sources;
mod waits;
mod wide;
