//! The processes that stand in for AWS: found in the virtual environment of `make stand-ins`, on free ports of 127.0.0.1, ended with the test.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a Python server may take to come up on a busy machine.
const START: Duration = Duration::from_secs(60);
const LAUNCHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stand_in.py");

/// What `make stand-ins` made.
#[derive(Debug)]
pub struct Environment {
    /// The interpreter that has the stand-ins.
    pub python: PathBuf,
    /// The library that is preloaded into the binary.
    pub faketime: PathBuf,
}

/// The virtual environment. A test without it fails, and says how to make it: it is never passed over in silence.
pub fn environment() -> &'static Environment {
    static FOUND: OnceLock<Environment> = OnceLock::new();
    FOUND.get_or_init(|| {
        let root = target_folder().join("stand-ins");
        assert!(
            root.join("ready").exists(),
            "the stand-ins for AWS are not in {}: run `make stand-ins` (it needs python3, 3.10 or newer, with venv)",
            root.display()
        );
        let python = root.join("bin/python");
        let inside = "libfaketime/vendor/libfaketime/src/libfaketime.so.1";
        let packages = std::fs::read_dir(root.join("lib")).expect("a virtual environment has a lib folder");
        let faketime = packages
            .filter_map(Result::ok)
            .map(|version| version.path().join("site-packages").join(inside))
            .find(|path| path.exists());
        let faketime = faketime.unwrap_or_else(|| {
            panic!("{} holds no {inside}: remove the folder and run `make stand-ins`", root.display())
        });
        Environment { python, faketime }
    })
}

/// Where cargo built this test: `target`, whatever it is called.
fn target_folder() -> PathBuf {
    built().parent().map(Path::to_path_buf).expect("a profile's folder lies in the target folder")
}

/// Where cargo puts binaries of this profile.
pub fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test.ancestors().find(|folder| folder.join("deps").is_dir());
    folder.map(Path::to_path_buf).expect("cargo puts tests into `deps` of a profile's folder")
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
    probe.local_addr().expect("a bound socket has an address").port()
}

/// A server of the virtual environment, for as long as this is held.
#[derive(Debug)]
pub struct StandIn {
    child: Child,
    said: File,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

impl StandIn {
    fn start(
        module: &str,
        arguments: &[String],
        port: u16,
        variables: &[(&str, String)],
        ready: &str,
    ) -> Self {
        let said = tempfile::tempfile().expect("a file for what a stand-in says");
        let copy = || Stdio::from(said.try_clone().expect("an open file can be shared"));
        let child = Command::new(&environment().python)
            .arg(LAUNCHER)
            .arg(module)
            .args(arguments)
            .env_clear()
            .envs(variables.iter().map(|(key, value)| (*key, value.as_str())))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(copy())
            .stderr(copy())
            .spawn()
            .expect("the stand-ins' python can be started");
        let mut stand_in = Self { child, said, url: format!("http://127.0.0.1:{port}") };
        let begun = Instant::now();
        while ureq::get(format!("{}{ready}", stand_in.url)).call().is_err() {
            let gone = stand_in.child.try_wait().expect("a child can be asked").is_some();
            if gone || begun.elapsed() > START {
                panic!("{module} did not come up; it said: {}", stand_in.said());
            }
            sleep(Duration::from_millis(20));
        }
        stand_in
    }

    fn said(&mut self) -> String {
        let mut text = String::new();
        let read = self.said.seek(SeekFrom::Start(0)).and_then(|_| self.said.read_to_string(&mut text));
        if read.is_ok() { text } else { "nothing that can be read".to_owned() }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // By its own id, and waited for: nothing of it is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

static MINISTACK: OnceLock<StandIn> = OnceLock::new();

/// The one ministack of this test process: each test has an account of its own in it. It ends with the process, whatever ends that: the
/// launcher watches the pipe between them.
pub fn ministack() -> &'static str {
    let stand_in = MINISTACK.get_or_init(|| {
        let port = free_port();
        StandIn::start("ministack", &[], port, &ministack_on(port), "/_ministack/health")
    });
    &stand_in.url
}

/// The same, started for what is deployed in it: `variables` become those of ministack and of the functions that it runs. They are asked
/// for with the address that ministack will have, since what stands between the two must know it first.
///
/// # Panics
/// When `ministack` was called before: there is one a process.
pub fn ministack_with_functions(variables: impl FnOnce(&str) -> Vec<(&'static str, String)>) -> &'static str {
    let port = free_port();
    let mut all = ministack_on(port);
    all.extend(variables(&format!("http://127.0.0.1:{port}")));
    let stand_in = StandIn::start("ministack", &[], port, &all, "/_ministack/health");
    assert!(MINISTACK.set(stand_in).is_ok(), "ministack runs already, without what its functions need");
    ministack()
}

fn ministack_on(port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("GATEWAY_PORT", port.to_string()),
        ("LOG_LEVEL", "WARNING".to_owned()),
        // Never a container engine, even where there is one: RDS here is its control plane only.
        ("DOCKER_HOST", "tcp://127.0.0.1:1".to_owned()),
    ]
}

/// The one moto of this test process, for Application Auto Scaling, which ministack has not. A request says in a header whose account it is.
pub fn moto() -> &'static str {
    static RUNNING: OnceLock<StandIn> = OnceLock::new();
    let stand_in = RUNNING.get_or_init(|| {
        let port = free_port();
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        StandIn::start("moto.server", &arguments, port, &[], "/moto-api/data.json")
    });
    &stand_in.url
}

/// A microburst between a binary and `upstream`.
pub(crate) fn microburst(upstream: &str) -> StandIn {
    let port = free_port();
    let arguments =
        ["--host", "127.0.0.1", "--port", &port.to_string(), "--upstream", upstream].map(str::to_owned);
    StandIn::start("microburst", &arguments, port, &[], "/_microburst/health")
}
