//! The JSON document of a backtest. Its fields are a stable interface; fields are only added.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tidegate_policy::policy::ForecastMode;
use tidegate_simulator::compare::backtest::{Line, QuarterHour};

use super::told::Told;
use super::words::{Delays, bins, verdict};

const VERSION: u32 = 1;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    /// Of this form.
    version: u32,
    command: &'static str,
    policy: File,
    target: &'a str,
    kind: &'static str,
    trace: &'a str,
    /// The scored minutes.
    from: Timestamp,
    until: Timestamp,
    days: f64,
    warm_up_days: f64,
    peak_units: f64,
    seeds: u64,
    forecast: Tried,
    policies: Vec<Policy<'a>>,
    calibration: Vec<Bin>,
    delays: DelaysOf,
    verdict: Verdict,
    /// The costliest first.
    quarter_hours: &'a [QuarterHour],
    /// Whether the forecast cost more than the rules.
    lost: bool,
}

#[derive(Serialize)]
struct File {
    file: String,
}

/// The forecast that was tried.
#[derive(Serialize)]
struct Tried {
    /// The policy's own mode; `null` where the target has no forecast, and the usual one was tried.
    mode: Option<&'static str>,
    price: f64,
    objective_percent: f64,
    horizon_minutes: i64,
    start_cost: f64,
}

#[derive(Serialize)]
struct Policy<'a> {
    #[serde(flatten)]
    line: &'a Line,
    /// Of the unit-hours of the fleet that is always at the maximum.
    saved_percent: Option<f64>,
    usd: Option<f64>,
}

#[derive(Serialize)]
struct Bin {
    from: f64,
    to: f64,
    said: Option<f64>,
    came: Option<f64>,
    minutes: Option<f64>,
}

#[derive(Serialize)]
struct DelaysOf {
    /// From an order until half of its share is carried.
    orders: Delays,
    /// From a removal until it is gone.
    removals: Delays,
}

#[derive(Serialize)]
struct Verdict {
    would_act: bool,
    /// The reason code of a no.
    reason: Option<&'static str>,
    detail: String,
    /// What it would have cost over what the rules would have cost, on paper.
    cost_ratio: Option<f64>,
    days: usize,
}

/// The whole.
pub(super) fn of<'a>(told: &Told<'a>) -> Document<'a> {
    let Told { target, played, forecast, all, .. } = told;
    let learned = all.learned.as_ref();
    let at = |minute: usize| {
        let after = SignedDuration::from_mins(i64::try_from(minute).unwrap_or(0));
        played.start.checked_add(after).unwrap_or(played.start)
    };
    let policy = |line: &'a Line| Policy {
        line,
        saved_percent: told.saved(line).map(|saved| rounded(saved, 10.0)),
        usd: told.usd(line.unit_hours).map(|usd| rounded(usd, 100.0)),
    };
    let judged = verdict(learned, forecast.price);
    Document {
        version: VERSION,
        command: "backtest",
        policy: File { file: told.file.display().to_string() },
        target: target.name.as_str(),
        kind: target.kind.name(),
        trace: &played.trace,
        from: at(played.scored_from),
        until: at(played.units.len()),
        days: rounded(played.days(), 1e6),
        warm_up_days: rounded(played.scored_from as f64 / 1_440.0, 1e6),
        peak_units: told.peak_units,
        seeds: told.seeds,
        forecast: Tried {
            mode: target.scaling.forecast.map(|own| match own.mode {
                ForecastMode::Shadow => "shadow",
                ForecastMode::Act => "act",
            }),
            price: forecast.price,
            objective_percent: forecast.objective.0,
            horizon_minutes: forecast.horizon.as_mins(),
            start_cost: forecast.start_cost,
        },
        policies: [&all.fixed, &all.rules, &all.shadow, &all.act]
            .into_iter()
            .chain(&all.against)
            .map(policy)
            .collect(),
        calibration: bins(learned)
            .into_iter()
            .map(|bin| Bin {
                from: bin.from,
                to: bin.to,
                said: bin.calibration.map(|seen| rounded(seen.said, 1e4)),
                came: bin.calibration.map(|seen| rounded(seen.came, 1e4)),
                minutes: bin.calibration.map(|seen| seen.minutes),
            })
            .collect(),
        delays: DelaysOf {
            orders: Delays::of(learned.map(|outlook| &outlook.creations)),
            removals: Delays::of(learned.map(|outlook| &outlook.drains)),
        },
        verdict: Verdict {
            would_act: judged.acts,
            reason: (!judged.acts).then_some("forecast_not_proven"),
            detail: judged.why,
            cost_ratio: judged.ratio.map(|ratio| rounded(ratio, 1e4)),
            days: judged.days,
        },
        quarter_hours: &all.costliest,
        lost: told.lost(),
    }
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}
