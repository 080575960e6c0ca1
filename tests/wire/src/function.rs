//! A function as Lambda runs it: a process with the environment that Lambda gives, one event at a time, killed at its deadline.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::Value;

use crate::clock::Clock;
use crate::runtime_api::{RuntimeApi, Told};
use crate::stand_ins::built;

/// Lambda gives an initialisation ten seconds.
const INIT: Duration = Duration::from_secs(10);
/// How often a process is asked whether it is still there.
const LOOK: Duration = Duration::from_millis(20);

/// Lines of what a function said that a failed test shows.
const LAST_WORDS: usize = 6;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// It answered.
    Response(Value),
    /// It said why it failed.
    Error {
        /// `errorType`
        kind: String,
        /// `errorMessage`
        message: String,
    },
    /// Its time was over, and it was killed.
    TimedOut,
    /// The process ended first; without a code when it was killed.
    Exited(Option<i32>),
}

/// How a start ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// It asked for its first event.
    Ready,
    /// It said why it cannot start, and ended with this code.
    InitError {
        /// `errorType`
        kind: String,
        /// `errorMessage`
        message: String,
        /// The process' exit code.
        code: Option<i32>,
    },
    /// It ended without a word.
    Exited(Option<i32>),
}

/// Ends the process from wherever a test decides that it dies.
#[derive(Clone, Debug)]
pub struct KillSwitch(Arc<Mutex<Child>>);

impl KillSwitch {
    /// As `kill -9`, and waits until nothing of it runs.
    pub fn kill(&self) {
        let mut child = self.0.lock().expect("no thread panicked with the process");
        let _ = child.kill();
        let _ = child.wait();
    }

    fn ended(&self) -> Option<ExitStatus> {
        self.0.lock().expect("no thread panicked with the process").try_wait().expect("a child can be asked")
    }
}

/// One execution environment.
pub struct Function {
    api: RuntimeApi,
    process: KillSwitch,
    said: Mutex<File>,
    started: bool,
}

/// The build that the tests' own build shares the SDK with: alone, the binary would get it with other features.
const BUILD: &str = "cargo build --locked --workspace --lib --bins --tests";

/// The binary that scales databases.
pub fn rds_replicas() -> PathBuf {
    under_test("rds-replicas")
}

/// The binary that scales services.
pub fn ecs_capacity() -> PathBuf {
    under_test("ecs-capacity")
}

/// The binary that scales Redis nodes.
pub fn redis_nodes() -> PathBuf {
    under_test("redis-nodes")
}

/// The binary that tells people.
pub fn notify() -> PathBuf {
    under_test("notify")
}

/// The command that asks before a stack is made or removed.
pub fn preflight() -> PathBuf {
    under_test("tidegate-preflight")
}

/// A binary under test.
///
/// # Panics
/// When it was not built, or before its sources last changed: cargo builds a test's own package only, and yesterday's binary would pass.
fn under_test(name: &str) -> PathBuf {
    let path = built().join(name);
    assert!(path.exists(), "{} is not there: `{BUILD}`, or `make test`", path.display());
    if let Some(changed) = changed_since(&path) {
        panic!("{} is older than {}: `{BUILD}`, or `make test`", path.display(), changed.display());
    }
    path
}

/// A source of the binary that is newer than it, by the list that cargo writes beside it.
fn changed_since(binary: &Path) -> Option<PathBuf> {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let built = changed(binary)?;
    let list = std::fs::read_to_string(binary.with_extension("d")).ok()?;
    let (_, sources) = list.split_once(": ")?;
    let sources = sources.split_whitespace().map(PathBuf::from);
    sources.into_iter().find(|source| changed(source).is_some_and(|at| at > built))
}

impl Function {
    /// Starts a process with Lambda's environment and `variables`, of which later ones win; nothing else is inherited.
    pub fn spawn(program: &PathBuf, clock: &Clock, variables: &[(&str, String)]) -> Self {
        let name = program.file_name().map(|name| format!("tidegate-{}", name.to_string_lossy()));
        let name = name.expect("a program has a name");
        let api = RuntimeApi::start(&name);
        let log_group = format!("/aws/lambda/{name}");
        let said = tempfile::tempfile().expect("a file for what a process says");
        let copy = || Stdio::from(said.try_clone().expect("an open file can be shared"));
        let child = Command::new(program)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", api.address().as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", name.as_str()),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", log_group.as_str()),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef"),
                ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
                ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
                ("LANG", "en_US.UTF-8"),
                ("TZ", ":UTC"),
            ])
            .envs(clock.variables())
            .envs(variables.iter().map(|(key, value)| (*key, value.as_str())))
            .stdin(Stdio::null())
            .stdout(copy())
            .stderr(copy())
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let process = KillSwitch(Arc::new(Mutex::new(child)));
        Self { api, process, said: Mutex::new(said), started: false }
    }

    /// Ends it from elsewhere.
    pub fn kill_switch(&self) -> KillSwitch {
        self.process.clone()
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        self.process.ended().is_none()
    }

    /// All that it wrote to standard output and standard error.
    pub fn said(&self) -> String {
        let mut said = self.said.lock().expect("no thread panicked with the file");
        let mut text = String::new();
        let read = said.seek(SeekFrom::Start(0)).and_then(|_| said.read_to_string(&mut text));
        if read.is_ok() { text } else { "nothing that can be read".to_owned() }
    }

    /// Waits for the initialisation.
    ///
    /// # Panics
    /// When the runtime breaks the Runtime API's rules, or is silent for ten seconds.
    pub fn start(&mut self) -> Start {
        match self.hear(INIT) {
            Heard::Told(Told::Ready) => {
                self.started = true;
                Start::Ready
            }
            Heard::Told(Told::InitError { kind, message }) => {
                let begun = Instant::now();
                while self.is_running() && begun.elapsed() < INIT {
                    sleep(LOOK);
                }
                let code = self.process.ended().and_then(|status| status.code());
                assert!(!self.is_running(), "it told an init error and runs on; it said: {}", self.said());
                Start::InitError { kind, message, code }
            }
            Heard::Exited(code) => Start::Exited(code),
            other => panic!("the initialisation ended with {other:?}; it said: {}", self.said()),
        }
    }

    /// One event, with this long to answer it.
    ///
    /// # Panics
    /// When it did not start, or breaks the Runtime API's rules.
    pub fn invoke(&mut self, clock: &Clock, event: &str, timeout: Duration) -> Invocation {
        if !self.started {
            match self.start() {
                Start::Ready => {}
                Start::Exited(code) => return Invocation::Exited(code),
                other => panic!("it did not start: {other:?}; it said: {}", self.said()),
            }
        }
        let allowed = SignedDuration::try_from(timeout).expect("a time-out of minutes");
        self.api.hand_out(event, clock.now() + allowed);
        let begun = Instant::now();
        loop {
            match self.hear(timeout.saturating_sub(begun.elapsed())) {
                Heard::Told(Told::Ready) => {}
                Heard::Told(Told::Response(value)) => return Invocation::Response(value),
                Heard::Told(Told::Error { kind, message }) => return Invocation::Error { kind, message },
                Heard::Told(told) => panic!("in an invocation: {told:?}; it said: {}", self.said()),
                Heard::Exited(code) => return Invocation::Exited(code),
                Heard::Nothing => {
                    self.process.kill();
                    return Invocation::TimedOut;
                }
            }
        }
    }

    fn hear(&self, timeout: Duration) -> Heard {
        let begun = Instant::now();
        loop {
            match self.api.told().recv_timeout(LOOK) {
                Ok(told) => return Heard::Told(told),
                Err(RecvTimeoutError::Disconnected) => return Heard::Nothing,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.process.ended() {
                // Its last words may have come between the two looks.
                return match self.api.told().try_recv() {
                    Ok(told) => Heard::Told(told),
                    Err(_) => Heard::Exited(status.code()),
                };
            }
            if begun.elapsed() >= timeout {
                return Heard::Nothing;
            }
        }
    }
}

#[derive(Debug)]
enum Heard {
    Told(Told),
    Exited(Option<i32>),
    Nothing,
}

impl Drop for Function {
    fn drop(&mut self) {
        self.process.kill();
        if std::thread::panicking() {
            let said = self.said();
            let lines: Vec<&str> = said.lines().collect();
            let last = lines.len().saturating_sub(LAST_WORDS);
            eprintln!("--- the last that the function said:\n{}", lines[last..].join("\n"));
        }
    }
}
