//! The only place that prints. Results go to standard output, everything about them to standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line of result.
///
/// A reader that went away (`| head`) ends the command quietly; there is nobody left to tell.
pub(crate) fn print(line: impl Display) {
    if writeln!(io::stdout().lock(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// Tells of something that is wrong.
#[expect(clippy::print_stderr, reason = "this module is where the command line speaks")]
pub(crate) fn complain(line: impl Display) {
    eprintln!("{line}");
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
