//! What each rule says of a service.
