//! Lines for the log, as Lambda reads them.

use std::io::Write;

use serde_json::Value;

/// One line each, whole, to where Lambda reads them. A log that cannot be written is no reason to fail an attempt that was made.
pub(super) fn print(lines: &[Value]) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
    let _ = out.flush();
}
