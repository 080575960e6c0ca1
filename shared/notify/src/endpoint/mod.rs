//! Any HTTPS endpoint: it is sent the versioned event, at an address that was checked.

pub mod address;
pub mod post;
pub mod url;
