//! The real binaries over a real socket.
