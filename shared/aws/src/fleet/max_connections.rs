//! How many connections an instance takes: its parameter group says, often by a formula over its memory.
