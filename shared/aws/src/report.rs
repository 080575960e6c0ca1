//! What an attempt tells: one structured line, which is its metrics too.
