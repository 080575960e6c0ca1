//! Read replicas: the life cycle, what people and AWS do to it, and the policies that lead to it.

mod absent;
mod add;
mod blue_green;
mod dead;
mod disk;
pub(crate) mod fixture;
mod harm;
mod hold;
mod inheritance;
mod ladder;
mod ladder_now;
mod orders;
mod pause;
mod promotion;
mod properties;
mod quarrel;
mod remove;
mod repair;
mod side_by_side;
mod source_changed;
mod sources;
mod waits;
mod wide;
