//! The ground that every chart is drawn on: sizes, the clock axis, and colours that the page's style sheet decides.
//!
//! plotters writes colours as attributes. The ones here are names, not colours: `style.css` maps each to a variable, so that a
//! chart follows the reader's dark or light theme.

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use tidegate_simulator::document::{Frame, Stage};

/// A chart that could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the chart `{chart}` could not be drawn: {reason}")]
pub(crate) struct ChartError {
    chart: &'static str,
    reason: String,
}

/// Text and the desired line.
pub(crate) const INK: RGBColor = RGBColor(0, 0, 1);
/// Labels of axes.
pub(crate) const SOFT: RGBColor = RGBColor(0, 0, 2);
/// Lines of the grid.
pub(crate) const GRID: RGBColor = RGBColor(0, 0, 3);
/// Dashed: a threshold of the policy.
pub(crate) const THRESHOLD: RGBColor = RGBColor(0, 0, 4);
/// Dashed: how many members are wanted.
pub(crate) const DESIRED: RGBColor = RGBColor(0, 0, 5);
/// Demand, the busiest replica, memory.
pub(crate) const WARM: RGBColor = RGBColor(0, 0, 6);
/// Capacity, the primary, and what is measured of tasks.
pub(crate) const COOL: RGBColor = RGBColor(0, 0, 7);
/// Minutes in violation.
pub(crate) const VIOLATION: RGBColor = RGBColor(0, 0, 8);
/// Minutes in severe violation.
pub(crate) const SEVERE: RGBColor = RGBColor(0, 0, 9);
/// Something that the scenario does.
pub(crate) const WORLD: RGBColor = RGBColor(0, 1, 1);
/// Tasks that run.
pub(crate) const RUNNING: RGBColor = RGBColor(0, 3, 0);
/// Tasks that run on Spot.
pub(crate) const SPOT: RGBColor = RGBColor(0, 3, 1);
/// Tasks that start.
pub(crate) const PENDING: RGBColor = RGBColor(0, 3, 2);
/// The minimum and the maximum in force.
pub(crate) const BOUND: RGBColor = RGBColor(0, 3, 3);
/// A planned event.
pub(crate) const EVENT: RGBColor = RGBColor(0, 3, 4);
/// A deployment.
pub(crate) const DEPLOYING: RGBColor = RGBColor(0, 3, 5);
/// CloudWatch is silent.
pub(crate) const DARK: RGBColor = RGBColor(0, 3, 6);
/// What a forecast expected in 95% of all minutes.
pub(crate) const BAND: RGBColor = RGBColor(0, 3, 7);
/// In half of them.
pub(crate) const HALF: RGBColor = RGBColor(0, 3, 8);
/// Dotted: where the 95% end.
pub(crate) const BAND_EDGE: RGBColor = RGBColor(0, 3, 9);
/// The floor record.
pub(crate) const FLOOR: RGBColor = RGBColor(0, 1, 0);

/// The colour of a stage.
pub(crate) const fn stage_color(stage: Stage) -> RGBColor {
    RGBColor(0, 2, stage_number(stage))
}

/// The number of a stage in the style sheet.
pub(crate) const fn stage_number(stage: Stage) -> u8 {
    match stage {
        Stage::Creating => 0,
        Stage::CatchingUp => 1,
        Stage::Ramping => 2,
        Stage::Serving => 3,
        Stage::Demoted => 4,
        Stage::Draining => 5,
        Stage::Deleting => 6,
        Stage::Failed => 7,
        Stage::Foreign => 8,
    }
}

/// Each chart is drawn twice, and a media query shows one: text that shrinks with its chart is not legible on a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// For a window of 820 px and more.
    Wide,
    /// For anything less.
    Narrow,
}

/// Coordinates of plotters are whole numbers: four of them to a pixel make smooth lines.
const SCALE: u32 = 4;

impl Size {
    /// Both, in the order in which they are written.
    pub(crate) const ALL: [Size; 2] = [Size::Wide, Size::Narrow];

    fn width(self) -> u32 {
        match self {
            Size::Wide => 1160,
            Size::Narrow => 400,
        }
    }

    /// How many labels of the time axis fit.
    fn clock_labels(self) -> usize {
        match self {
            Size::Wide => 13,
            Size::Narrow => 6,
        }
    }

    /// As the style sheet calls it.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Size::Wide => "wide",
            Size::Narrow => "narrow",
        }
    }

    /// How many points of a line can be told apart.
    pub(crate) fn columns(self) -> usize {
        self.width() as usize
    }

    /// About how many characters of a label fit beside each other.
    pub(crate) fn characters(self) -> usize {
        (self.width() as usize - 70) / 8
    }
}

/// Pixels as plotters counts them here.
pub(crate) fn px(pixels: u32) -> u32 {
    pixels * SCALE
}

/// A number of pixels as a coordinate.
pub(crate) fn at(pixels: i32) -> i32 {
    pixels.saturating_mul(4)
}

/// Text of this colour and anchor, 13 pixels high.
pub(crate) fn text_style(color: RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    // The SVG backend divides by 1.24.
    let mut style = TextStyle::from(("sans-serif", f64::from(px(13)) * 1.24).into_font());
    style.color = color.to_backend_color();
    style.pos = Pos::new(horizontal, vertical);
    style
}

/// Where a run lies in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: Timestamp,
    minutes: f64,
}

impl Span {
    /// From the first frame to the end of the last; `None` of nothing.
    pub(crate) fn of(frames: &[Frame]) -> Option<Span> {
        let (first, last) = (frames.first()?, frames.last()?);
        let between = frames.get(frames.len().checked_sub(2)?)?.at;
        let minutes = minutes_between(first.at, last.at) + minutes_between(between, last.at);
        (minutes > 0.0).then_some(Span { start: first.at, minutes })
    }

    /// Minutes from the start of the run.
    pub(crate) fn minute(self, at: Timestamp) -> f64 {
        minutes_between(self.start, at)
    }

    /// The end, in minutes from the start.
    pub(crate) fn end(self) -> f64 {
        self.minutes
    }

    /// How wide a line is, in pixels: days of a month lie so close that a wider one would be a surface.
    pub(crate) fn stroke(self) -> u32 {
        if self.minutes > 14.5 * 1440.0 { 1 } else { 2 }
    }

    /// The time from tick to tick, so that at most `labels` fit: something that a clock shows.
    fn tick_minutes(self, labels: usize) -> f64 {
        const STEPS: [u32; 17] =
            [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440];
        let fits = |step: &f64| self.minutes / step < labels as f64;
        STEPS.into_iter().map(f64::from).find(fits).unwrap_or(56.0 * 1440.0)
    }

    fn ticks(self, labels: usize) -> Vec<f64> {
        let step = self.tick_minutes(labels);
        // From midnight UTC, so that 06:00 is a tick whatever the start.
        let since_midnight = self.start.as_second().rem_euclid(86_400) as f64 / 60.0;
        let first = (since_midnight / step).ceil() * step - since_midnight;
        std::iter::successors(Some(first), |tick| Some(tick + step))
            .take_while(|tick| *tick <= self.minutes)
            .take(200)
            .collect()
    }

    /// `06:00` in a run of a day; `Tue 3` at midnight and `3 Mar` at whole days in a longer one.
    fn label(self, minute: f64, step: f64) -> String {
        let seconds = jiff::SignedDuration::try_from_secs_f64((minute * 60.0).round());
        let Some(at) = seconds.ok().and_then(|seconds| self.start.checked_add(seconds).ok()) else {
            return String::new();
        };
        let at = at.to_zoned(TimeZone::UTC);
        let pattern = if step >= 1440.0 {
            "%-d %b"
        } else if self.minutes > 1500.0 && at.hour() == 0 && at.minute() == 0 {
            "%a %-d"
        } else {
            "%H:%M"
        };
        at.strftime(pattern).to_string()
    }
}

fn minutes_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 60.0
}

/// The time axis.
pub(crate) struct Clock {
    span: Span,
    labels: usize,
}

impl Ranged for Clock {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let width = f64::from(limit.1) - f64::from(limit.0);
        let share = (value / self.span.minutes).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, reason = "between the two limits, which are i32")]
        let coordinate = (f64::from(limit.0) + width * share).round() as i32;
        coordinate
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.span.ticks(self.labels)
    }

    fn range(&self) -> Range<f64> {
        0.0..self.span.minutes
    }
}

/// A chart's plane: minutes to the right, a plain scale upwards.
pub(crate) type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Clock, RangedCoordf64>>;

/// What a chart looks like around its content.
pub(crate) struct Ground {
    /// For errors.
    pub(crate) name: &'static str,
    /// What a screen reader says.
    pub(crate) label: String,
    /// What is measured, with its unit.
    pub(crate) unit: &'static str,
    /// In pixels.
    pub(crate) height: u32,
    /// From and to, upwards.
    pub(crate) scale: Range<f64>,
    /// What the vertical axis says at a value; empty is no label.
    pub(crate) tick: fn(f64) -> String,
    /// About how many lines the grid has; 0 is none.
    pub(crate) ticks: usize,
}

/// Draws a chart: axes and grid from `ground`, then what `content` adds. An `<svg>` element to stand in a page.
pub(crate) fn draw(
    ground: &Ground,
    size: Size,
    span: Span,
    content: impl FnOnce(&mut Plane<'_, '_>) -> Result<(), String>,
) -> Result<Markup, ChartError> {
    let (width, height) = (px(size.width()), px(ground.height));
    let mut svg = String::new();
    let failed = |reason: String| ChartError { chart: ground.name, reason };
    {
        let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        on(&root, ground, size, span, content).map_err(failed)?;
        root.present().map_err(|error| failed(error.to_string()))?;
    }
    // What plotters opens the element with has a size in pixels, which would overrule the page.
    let body = svg
        .split_once("<svg")
        .and_then(|(_, rest)| rest.split_once('>'))
        .and_then(|(_, rest)| rest.rsplit_once("</svg>"))
        .map_or("", |(body, _)| body);
    let view_box = format!("0 0 {width} {height}");
    Ok(html! {
        svg.(size.class()) viewBox=(view_box) role="img" aria-label=(ground.label) { (PreEscaped(body)) }
    })
}

fn on<'b>(
    root: &DrawingArea<SVGBackend<'b>, Shift>,
    ground: &Ground,
    size: Size,
    span: Span,
    content: impl FnOnce(&mut Plane<'_, 'b>) -> Result<(), String>,
) -> Result<(), String> {
    let text = |error: DrawingAreaErrorKind<std::io::Error>| error.to_string();
    let labels = size.clock_labels();
    let step = span.tick_minutes(labels);
    let mut chart = ChartBuilder::on(root)
        .margin_top(px(38))
        .margin_right(px(40))
        .margin_bottom(px(2))
        .x_label_area_size(px(26))
        .y_label_area_size(px(46))
        .build_cartesian_2d(Clock { span, labels }, RangedCoordf64::from(ground.scale.clone()))
        .map_err(text)?;
    let hour = |minute: &f64| span.label(*minute, step);
    let tick = |value: &f64| (ground.tick)(*value);
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(px(1)))
        .axis_style(GRID.stroke_width(px(1)))
        .set_all_tick_mark_size(px(4))
        .label_style(text_style(SOFT, HPos::Left, VPos::Center))
        .x_label_formatter(&hour);
    if ground.ticks == 0 {
        mesh.disable_y_mesh().disable_y_axis().y_labels(0);
    } else {
        mesh.y_labels(ground.ticks).y_label_formatter(&tick);
    }
    mesh.draw().map_err(text)?;
    root.draw(&Text::new(ground.unit, (at(6), at(4)), text_style(SOFT, HPos::Left, VPos::Top)))
        .map_err(text)?;
    content(&mut chart)
}

/// Adds a line.
pub(crate) fn line(
    plane: &mut Plane<'_, '_>,
    points: Vec<(f64, f64)>,
    color: RGBColor,
    pixels: u32,
) -> Result<(), String> {
    plane
        .draw_series(std::iter::once(PathElement::new(points, color.stroke_width(px(pixels)))))
        .map_err(|error| error.to_string())?;
    Ok(())
}

/// Adds filled surfaces.
pub(crate) fn surfaces(
    plane: &mut Plane<'_, '_>,
    outlines: Vec<Vec<(f64, f64)>>,
    color: RGBColor,
) -> Result<(), String> {
    plane
        .draw_series(outlines.into_iter().map(|outline| Polygon::new(outline, color.filled())))
        .map_err(|error| error.to_string())?;
    Ok(())
}

/// Adds a text at a point of the plane, moved by pixels.
pub(crate) fn label(
    plane: &mut Plane<'_, '_>,
    (x, y): (f64, f64),
    (right, down): (i32, i32),
    text: &str,
    color: RGBColor,
) -> Result<(), String> {
    let style = text_style(color, HPos::Left, VPos::Bottom);
    let element = EmptyElement::at((x, y)) + Text::new(text.to_owned(), (at(right), at(down)), style);
    plane.draw_series(std::iter::once(element)).map_err(|error| error.to_string())?;
    Ok(())
}

/// A line that keeps its highs and lows when there are more points than columns.
pub(crate) fn thinned(points: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
    let bucket = points.len().div_ceil(columns.max(1));
    if bucket <= 2 {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(2 * columns);
    for chunk in points.chunks(bucket) {
        let low = chunk.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = chunk.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(low), Some(high)) = (low, high) else { continue };
        kept.extend(if low.0 <= high.0 { [low, high] } else { [high, low] });
    }
    kept
}

/// A value that holds until the next one: corners only where it changes, and an end.
pub(crate) fn stairs(values: impl IntoIterator<Item = (f64, f64)>, end: f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (x, y) in values {
        match corners.last() {
            #[expect(
                clippy::float_cmp,
                reason = "the very same value needs no corner; nothing is decided by it"
            )]
            Some(&(_, last)) if last == y => {}
            Some(&(_, last)) => corners.extend([(x, last), (x, y)]),
            None => corners.push((x, y)),
        }
    }
    if let Some(&(_, last)) = corners.last() {
        corners.push((end, last));
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: &str, minutes: f64) -> Span {
        Span { start: start.parse().unwrap(), minutes }
    }

    #[test]
    fn ticks_fall_on_what_a_clock_shows() {
        let cases = [
            (
                span("2026-03-02T00:00:00Z", 1440.0),
                13,
                "00:00 02:00 04:00 06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00 22:00 00:00",
            ),
            (span("2026-03-02T07:40:00Z", 180.0), 6, "08:00 09:00 10:00"),
            (
                span("2026-03-02T00:00:00Z", 3.0 * 1440.0),
                13,
                "Mon 2 06:00 12:00 18:00 Tue 3 06:00 12:00 18:00 Wed 4 06:00 12:00 18:00 Thu 5",
            ),
            (
                span("2026-03-02T00:00:00Z", 7.0 * 1440.0),
                13,
                "2 Mar 3 Mar 4 Mar 5 Mar 6 Mar 7 Mar 8 Mar 9 Mar",
            ),
        ];
        for (span, labels, expected) in cases {
            let step = span.tick_minutes(labels);
            let told: Vec<String> =
                span.ticks(labels).into_iter().map(|tick| span.label(tick, step)).collect();
            assert_eq!(told.join(" "), expected);
        }
    }

    #[test]
    fn stairs_have_corners_only_where_the_value_changes() {
        let values = [(0.0, 1.0), (1.0, 1.0), (2.0, 3.0), (3.0, 3.0)];
        assert_eq!(stairs(values, 4.0), [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (4.0, 3.0)]);
        assert_eq!(stairs([], 4.0), []);
    }

    #[test]
    fn a_thinned_line_keeps_its_spike() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|x| (f64::from(x), 1.0)).collect();
        points[4321].1 = 9.0;
        let kept = thinned(&points, 400);
        assert!(kept.len() <= 800 && kept.contains(&(4321.0, 9.0)));
        assert!(kept.is_sorted_by(|a, b| a.0 <= b.0));
    }
}
