//! The report of a backtest for a person: a table, why it was short, the costliest quarter hours, and what the forecast learned.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tidegate_simulator::compare::backtest::{Line, QuarterHour};

use super::told::Told;
use super::words::{Bin, Delays, bins, verdict};

const WIDTH: u16 = 80;
/// Of a quarter hour.
const MINUTES: f64 = 15.0;
const DAY_MINUTES: f64 = 24.0 * 60.0;
const LEGEND: &str = "Q: unit-minutes and 30 for each minute short, over what a clairvoyant pays.";

/// All of it, without a newline at the end.
pub(super) fn report(told: &Told<'_>) -> String {
    let learned = told.all.learned.as_ref();
    let mut lines = heading(told);
    lines.push(table(told));
    lines.push(LEGEND.to_owned());
    lines.extend(spread(told));
    lines.extend(short_by(told));
    lines.push(String::new());
    lines.push(format!(
        "The {} costliest quarter hours with the forecast, in units on average:",
        told.all.costliest.len()
    ));
    lines.extend(told.all.costliest.iter().flat_map(quarter_hour));
    lines.push(String::new());
    lines.push("Calibration of the last week, P(need > n) an order ahead:".to_owned());
    lines.extend(bins(learned).iter().map(Bin::sentence));
    let orders = Delays::of(learned.map(|outlook| &outlook.creations));
    let removals = Delays::of(learned.map(|outlook| &outlook.drains));
    lines.push(orders.sentence("Orders", "half of a share"));
    lines.push(removals.sentence("Removals", "gone"));
    lines.push(wrapped(&verdict(learned, told.forecast.price).sentence(), 0));
    lines.push(ending(told));
    lines.join("\n")
}

fn heading(told: &Told<'_>) -> Vec<String> {
    let Told { target, played, .. } = told;
    let minutes = |count: usize| jiff::SignedDuration::from_mins(i64::try_from(count).unwrap_or(0));
    let at = |minute: usize| played.start.checked_add(minutes(minute)).unwrap_or(played.start);
    let (from, until) = (at(played.scored_from), at(played.units.len()));
    let mut lines = vec![
        wrapped(&format!("{} {}, {}", target.name, target.kind.name(), played.trace), 0),
        wrapped(
            &format!(
                "{} to {} UTC: {} scored after {} of warm-up, at a peak of {} units",
                from.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M"),
                until.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M"),
                days(played.days()),
                days(played.scored_from as f64 / DAY_MINUTES),
                told.peak_units,
            ),
            0,
        ),
    ];
    if target.scaling.forecast.is_none() {
        lines.push(wrapped(
            &format!("{} has no forecast: forecast = {{ mode = \"shadow\" }} is tried.", target.name),
            0,
        ));
    }
    lines
}

fn days(days: f64) -> String {
    let tenths = (days * 10.0).round() / 10.0;
    format!("{tenths} day{}", if (tenths - 1.0).abs() < 0.05 { "" } else { "s" })
}

/// The lines of the table, by the names that a person reads.
fn rows<'a>(told: &Told<'a>) -> Vec<(String, &'a Line)> {
    let all = told.all;
    let fixed = format!("static {}", told.target.scaling.max);
    let mut rows = vec![
        (fixed, &all.fixed),
        ("rules alone".to_owned(), &all.rules),
        ("forecast, shadow".to_owned(), &all.shadow),
        ("forecast, act".to_owned(), &all.act),
    ];
    rows.extend(all.against.as_ref().map(|line| (line.policy.to_owned(), line)));
    rows
}

fn table(told: &Told<'_>) -> String {
    let priced = told.usd_per_hour.is_some();
    let mut header = vec!["", "SHORT", "SEVERE", "CHANGES", "UNIT-HOURS"];
    header.extend(priced.then_some("USD"));
    header.extend(["SAVED", "Q"]);
    let columns = header.len();
    let mut table = plain_table();
    table.add_row(header);
    for (name, line) in rows(told) {
        let mut cells = vec![
            name,
            format!("{}m", line.violation_minutes),
            format!("{}m", line.severe_minutes),
            line.actions.to_string(),
            format!("{:.1}", line.unit_hours),
        ];
        cells.extend(told.usd(line.unit_hours).map(|usd| format!("${usd:.2}")));
        cells.push(told.saved(line).map_or_else(String::new, |saved| format!("{saved:.0}%")));
        cells.push(format!("{:.3}", line.q));
        table.add_row(cells);
    }
    for column in 1..columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// How far the seeds lie apart, where there are several.
fn spread(told: &Told<'_>) -> Vec<String> {
    if told.seeds < 2 {
        return Vec::new();
    }
    let all = told.all;
    let of = |(name, line): (&str, &Line)| {
        format!("Seeds, {name}: Q {:.3} to {:.3} in {}.", line.q_low, line.q_high, told.seeds)
    };
    let rival = all.against.as_ref().map(|line| (line.policy, line));
    [("rules", &all.rules), ("forecast", &all.act)].into_iter().chain(rival).map(of).collect()
}

/// Of the product's lines; of the shadow only where it is another one than the rules'.
fn short_by(told: &Told<'_>) -> Vec<String> {
    let all = told.all;
    let of = |name: &str, line: &Line| {
        let by = line.short_by;
        let sentence = format!(
            "Short, {name}: at the maximum {}m, creating {}m, late {}m, injected {}m.",
            by.maximum, by.creating, by.late, by.injected
        );
        wrapped(&sentence, 0)
    };
    let mut lines = vec![of("rules", &all.rules)];
    if all.shadow.short_by != all.rules.short_by {
        lines.push(of("shadow", &all.shadow));
    }
    lines.push(of("forecast", &all.act));
    lines
}

fn quarter_hour(quarter: &QuarterHour) -> Vec<String> {
    let code = quarter.said.as_ref().map_or("-", |said| said.reason);
    let head = format!(
        "{} {}  {}m short, {:.1} billed, {:.1} needed  {code}",
        day(quarter.from),
        clock(quarter.from),
        quarter.violation_minutes,
        quarter.unit_minutes / MINUTES,
        quarter.needed_unit_minutes / MINUTES,
    );
    let mut lines = vec![wrapped(&head, 0)];
    if let Some(said) = &quarter.said {
        let of_the_day = day(said.at) == day(quarter.from);
        let at = if of_the_day { clock(said.at) } else { format!("{} {}", day(said.at), clock(said.at)) };
        lines.push(wrapped(&format!("{at}  {}", said.detail), 2));
    }
    lines
}

fn ending(told: &Told<'_>) -> String {
    let (rules, act) = (told.all.rules.q, told.all.act.q);
    if told.lost() {
        format!("Lost to the rules: Q {act:.3} with the forecast, {rules:.3} without it.")
    } else if act < rules {
        format!("Won against the rules: Q {act:.3} with the forecast, {rules:.3} without it.")
    } else {
        format!("No difference: Q {act:.3} with the forecast and without it.")
    }
}

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%a %-d %b").to_string()
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M").to_string()
}

/// A sentence in lines of the page's width, all of them indented by so much.
fn wrapped(sentence: &str, indent: u16) -> String {
    let mut table = plain_table();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.add_row([sentence]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((indent, 0));
    }
    table.trim_fmt()
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_policy::policy::Forecast;
    use tidegate_simulator::compare::Played;
    use tidegate_simulator::compare::backtest::{Backtested, ShortBy};
    use tidegate_simulator::run::Said;
    use tidegate_simulator::split::Split;

    const POLICY: &str = "[[target]]\nname = 'api'\nkind = 'ecs-service'\ncluster = 'prod'\nservice = 'api'\n\
        min = 1\nmax = 100\nscale_out = ['cpu > 75% for 2m']\nforecast = { mode = 'act' }\n";

    /// As wide as figures become.
    fn line(policy: &'static str, q: f64) -> Line {
        Line {
            policy,
            seed: 1,
            unit_hours: 144_000.0,
            violation_minutes: 86_400,
            severe_minutes: 86_400,
            actions: 10_000,
            reversals: 1_000,
            violation_causes: Split::default(),
            short_by: ShortBy { maximum: 10_000, creating: 20_000, late: 30_000, injected: 26_400 },
            q,
            q_low: 10.11,
            q_high: 99.99,
            invariant_violations: 0,
        }
    }

    fn told(rules: f64, act: f64) -> String {
        let at = "2026-03-02T08:15:00Z".parse().unwrap();
        let said = Said {
            at,
            reason: "drain_cancelled_deadline",
            detail: "a long sentence with numbers; ".repeat(5),
        };
        let quarter = QuarterHour {
            from: at,
            unit_minutes: 1_500.0,
            needed_unit_minutes: 1_499.0,
            violation_minutes: 15,
            avoidable_minutes: 15,
            cost: 451.0,
            said: Some(said),
        };
        let all = Backtested {
            fixed: line("maximum", 20.0),
            rules: line("rules", rules),
            shadow: Line {
                short_by: ShortBy { late: 30_001, ..line("", 0.0).short_by },
                ..line("shadow", rules)
            },
            act: Line { unit_hours: 14_400.0, ..line("act", act) },
            against: Some(line("aws-pred-60-20", 12.0)),
            costliest: vec![quarter.clone(), QuarterHour { said: None, ..quarter }],
            learned: None,
        };
        let policy = crate::load::parse("p.toml".as_ref(), POLICY).unwrap();
        let units = vec![1.0; 10 * 1440];
        let played = Played { trace: "load.csv".to_owned(), start: at, units, scored_from: 7 * 1440 };
        report(&Told {
            file: "p.toml".as_ref(),
            target: &policy.targets[0],
            played: &played,
            peak_units: 5.6,
            seeds: 3,
            usd_per_hour: Some(1.0),
            forecast: Forecast::USUAL,
            all: &all,
        })
    }

    #[test]
    fn everything_fits_into_eighty_columns() {
        let told = told(12.0, 11.0);
        for line in told.lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", line.chars().count());
        }
        assert!(
            told.contains("api ecs-service, load.csv\n9 Mar 2026 08:15 to 12 Mar 2026 08:15 UTC: 3 days")
        );
        // No other fleet is saved against itself, and the shadow is told where it is another one.
        for row in [
            "static 100 ",
            "aws-pred-60-20 ",
            "Seeds, aws-pred-60-20: Q 10.110 to 99.990 in 3.",
            "Short, shadow: at the maximum 10000m, creating ",
        ] {
            assert!(told.lines().any(|line| line.starts_with(row)), "{row}: {told}");
        }
        assert!(told.contains(" 90%  11.000\n"), "{told}");
        assert!(!told.contains("is tried"), "{told}");
    }

    #[test]
    fn the_last_line_says_who_won() {
        let last = |rules, act| told(rules, act).lines().last().unwrap().to_owned();
        assert_eq!(last(1.2, 1.1), "Won against the rules: Q 1.100 with the forecast, 1.200 without it.");
        assert_eq!(last(1.1, 1.2), "Lost to the rules: Q 1.200 with the forecast, 1.100 without it.");
        assert_eq!(last(1.1, 1.1), "No difference: Q 1.100 with the forecast and without it.");
    }
}
