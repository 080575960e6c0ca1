//! The only place that prints. Results go to standard output, everything about them to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::error::Failure;

/// Whether the reader of standard output went away.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// Prints a line of result.
///
/// A reader that went away (`| head`) is no failure: nothing more is printed, and the command ends as it would have ended.
///
/// # Errors
/// When the line cannot be written for any other reason, such as a full disk.
pub(crate) fn print(line: impl Display) -> Result<(), Failure> {
    if unread() {
        return Ok(());
    }
    match writeln!(io::stdout().lock(), "{line}") {
        Err(reason) if reason.kind() == io::ErrorKind::BrokenPipe => {
            UNREAD.store(true, Ordering::Relaxed);
            Ok(())
        }
        printed => printed.map_err(Failure::Unprintable),
    }
}

/// Whether nobody reads the results any more.
pub(crate) fn unread() -> bool {
    UNREAD.load(Ordering::Relaxed)
}

/// Tells of something that is wrong. Where nobody listens, the exit code must do.
pub(crate) fn complain(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A bar on standard error that counts simulated minutes; hidden unless a person is watching.
pub(crate) fn bar(minutes: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(minutes).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3}% {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
