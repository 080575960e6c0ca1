//! What the forecaster promises as a whole.

mod causality;
mod planning;
mod restore;
mod series;
mod situations;
