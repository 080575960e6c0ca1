//! Goal: every broken planner is refused by name, and no sound one is refused. Method: each broken plan is a sound one with one
//! mistake, and the sound one is tested beside it.
//!
//! Beside them, a file a gate: the guards that no broken planner of the list is named after, one situation each.

mod abandoning;
mod batch;
mod broken;
mod cancel;
mod compared;
mod cooldown;
mod creation;
mod dead;
mod deletion;
mod draining;
mod fixture;
mod floor;
mod hold;
mod intent;
mod joining;
mod ladder;
mod legit;
mod odd;
mod pause;
mod ramp;
mod removal;
mod source;
mod spread;
