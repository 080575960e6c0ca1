//! Goal: every broken planner of a replication group is refused by name, and no sound one is. Method: a small world, a sound plan, one mistake.

mod agreement;
mod broken;
mod connections;
mod fixture;
mod gates;
mod legit;
mod pause;
mod properties;
mod relief;
