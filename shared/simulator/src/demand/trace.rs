//! Traces of real load: CSV in, demand out, or every problem at once with its line and its mend.
//!
//! A trace is `timestamp,value` at a regular step. It becomes one value a minute, and is scaled so that its 99.5th percentile is a given number of unit capacities.

use std::fmt;

use csv::{ByteRecord, ReaderBuilder};
use jiff::{SignedDuration, Timestamp};
use tidegate_policy::units::friendly;

use super::{Demand, LONGEST_DAYS, minutes_of_days, per_mille};

/// What the first line must say.
const HEADER: [&str; 2] = ["timestamp", "value"];

/// Gaps of up to this many missing rows are filled, whatever the step.
const FILLED_ROWS: i64 = 3;

/// Gaps of up to this long are filled, however many rows are missing.
const FILLED_SECONDS: i64 = 3600;

/// How many kinds of problems are printed; the others are counted.
const PRINTED_PROBLEMS: usize = 20;

/// Of problems alike the first is printed, with the lines of so many others.
const NAMED_LINES: usize = 3;

/// A trace that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// One value a minute. It begins with the whole minute that holds the first row.
    pub demand: Demand,
    /// The time from row to row.
    pub step: SignedDuration,
    /// The gaps that were filled with a straight line between their ends; a person should be told.
    pub filled: Vec<Gap>,
}

/// Rows that were missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The line of the row that ends it.
    pub line: u64,
    /// How many rows were missing.
    pub rows: i64,
}

/// Everything that is wrong with a trace. Printed with the file's name and line, those alike in one line, at most 20 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The file, as it was named.
    pub file: String,
    /// In the order of the file; never empty.
    pub problems: Vec<TraceProblem>,
}

/// One thing wrong with a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceProblem {
    /// From 1; the header is line 1.
    pub line: u64,
    /// What is wrong, and what to do.
    pub message: String,
}

impl std::error::Error for TraceError {}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<(String, Vec<&TraceProblem>)> = Vec::new();
        for problem in &self.problems {
            let kind = kind_of(&problem.message);
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, alike)) => alike.push(problem),
                None => kinds.push((kind, vec![problem])),
            }
        }
        for (index, (_, alike)) in kinds.iter().take(PRINTED_PROBLEMS).enumerate() {
            let [first, others @ ..] = alike.as_slice() else { continue };
            let newline = if index > 0 { "\n" } else { "" };
            write!(f, "{newline}{}:{}: {}", self.file, first.line, first.message)?;
            let lines: Vec<String> =
                others.iter().take(NAMED_LINES).map(|problem| problem.line.to_string()).collect();
            match (others.len(), lines.join(", ")) {
                (0, _) => {}
                (1, line) => write!(f, " (and 1 more like it, on line {line})")?,
                (more, lines) => {
                    let rest = if more > NAMED_LINES { " and so on" } else { "" };
                    write!(f, " (and {more} more like it, on lines {lines}{rest})")?;
                }
            }
        }
        match kinds.get(PRINTED_PROBLEMS..) {
            None | Some([]) => Ok(()),
            Some(kinds) => {
                let more: usize = kinds.iter().map(|(_, alike)| alike.len()).sum();
                write!(f, "\n{}: and {more} more", self.file)
            }
        }
    }
}

/// A message without what differs from row to row: what is quoted, and numbers.
fn kind_of(message: &str) -> String {
    let unquoted: String = message.split('`').step_by(2).collect();
    unquoted.chars().filter(|character| !character.is_ascii_digit()).collect()
}

/// Reads a trace; `file` is how it is named in errors, `scenario` in the demand.
///
/// - The header is `timestamp,value`; timestamps are RFC 3339 (`2026-03-02T08:00:00Z`), ascending, at one regular step; values are finite and not negative.
/// - Gaps of up to three rows or one hour, whichever is longer, are filled with a straight line and reported in [`Trace::filled`]; a longer gap is an error.
/// - A step of a minute or more: minutes between rows lie on a straight line, and the last row's value stands for its whole step.
///   A shorter step: a minute is the mean of its rows.
/// - The values are scaled so that their 99.5th percentile ([`per_mille`], over minutes) is `peak_units`.
///
/// # Errors
/// Every problem found, in the order of the file.
pub fn read(file: &str, scenario: &str, bytes: &[u8], peak_units: f64) -> Result<Trace, TraceError> {
    let mut problems = Vec::new();
    let trace = rows(bytes, &mut problems).and_then(|rows| grid(&rows, &mut problems)).and_then(
        |(rows, step, filled)| {
            let (start, minutes) = minutes(&rows, step, &mut problems)?;
            let units = scaled(minutes, peak_units, &mut problems)?;
            let demand = Demand::new(scenario, start, units);
            Some(Trace { demand, step: SignedDuration::from_secs(step), filled })
        },
    );
    match trace {
        Some(trace) if problems.is_empty() => Ok(trace),
        _ => {
            problems.sort_by_key(|problem| problem.line);
            Err(TraceError { file: file.to_owned(), problems })
        }
    }
}

/// One sound row.
#[derive(Clone, Copy, Debug)]
struct Row {
    line: u64,
    second: i64,
    value: f64,
}

/// The rows that can be read; the others become problems.
fn rows(bytes: &[u8], problems: &mut Vec<TraceProblem>) -> Option<Vec<Row>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut rows = Vec::new();
    let mut header_seen = false;
    let mut lines = Lines { bytes, counted: 0, line: 1 };
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = lines.at(error.position());
                problems.push(TraceProblem { line, message: format!("this is no CSV: {error}") });
                return None;
            }
        }
        let line = lines.at(record.position());
        let fields: Vec<String> =
            record.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect();
        if !header_seen {
            header_seen = true;
            if fields == HEADER {
                continue;
            }
            problems.push(TraceProblem {
                line,
                message: format!(
                    "the first line must be the header `{}`, and is `{}`: put the header above the rows",
                    HEADER.join(","),
                    shortened(&fields.join(","))
                ),
            });
            // Without a header the first line may be a row; with a wrong one it is not worth a second message.
            if let Ok(row) = row(line, &fields) {
                rows.push(row);
            }
            continue;
        }
        match row(line, &fields) {
            Ok(row) => rows.push(row),
            Err(message) => problems.push(TraceProblem { line, message }),
        }
    }
    if !header_seen {
        problems.push(TraceProblem {
            line: 1,
            message: format!("the file is empty: it needs the header `{}` and rows", HEADER.join(",")),
        });
        return None;
    }
    Some(rows)
}

/// Counts lines as editors do. The reader's own count misses the ends of Windows lines and of empty ones.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a record, the first at or after this position; records come in the order of the file.
    fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let at = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0);
        while let Some(byte) = self.bytes.get(self.counted) {
            // The reader skips what is left of the last line's end, and empty lines, only when it reads on.
            if self.counted >= at && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            let ends = *byte == b'\n' || (*byte == b'\r' && self.bytes.get(self.counted + 1) != Some(&b'\n'));
            self.line += u64::from(ends);
            self.counted += 1;
        }
        self.line
    }
}

/// One row, or what is wrong with it.
fn row(line: u64, fields: &[String]) -> Result<Row, String> {
    let [timestamp, value] = fields else {
        return Err(format!("a row has 2 columns, `timestamp,value`; this one has {}", fields.len()));
    };
    let second = match timestamp.parse::<Timestamp>() {
        Ok(timestamp) if timestamp.subsec_nanosecond() == 0 => timestamp.as_second(),
        Ok(_) => {
            return Err(format!("the time `{timestamp}` has a fraction of a second: write whole seconds"));
        }
        Err(_) if timestamp.is_empty() => {
            return Err(
                "the time is empty: write it in RFC 3339 with a zone, as 2026-03-02T08:00:00Z".to_owned()
            );
        }
        Err(_) => {
            return Err(format!(
                "`{}` is no RFC 3339 time with a zone: write it as 2026-03-02T08:00:00Z",
                shortened(timestamp)
            ));
        }
    };
    if value.is_empty() {
        return Err(
            "the value is empty, and empty is not zero: leave the row out, short gaps are filled".to_owned()
        );
    }
    match value.parse::<f64>() {
        Ok(number) if !number.is_finite() => Err(format!(
            "the value `{value}` is not a finite number: leave the row out, short gaps are filled"
        )),
        Ok(number) if number < 0.0 => {
            Err(format!("the value `{value}` is negative, and load never is: mend or leave out the row"))
        }
        // Adding a positive zero makes one of a negative one.
        Ok(number) => Ok(Row { line, second, value: number + 0.0 }),
        Err(_) => Err(format!("`{}` is no number: write it as 12.5", shortened(value))),
    }
}

/// Checks order and step, and fills short gaps: rows at an exact step, the step in seconds, and what was filled.
fn grid(rows: &[Row], problems: &mut Vec<TraceProblem>) -> Option<(Vec<Row>, i64, Vec<Gap>)> {
    let mut ascending: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        match ascending.last() {
            Some(last) if row.second == last.second => problems.push(TraceProblem {
                line: row.line,
                message: format!("the same time as line {}: keep one of the two", last.line),
            }),
            Some(last) if row.second < last.second => problems.push(TraceProblem {
                line: row.line,
                message: format!("earlier than line {}: sort the rows by time", last.line),
            }),
            _ => ascending.push(*row),
        }
    }
    let [first, _, ..] = ascending.as_slice() else {
        // Rows that could not be read have been told of already.
        if problems.is_empty() {
            let line = ascending.first().map_or(2, |row| row.line);
            let message = match ascending.len() {
                0 => "there are no rows: a trace needs at least two, at a regular step",
                _ => "there is one row only: a trace needs at least two, at a regular step",
            };
            problems.push(TraceProblem { line, message: message.to_owned() });
        }
        return None;
    };

    let step = usual_step(&ascending)?;
    // Before gaps are filled: what is filled must be bounded too.
    let seconds = ascending.last().map_or(0, |last| last.second - first.second) + step;
    if !i64::try_from(minutes_of_days(LONGEST_DAYS)?).is_ok_and(|longest| seconds <= longest * 60) {
        problems.push(TraceProblem {
            line: ascending.last().map_or(2, |row| row.line),
            message: format!(
                "the trace lasts {}, more than {LONGEST_DAYS} days: cut it",
                friendly(SignedDuration::from_secs(seconds))
            ),
        });
        return None;
    }
    let told = friendly(SignedDuration::from_secs(step));
    let mut filled = Vec::new();
    let mut even = vec![*first];
    for pair in ascending.windows(2) {
        let &[before, after] = pair else { continue };
        let seconds = after.second - before.second;
        let steps = seconds / step;
        let missing = steps - 1;
        let wide = || friendly(SignedDuration::from_secs(seconds));
        if seconds % step != 0 {
            problems.push(TraceProblem {
                line: after.line,
                message: format!(
                    "{} after line {}, where the step is {told}: resample the trace to a regular step",
                    wide(),
                    before.line
                ),
            });
        } else if missing > FILLED_ROWS && seconds - step > FILLED_SECONDS {
            problems.push(TraceProblem {
                line: after.line,
                message: format!(
                    "a gap of {} after line {}: up to {FILLED_ROWS} rows or 1h are filled, this is for a person: \
                     cut the trace there or fill it yourself",
                    wide(),
                    before.line
                ),
            });
        } else if missing > 0 {
            filled.push(Gap { line: after.line, rows: missing });
            even.extend((1..steps).map(|index| Row {
                line: after.line,
                second: before.second + index * step,
                value: line_between(before.value, after.value, index as f64 / steps as f64),
            }));
        }
        even.push(after);
    }
    problems.is_empty().then_some((even, step, filled))
}

/// The most frequent time from row to row, in seconds; the shortest of several.
fn usual_step(ascending: &[Row]) -> Option<i64> {
    let mut steps: Vec<i64> =
        ascending.windows(2).filter_map(|pair| Some(pair.get(1)?.second - pair.first()?.second)).collect();
    steps.sort_unstable();
    let mut best: Option<(usize, i64)> = None;
    for run in steps.chunk_by(|a, b| a == b) {
        if best.is_none_or(|(count, _)| run.len() > count) {
            best = run.first().map(|step| (run.len(), *step));
        }
    }
    best.map(|(_, step)| step)
}

/// One value a minute, and when the first begins.
fn minutes(even: &[Row], step: i64, problems: &mut Vec<TraceProblem>) -> Option<(Timestamp, Vec<f64>)> {
    let (first, last) = (even.first()?, even.last()?);
    let seconds = last.second - first.second + step;
    let count = usize::try_from(seconds / 60).ok()?;
    if count == 0 {
        problems.push(TraceProblem {
            line: last.line,
            message: "the trace is shorter than a minute: it needs more rows".to_owned(),
        });
        return None;
    }
    let start = Timestamp::from_second(first.second.div_euclid(60) * 60).ok()?;
    let values = if step < 60 {
        // Rows a minute need not be the same number: 7 s does not divide 60 s.
        even.chunk_by(|a, b| (a.second - first.second) / 60 == (b.second - first.second) / 60)
            .map(|rows| rows.iter().map(|row| row.value / rows.len() as f64).sum())
            .take(count)
            .collect()
    } else {
        let mut rows = even.windows(2).map_while(|pair| Some((pair.first()?, pair.get(1)?)));
        let mut between = rows.next();
        (0_i64..)
            .take(count)
            .map(|minute| {
                let second = first.second + minute * 60;
                while between.is_some_and(|(_, after)| after.second <= second) {
                    between = rows.next();
                }
                between.map_or(last.value, |(before, after)| {
                    line_between(before.value, after.value, (second - before.second) as f64 / step as f64)
                })
            })
            .collect()
    };
    Some((start, values))
}

/// Scales values so that their 99.5th percentile is `peak_units`.
fn scaled(mut values: Vec<f64>, peak_units: f64, problems: &mut Vec<TraceProblem>) -> Option<Vec<f64>> {
    let high = per_mille(&values, 995)?;
    for value in &mut values {
        *value = *value / high * peak_units;
    }
    if high > 0.0 && values.iter().all(|value| value.is_finite()) {
        return Some(values);
    }
    problems.push(TraceProblem {
        line: 2,
        message: format!(
            "the 99.5th percentile of the values is {high}, which cannot be scaled to {peak_units} units: \
             take a trace with load in it"
        ),
    });
    None
}

/// The point at `fraction` of the way; exact at 0 and finite between finite ends.
fn line_between(from: f64, to: f64, fraction: f64) -> f64 {
    from + (to - from) * fraction
}

/// Enough of a field to find it, and no more than fits on a line.
fn shortened(text: &str) -> String {
    let clean: String = text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(40).is_some() { format!("{clean}...") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::DEFAULT_PEAK_UNITS;
    use proptest::prelude::*;

    fn read_text(text: &str) -> Result<Trace, TraceError> {
        read("load.csv", "load", text.as_bytes(), DEFAULT_PEAK_UNITS)
    }

    fn trouble(text: &str) -> String {
        read_text(text).unwrap_err().to_string()
    }

    /// One-minute rows from 08:00, one for each value; `-` is a missing row.
    fn rows_of(values: &str) -> String {
        let rows = values.split_whitespace().enumerate().filter(|(_, value)| *value != "-");
        let rows: String =
            rows.map(|(minute, value)| format!("2026-03-02T08:{minute:02}:00Z,{value}\n")).collect();
        format!("timestamp,value\n{rows}")
    }

    /// Shares of the largest value, which is easier on the eye than units.
    fn shares(trace: &Trace) -> Vec<f64> {
        let most = trace.demand.units.iter().copied().fold(0.0, f64::max);
        trace.demand.units.iter().map(|units| (units / most * 100.0).round() / 100.0).collect()
    }

    #[test]
    fn one_minute_rows_are_taken_as_they_are() {
        let trace = read_text(&rows_of("1 2 3 4")).unwrap();
        assert_eq!(trace.demand.start.to_string(), "2026-03-02T08:00:00Z");
        assert_eq!(shares(&trace), [0.25, 0.5, 0.75, 1.0]);
        assert_eq!((trace.step, trace.filled.len()), (SignedDuration::from_mins(1), 0));
    }

    #[test]
    fn the_99_5th_percentile_becomes_the_peak() {
        let values: Vec<String> = (0..=59).map(|value| value.to_string()).collect();
        let trace = read_text(&rows_of(&values.join(" "))).unwrap();
        let peak = per_mille(&trace.demand.units, 995).unwrap();
        assert!((peak - DEFAULT_PEAK_UNITS).abs() < 1e-9, "{peak}");
    }

    #[test]
    fn wider_steps_are_a_straight_line_and_the_last_value_stands_for_its_step() {
        let text =
            "timestamp,value\n2026-03-02T08:00:00Z,0\n2026-03-02T08:05:00Z,100\n2026-03-02T08:10:00Z,50\n";
        let trace = read_text(text).unwrap();
        assert_eq!(
            shares(&trace),
            [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5]
        );
    }

    #[test]
    fn shorter_steps_are_a_mean() {
        let rows: String =
            (0..8).map(|i| format!("2026-03-02T08:{:02}:{:02}Z,{}\n", i / 4, i % 4 * 15, i)).collect();
        let trace = read_text(&format!("timestamp,value\n{rows}")).unwrap();
        assert_eq!(shares(&trace), [0.27, 1.0]);
    }

    #[test]
    fn short_gaps_are_filled_and_told() {
        let trace = read_text(&rows_of("1 2 - - - 6 7")).unwrap();
        assert_eq!(trace.demand.units.len(), 7);
        assert_eq!(shares(&trace), [0.14, 0.29, 0.43, 0.57, 0.71, 0.86, 1.0]);
        assert_eq!(trace.filled, [Gap { line: 4, rows: 3 }]);
    }

    #[test]
    fn an_hour_is_filled_and_more_is_not() {
        let once = |end: &str| {
            format!(
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00Z,1\n2026-03-02T{end}:00Z,1\n"
            )
        };
        assert_eq!(read_text(&once("09:02")).unwrap().filled, [Gap { line: 4, rows: 60 }]);
        assert_eq!(
            trouble(&once("09:03")),
            "load.csv:4: a gap of 1h2m after line 3: up to 3 rows or 1h are filled, this is for a person: cut the trace there or fill it yourself"
        );
    }

    #[test]
    fn a_trace_begins_on_a_whole_minute() {
        let trace = read_text("timestamp,value\n2026-03-02T08:00:30Z,1\n2026-03-02T08:01:30Z,2\n").unwrap();
        assert_eq!(trace.demand.start.to_string(), "2026-03-02T08:00:00Z");
        assert_eq!(trace.demand.units.len(), 2);
    }

    #[test]
    fn each_kind_of_trouble_names_its_line_and_its_mend() {
        let cases = [
            ("", "load.csv:1: the file is empty: it needs the header `timestamp,value` and rows"),
            (
                "timestamp,value\n",
                "load.csv:2: there are no rows: a trace needs at least two, at a regular step",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n",
                "load.csv:2: there is one row only: a trace needs at least two, at a regular step",
            ),
            (
                "2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00Z,1\n",
                "load.csv:1: the first line must be the header `timestamp,value`, and is `2026-03-02T08:00:00Z,1`: put the header above the rows",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00Z,1,2\n",
                "load.csv:3: a row has 2 columns, `timestamp,value`; this one has 3",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02 08:01,1\n",
                "load.csv:3: `2026-03-02 08:01` is no RFC 3339 time with a zone: write it as 2026-03-02T08:00:00Z",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n,1\n",
                "load.csv:3: the time is empty: write it in RFC 3339 with a zone, as 2026-03-02T08:00:00Z",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00.5Z,1\n",
                "load.csv:3: the time `2026-03-02T08:01:00.5Z` has a fraction of a second: write whole seconds",
            ),
            (
                &rows_of("1 NaN 1"),
                "load.csv:3: the value `NaN` is not a finite number: leave the row out, short gaps are filled",
            ),
            (
                &rows_of("1 inf 1"),
                "load.csv:3: the value `inf` is not a finite number: leave the row out, short gaps are filled",
            ),
            (
                &rows_of("1 -2 1"),
                "load.csv:3: the value `-2` is negative, and load never is: mend or leave out the row",
            ),
            (&rows_of("1 many 1"), "load.csv:3: `many` is no number: write it as 12.5"),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:01:00Z,\n",
                "load.csv:3: the value is empty, and empty is not zero: leave the row out, short gaps are filled",
            ),
            (
                "timestamp,value\n2026-03-02T08:01:00Z,1\n2026-03-02T08:00:00Z,1\n2026-03-02T08:02:00Z,1\n",
                "load.csv:3: earlier than line 2: sort the rows by time",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:00:00Z,2\n2026-03-02T08:01:00Z,1\n",
                "load.csv:3: the same time as line 2: keep one of the two",
            ),
            (
                "timestamp,value\n2026-03-02T08:00:00Z,1\n2026-03-02T08:02:00Z,1\n2026-03-02T08:04:00Z,1\n2026-03-02T08:07:00Z,1\n",
                "load.csv:5: 3m after line 4, where the step is 2m: resample the trace to a regular step",
            ),
            (
                "timestamp,value\n2020-03-02T08:00:00Z,1\n2026-03-02T08:00:00Z,1\n",
                "load.csv:3: the trace lasts 4382d, more than 400 days: cut it",
            ),
            (
                &rows_of("0 0 0"),
                "load.csv:2: the 99.5th percentile of the values is 0, which cannot be scaled to 5.6 units: take a trace with load in it",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(trouble(text), message);
        }
    }

    #[test]
    fn problems_alike_are_told_in_one_line() {
        let told = |count: usize| {
            let rows: String = (0..count).map(|minute| format!("2026-03-02 08:{minute:02},1\n")).collect();
            trouble(&format!("timestamp,value\n{rows}2026-03-02T09:00:00Z,-1\n"))
        };
        let first = "load.csv:2: `2026-03-02 08:00` is no RFC 3339 time with a zone: write it as 2026-03-02T08:00:00Z";
        let negative = |line: usize| {
            format!(
                "\nload.csv:{line}: the value `-1` is negative, and load never is: mend or leave out the row"
            )
        };
        assert_eq!(told(1), format!("{first}{}", negative(3)));
        assert_eq!(told(2), format!("{first} (and 1 more like it, on line 3){}", negative(4)));
        assert_eq!(told(4), format!("{first} (and 3 more like it, on lines 3, 4, 5){}", negative(6)));
        assert_eq!(
            told(9),
            format!("{first} (and 8 more like it, on lines 3, 4, 5 and so on){}", negative(11))
        );
    }

    #[test]
    fn all_problems_are_kept_and_no_more_than_twenty_kinds_printed() {
        let rows = "2026-03-02T08:00:00Z,x\n".repeat(25);
        assert_eq!(read_text(&format!("timestamp,value\n{rows}")).unwrap_err().problems.len(), 25);
        let problems = ('a'..='y').map(|kind| TraceProblem { line: 2, message: kind.to_string() }).collect();
        let printed = TraceError { file: "load.csv".to_owned(), problems }.to_string();
        assert_eq!(printed.lines().count(), 21);
        assert_eq!(printed.lines().last(), Some("load.csv: and 5 more"));
    }

    #[test]
    fn lines_are_counted_as_editors_do() {
        let rows = ["timestamp,value", "2026-01-01T00:00:00Z,1", "2026-01-01T00:01:00Z,x"];
        let line = |text: &str| read_text(text).unwrap_err().problems.first().unwrap().line;
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(line(&rows.join(end)), 3, "{end:?}");
            assert_eq!(line(&format!("\u{feff}{}{end}", rows.join(end))), 3, "{end:?}");
            // An empty line before every row, and two before the first.
            assert_eq!(line(&format!("{end}{}{end}{end}", rows.join(&end.repeat(2)))), 6, "{end:?}");
        }
        let text = format!(
            "{}\r\n2026-01-01T00:01:00Z,2\r\n\r\n\r\n2026-01-01T00:04:00Z,2\r\n",
            rows[..2].join("\r\n")
        );
        assert_eq!(read_text(&text).unwrap().filled, [Gap { line: 6, rows: 2 }]);
        // A line end within quotes is one as well.
        assert_eq!(line("timestamp,value\r\n\"a\r\nb\",1\r\n2026-01-01T00:01:00Z,1,1\r\n"), 2);
        let problems = read_text("timestamp,value\r\n\"a\r\nb\",1\r\nc,1\r\n").unwrap_err().problems;
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn a_mark_of_byte_order_and_windows_line_ends_are_no_trouble() {
        let text = format!("\u{feff}{}", rows_of("1 2 3").replace('\n', "\r\n"));
        assert_eq!(read_text(&text).unwrap().demand.units.len(), 3);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = read("x", "x", &bytes, 5.6);
        }

        #[test]
        fn no_rows_make_it_panic_and_what_is_read_is_finite(
            rows in proptest::collection::vec(("[0-9]{4}-0[1-3]-0[1-9]T0[0-9]:[0-5][0-9]:(00|30)Z|[ -~]{0,9}", "[0-9]{1,3}|-?1e[0-9]{1,3}|[ -~]{0,4}"), 0..20),
        ) {
            let rows: String = rows.iter().map(|(time, value)| format!("{time},{value}\n")).collect();
            if let Ok(trace) = read("x", "x", format!("timestamp,value\n{rows}").as_bytes(), 5.6) {
                prop_assert!(trace.demand.units.iter().all(|units| units.is_finite() && *units >= 0.0));
            }
        }

        #[test]
        fn regular_rows_are_read_whatever_the_step(step in 1_i64..4000, count in 62_usize..200) {
            let rows: String = (0_i64..).take(count).map(|index| {
                let at = Timestamp::from_second(1_772_409_600 + index * step).unwrap();
                format!("{at},{}\n", index + 1)
            }).collect();
            let trace = read("x", "x", format!("timestamp,value\n{rows}").as_bytes(), 5.6).unwrap();
            prop_assert_eq!(trace.demand.units.len() as i64, count as i64 * step / 60);
        }
    }
}
