//! From the start of a process to its first `invocation/next`: the release binary, and the same clients in Python with boto3, in turn. All
//! functions are weighed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that prints figures")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use tidegate_policy::kind::Kind;
use tiny_http::Server;

/// Starts of each; odd ones out do not move a median.
const RUNS: usize = 20;
/// Longer than this is no start.
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [binary, deployed, python, rival] = paths.as_slice() else {
        eprintln!(
            "usage: bench-start BINARY FOLDER-FOR-LAMBDA PYTHON RIVAL.py (`make bench-start` gives all four)"
        );
        return ExitCode::from(2);
    };
    match compare(binary, deployed, python, rival) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench-start: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare(binary: &Path, deployed: &Path, python: &Path, rival: &Path) -> Result<(), String> {
    let server =
        Server::http("127.0.0.1:0").map_err(|error| format!("no free port on 127.0.0.1: {error}"))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does meets both.
    for _ in 0..RUNS {
        ours.push(start(&server, Command::new(binary))?);
        let mut command = Command::new(python);
        command.arg(rival);
        theirs.push(start(&server, command)?);
    }
    let (our_time, our_memory) = told("rds-replicas", &mut ours);
    let (their_time, _) = told("Python, boto3", &mut theirs);
    println!("ratio          {:.0} times faster", their_time / our_time);
    let mut heaviest = 0;
    for kind in Kind::ALL {
        let function = kind.function();
        let built = binary.with_file_name(function);
        let size = std::fs::metadata(&built).map_err(|error| format!("{}: {error}", built.display()))?.len();
        println!("{function:<14} {:.1} MB, built for this machine", size as f64 / 1e6);
        heaviest = heaviest.max(size);
        // What Lambda loads is for another machine than this one: it cannot be started here, and can be weighed.
        let Some(found) = std::fs::metadata(deployed.join(function).join("bootstrap")).ok() else {
            println!("deployed       nothing is built for Lambda: `make build`, to weigh that");
            continue;
        };
        println!("deployed       {:.1} MB, built for Lambda", found.len() as f64 / 1e6);
        heaviest = heaviest.max(found.len());
    }
    println!("allowed        20 ms, 20 MB, 30 times, 12 MB");
    let kept =
        our_time <= 20.0 && our_memory <= 20.0 && their_time >= 30.0 * our_time && heaviest <= 12_000_000;
    if kept { Ok(()) } else { Err("one of the figures is not what is allowed".to_owned()) }
}

/// One start: milliseconds to the first question, and the most memory until then in MB.
fn start(server: &Server, mut command: Command) -> Result<(f64, f64), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let began = Instant::now();
    let mut child = command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", server.server_addr().to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "tidegate-rds-replicas"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/tidegate-rds-replicas"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("TIDEGATE_POLICY", "file:policy.toml"),
            ("TIDEGATE_LEDGER_TABLE", "tidegate"),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("{program} cannot be started: {error}"))?;
    let asked = server.recv_timeout(PATIENCE);
    let took = began.elapsed();
    let memory = peak_memory(&child);
    end(&mut child);
    match asked {
        Ok(Some(request)) if request.url().ends_with("/runtime/invocation/next") => {
            Ok((took.as_secs_f64() * 1e3, memory?))
        }
        Ok(Some(request)) => Err(format!("{program} asked for {} first", request.url())),
        Ok(None) => Err(format!("{program} asked for no event in {} s", PATIENCE.as_secs())),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// `VmHWM`, the most that was ever resident.
fn peak_memory(child: &Child) -> Result<f64, String> {
    let path = format!("/proc/{}/status", child.id());
    let status = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|text| text.parse::<f64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024.0 / 1e6).ok_or_else(|| format!("{path} has no VmHWM"))
}

/// Prints the median and the range; the medians.
fn told(name: &str, runs: &mut [(f64, f64)]) -> (f64, f64) {
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (least, most) = (runs.first().map_or(0.0, |run| run.0), runs.last().map_or(0.0, |run| run.0));
    let time = middle(runs.iter().map(|run| run.0).collect());
    let memory = middle(runs.iter().map(|run| run.1).collect());
    println!(
        "{name:<14} {time:>6.1} ms (from {least:.1} to {most:.1}), {memory:.1} MB, median of {}",
        runs.len()
    );
    (time, memory)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        even if even % 2 == 0 => f64::midpoint(values[half - 1], values[half]),
        _ => values[half],
    }
}
