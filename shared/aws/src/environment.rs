//! What a function is told by its environment, read once and checked.
