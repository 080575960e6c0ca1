//! What a forecast had expected of each minute when an order could still be in time: the band in which the need was to lie.

use tidegate_policy::forecast::need::Expected;
use tidegate_simulator::document::Frame;

use super::super::chart::{BAND, BAND_EDGE, HALF, Plane, Size, Span, line, surfaces};

/// A point of the band each so many pixels: more say nothing, and each chart has four edges.
const PIXELS_A_POINT: usize = 4;

/// One edge: minutes and work.
type Edge = Vec<(f64, f64)>;

/// A stretch of minutes of which something was expected.
#[derive(Debug, PartialEq)]
struct Stretch {
    low: Edge,
    high: Edge,
}

/// Whether anything was expected at all.
pub(super) fn is_there(frames: &[Frame]) -> bool {
    frames.iter().any(|frame| frame.expected.is_some())
}

/// The most that was expected, for the scale of a chart that is not to be drawn for it alone: what half of the minutes stay within.
pub(super) fn highest(frames: &[Frame]) -> f64 {
    frames.iter().filter_map(|frame| frame.expected).map(|expected| expected.half.1).fold(0.0, f64::max)
}

/// The surfaces, below everything else; `top` is the height of the plane.
pub(super) fn surface(
    plane: &mut Plane<'_, '_>,
    frames: &[Frame],
    span: Span,
    size: Size,
    top: f64,
) -> Result<(), String> {
    let outlines = |of: fn(&Expected) -> (f64, f64)| {
        let outline = |Stretch { mut low, high }: Stretch| {
            low.extend(high.into_iter().rev());
            low
        };
        stretches(frames, span, size, top, of).into_iter().map(outline).collect()
    };
    surfaces(plane, outlines(|expected| expected.most), BAND)?;
    surfaces(plane, outlines(|expected| expected.half), HALF)
}

/// The outer edges, above what is shaded.
pub(super) fn edges(
    plane: &mut Plane<'_, '_>,
    frames: &[Frame],
    span: Span,
    size: Size,
    top: f64,
) -> Result<(), String> {
    for Stretch { low, high } in stretches(frames, span, size, top, |expected| expected.most) {
        line(plane, low, BAND_EDGE, 1)?;
        line(plane, high, BAND_EDGE, 1)?;
    }
    Ok(())
}

/// How the legend says it.
pub(super) const LEGEND: [(&str, &str); 2] = [
    ("half", "what the forecast expected when an order was still in time: half of the minutes"),
    ("band", "95% of them"),
];

/// What to see in it.
pub(super) const SEE: &str = "The band is what was expected when an order for that minute was last in time. The forecast tells whole members apart: \
    within the first one the band says nothing.";

/// Of each few pixels the least and the most; a minute of which nothing was expected ends a stretch.
fn stretches(
    frames: &[Frame],
    span: Span,
    size: Size,
    top: f64,
    of: impl Fn(&Expected) -> (f64, f64),
) -> Vec<Stretch> {
    let every = (frames.len() * PIXELS_A_POINT).div_ceil(size.columns()).max(1);
    let known = |frame: &Frame| frame.expected.is_some();
    let stretches = frames.chunk_by(|a, b| known(a) == known(b)).filter(|stretch| stretch.iter().all(known));
    let stretch = |frames: &[Frame]| {
        let mut stretch = Stretch { low: Vec::new(), high: Vec::new() };
        let ends = frames.len().div_ceil(every).saturating_sub(1);
        for (nth, chunk) in frames.chunks(every).enumerate() {
            let of_chunk = || chunk.iter().filter_map(|frame| frame.expected.as_ref()).map(&of);
            let low = of_chunk().map(|(low, _)| low).fold(f64::INFINITY, f64::min).min(top);
            let high = of_chunk().map(|(_, high)| high).fold(0.0, f64::max).min(top);
            // The first point stands where the stretch begins, the last where it ends, the others in their middle.
            let place = if nth == 0 {
                0
            } else if nth == ends {
                chunk.len() - 1
            } else {
                chunk.len() / 2
            };
            let Some(frame) = chunk.get(place) else { continue };
            stretch.low.push((span.minute(frame.at), low));
            stretch.high.push((span.minute(frame.at), high));
        }
        stretch
    };
    stretches.map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> Vec<Frame> {
        crate::fixture::simulation().recording.frames
    }

    #[test]
    fn a_minute_of_which_nothing_was_expected_ends_a_stretch() {
        let mut frames = frames();
        let span = Span::of(&frames).unwrap();
        let of = |frames: &[Frame]| stretches(frames, span, Size::Narrow, 9.0, |expected| expected.most);
        let whole = of(&frames);
        assert_eq!(whole.len(), 1);
        assert_eq!(whole[0].low[0].0, 120.0, "the fixture's forecast begins to speak after two hours");
        assert_eq!(whole[0].low.last().unwrap().0, 1_439.0);
        frames[700].expected = None;
        assert_eq!(of(&frames).len(), 2);
        assert!(is_there(&frames));
        frames.iter_mut().for_each(|frame| frame.expected = None);
        assert!(of(&frames).is_empty() && !is_there(&frames));
    }

    #[test]
    fn an_edge_has_few_points_and_keeps_the_extremes() {
        let mut frames = frames();
        let span = Span::of(&frames).unwrap();
        frames[801].expected.as_mut().unwrap().most = (0.01, 7.0);
        let edges = stretches(&frames, span, Size::Narrow, 9.0, |expected| expected.most);
        assert!(edges[0].high.len() <= 101, "{}", edges[0].high.len());
        assert!(edges[0].high.iter().any(|(_, y)| *y == 7.0) && edges[0].low.iter().any(|(_, y)| *y == 0.01));
        let cut = stretches(&frames, span, Size::Narrow, 5.0, |expected| expected.most);
        assert!(cut[0].high.iter().all(|(_, y)| *y <= 5.0));
    }
}
