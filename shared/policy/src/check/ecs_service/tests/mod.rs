//! Goal: every broken planner of a service is refused by name, and no sound one is. Method: a small world, a sound plan, one mistake.

mod agreement;
mod bounds_of_the_clock;
mod broken;
mod fixture;
mod gates;
mod legit;
mod pause;
mod properties;
