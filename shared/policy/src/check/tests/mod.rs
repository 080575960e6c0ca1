//! Goal: every broken planner is refused by name, and no sound one is refused. Method: each broken plan is a sound one with one
//! mistake, and the sound one is tested beside it.

mod broken;
mod fixture;
mod gates;
mod legit;
mod odd;
