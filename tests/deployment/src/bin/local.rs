//! `make local`: the very template, deployed on a stand-in, and a hard half hour of it to watch.
fn main() {}
