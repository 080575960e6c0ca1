//! The events that wake a function. They say when to look and where first, never what to do.
