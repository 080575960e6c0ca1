//! `tidegate backtest` as scripts and people see it: its report, its document, its exit codes, and what it says of bad input.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::{Path, PathBuf};
use std::process::Command;

const PRODUCTION: &str = "infra/policies/production.toml";

struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

fn backtest(arguments: &[&str]) -> Told {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let output = command.arg("backtest").args(arguments).current_dir(root).output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn file(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("backtest");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// So many days of load that doubles at nine each day, in steps of five minutes.
fn load(name: &str, days: usize) -> String {
    let start: i64 = 1_767_225_600;
    let rows: String = (0..days * 288)
        .map(|row| {
            let second = start + 300 * i64::try_from(row).unwrap();
            let value = if (108..240).contains(&(row % 288)) { 100 } else { 45 } + (row * 7919) % 13;
            format!("{},{value}\n", jiff::Timestamp::from_second(second).unwrap())
        })
        .collect();
    file(name, &format!("timestamp,value\n{rows}")).to_str().unwrap().to_owned()
}

/// A policy of one service with these keys besides.
fn policy(name: &str, keys: &str) -> String {
    let text = format!(
        "[[target]]\nname = 'api'\nkind = 'ecs-service'\ncluster = 'prod'\nservice = 'api'\nmin = 2\nmax = 10\n\
         evaluate_every = '1m'\n{keys}\n"
    );
    file(name, &text).to_str().unwrap().to_owned()
}

const RULES: &str = "scale_out = ['cpu > 75% for 2m']\nscale_in = ['cpu < 55% for 15m']";

#[test]
fn a_person_reads_who_won_why_and_whether_it_may_act() {
    let (load, policy) = (load("daily.csv", 4), policy("rules.toml", RULES));
    let told = backtest(&["--policy", &policy, "--trace", &load]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(
        told.err,
        "note: daily.csv: 3 days warm up, and a forecast knows a week only after 7: take a trace of 10 days or more\n"
    );
    insta::assert_snapshot!(told.out, @r#"
    api ecs-service, daily.csv
    4 Jan 2026 00:00 to 5 Jan 2026 00:00 UTC: 1 day scored after 3 days of warm-up,
    at a peak of 5.6 units
    api has no forecast: forecast = { mode = "shadow" } is tried.
                      SHORT  SEVERE  CHANGES  UNIT-HOURS  SAVED      Q
    static 10            0m      0m        0       240.0         1.916
    rules alone         12m      7m        8       141.9    41%  1.180
    forecast, shadow    12m      7m        8       141.9    41%  1.180
    forecast, act        0m      0m        8       142.6    41%  1.138
    Q: unit-minutes and 30 for each minute short, over what a clairvoyant pays.
    Short, rules: at the maximum 0m, creating 2m, late 10m, injected 0m.
    Short, forecast: at the maximum 0m, creating 0m, late 0m, injected 0m.

    The 10 costliest quarter hours with the forecast, in units on average:
    Sun 4 Jan 20:00  0m short, 8.0 billed, 3.2 needed  stabilizing
      20:14  7 must have been enough for 5m on the way in; until 1m ago 8 were
    Sun 4 Jan 20:15  0m short, 7.0 billed, 3.6 needed  stabilizing
      20:29  5 must have been enough for 5m on the way in; until now 6 were
    Sun 4 Jan 20:30  0m short, 5.3 billed, 3.5 needed  within_thresholds
      20:44  "cpu < 55% for 15m" keeps 5: cpu of the same work on 5 tasks is 53.1%
      on average and below 55% in 11 of the last 15 minutes
    Sun 4 Jan 08:45  0m short, 5.3 billed, 3.5 needed  within_thresholds
      08:59  "forecast" keeps 7: P(need > 7) at 09:02 is 0.04 (last minutes 0.00);
      one more costs 1 a minute, lacking it 0.9: 7 will do; orders take 2m
    Sun 4 Jan 19:45  0m short, 8.0 billed, 6.5 needed  within_thresholds
      19:59  "cpu < 55% for 15m" keeps 8: cpu of the service is 65.7% on average and
      below 55% in 1 of the last 15 minutes (points missing: 1)
    Sun 4 Jan 20:45  0m short, 4.9 billed, 3.5 needed  within_thresholds
      20:59  "cpu < 55% for 15m" keeps 4: cpu of the same work on 4 tasks is 62.2%
      on average and below 55% in 0 of the last 15 minutes
    Sun 4 Jan 09:15  0m short, 8.0 billed, 6.6 needed  within_thresholds
      09:29  "cpu < 55% for 15m" keeps 8: cpu of the same work on 8 tasks is 64.3%
      on average and below 55% in 0 of the last 15 minutes
    Sun 4 Jan 10:15  0m short, 8.0 billed, 6.6 needed  within_thresholds
      10:29  "cpu < 55% for 15m" keeps 8: cpu of the same work on 8 tasks is 65.4%
      on average and below 55% in 0 of the last 15 minutes
    Sun 4 Jan 12:30  0m short, 8.0 billed, 6.6 needed  within_thresholds
      12:44  "cpu < 55% for 15m" keeps 8: cpu of the service is 63.9% on average and
      below 55% in 0 of the last 15 minutes
    Sun 4 Jan 13:30  0m short, 8.0 billed, 6.6 needed  within_thresholds
      13:44  "cpu < 55% for 15m" keeps 8: cpu of the service is 66% on average and
      below 55% in 0 of the last 15 minutes (points missing: 1)

    Calibration of the last week, P(need > n) an order ahead:
      2% to  10%  said 0.05, came 0.04, 1250 minutes
     10% to  40%  said 0.24, came 0.27, 625 minutes
     40% to 100%  said 0.92, came 0.93, 12335 minutes
    Orders: half of a share after 2m, nine of ten within 3m (the last 18).
    Removals: - (none was seen to its end).
    would be allowed to act: yes (cost 0.94 of the rules' over 3 days)
    Won against the rules: Q 1.138 with the forecast, 1.180 without it.
    "#);
    assert!(told.out.lines().all(|line| line.chars().count() <= 80), "{}", told.out);
}

#[test]
fn a_forecast_that_loses_to_the_rules_is_an_ending_of_its_own() {
    let load = load("lost.csv", 4);
    // With such a price the gate finds idle capacity cheaper than any shortage.
    let policy = policy("dear.toml", &format!("{RULES}\nforecast = {{ mode = 'act', price = 500 }}"));
    let told = backtest(&["--policy", &policy, "--target", "api", "--trace", &load]);
    assert_eq!(told.code, Some(4), "{}", told.err);
    let last = told.out.lines().last().unwrap();
    assert!(last.starts_with("Lost to the rules: Q "), "{last}");
    assert!(!told.out.contains("is tried"), "{}", told.out);
}

#[test]
fn json_is_one_document_of_each_kind() {
    let load = load("kinds.csv", 5);
    for (target, against) in [("orders-readers", "hpa-70"), ("api", "static"), ("sessions", "clairvoyant")] {
        let told = backtest(&[
            "--policy",
            PRODUCTION,
            "--target",
            target,
            "--trace",
            &load,
            "--days",
            "4",
            "--against",
            against,
            "--usd-per-hour",
            "0.5",
            "--json",
        ]);
        let document: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(told.code, Some(if document["lost"] == true { 4 } else { 0 }), "{target}: {}", told.err);
        assert_eq!((&document["version"], &document["command"]), (&1.into(), &"backtest".into()));
        assert_eq!(document["policy"]["file"], PRODUCTION);
        assert_eq!((&document["target"], &document["forecast"]["mode"]), (&target.into(), &().into()));
        // The last four of five days, of which three warm up.
        assert_eq!(
            (&document["from"], &document["until"]),
            (&"2026-01-05T00:00:00Z".into(), &"2026-01-06T00:00:00Z".into())
        );
        let policies = document["policies"].as_array().unwrap();
        let names: Vec<&str> = policies.iter().map(|policy| policy["policy"].as_str().unwrap()).collect();
        assert_eq!(names, ["maximum", "rules", "shadow", "act", against]);
        for policy in policies {
            let short = policy["violation_minutes"].as_u64().unwrap();
            let by = policy["short_by"].as_object().unwrap().values().map(|by| by.as_u64().unwrap());
            assert_eq!(by.sum::<u64>(), short, "{target}: {policy}");
            let usd = policy["unit_hours"].as_f64().unwrap() * 0.5;
            assert!((policy["usd"].as_f64().unwrap() - usd).abs() < 0.006, "{target}: {policy}");
        }
        assert!(policies[0]["saved_percent"].is_null() && policies[1]["saved_percent"].is_number());
        assert_eq!(document["quarter_hours"].as_array().unwrap().len(), 10);
        for key in ["from", "unit_minutes", "needed_unit_minutes", "violation_minutes", "cost", "said"] {
            assert!(!document["quarter_hours"][0][key].is_null(), "{target}: {key}");
        }
        assert_eq!(document["calibration"].as_array().unwrap().len(), 3);
        assert!(
            document["delays"]["orders"]["count"].is_u64() && document["verdict"]["would_act"].is_boolean()
        );
    }
}

#[test]
fn what_cannot_be_played_is_told_with_what_to_do() {
    let (short, enough) = (load("short.csv", 3), load("enough.csv", 4));
    let cases: [(&[&str], &str); 6] = [
        (
            &["--policy", PRODUCTION, "--trace", &enough],
            "error: infra/policies/production.toml: it has several targets: name one with --target: orders-readers, api, workers, sessions\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "workers", "--trace", &enough],
            "error: target `workers`: no rule of scale_out looks at cpu, which a forecast learns from: add one, as \"cpu > 90% for 2m\"\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "api", "--trace", &short],
            "error: short.csv: the trace is 3d, and its first 3d are not scored: take one of at least 4d\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "api", "--trace", "nowhere.csv"],
            "error: nowhere.csv: cannot be read: No such file or directory (os error 2)\n",
        ),
        (
            &["--policy", PRODUCTION, "--target", "ap", "--trace", &enough],
            "error: infra/policies/production.toml: there is no target `ap`; its targets are: orders-readers, api, workers, sessions\n",
        ),
        (
            &["--policy", "nowhere.toml", "--trace", &enough],
            "error: nowhere.toml: cannot be read: No such file or directory (os error 2)\n",
        ),
    ];
    for (arguments, expected) in cases {
        let told = backtest(arguments);
        assert_eq!((told.code, told.out.as_str(), told.err.as_str()), (Some(1), "", expected));
    }
    let told = backtest(&["--policy", PRODUCTION, "--target", "api", "--trace", &enough, "--days", "14"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.ends_with(
            "the trace is 4d, less than the --days 14 asked for: leave --days out or ask for less\n"
        ),
        "{}",
        told.err
    );
    let told =
        backtest(&["--policy", PRODUCTION, "--target", "api", "--trace", &enough, "--against", "keda"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("there is no rival `keda`; the rivals are: static, step, "), "{}", told.err);
    let told = backtest(&["--policy", PRODUCTION, "--target", "api"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("--trace <FILE>"), "{}", told.err);
}

#[test]
fn a_peak_above_the_policys_maximum_is_told() {
    let load = load("high.csv", 4);
    let policy = policy("high.toml", RULES);
    let told = backtest(&["--policy", &policy, "--trace", &load, "--peak-units", "9"]);
    assert!(matches!(told.code, Some(0 | 4)), "{}", told.err);
    assert!(
        told.err.contains(" scored minutes ask for more than the policy's max of 10 carries: "),
        "{}",
        told.err
    );
    let maximum: Vec<&str> = told.out.lines().filter(|line| line.starts_with("Short, ")).collect();
    assert!(
        maximum.len() >= 2 && maximum.iter().all(|line| !line.contains("at the maximum 0m")),
        "{maximum:?}"
    );
}
