//! Nothing: cargo wants a library beside the tests of this package.
