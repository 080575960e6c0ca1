//! The scenarios by name, in one place: each runs over the wire and in the simulator, or says why one of the two cannot.
