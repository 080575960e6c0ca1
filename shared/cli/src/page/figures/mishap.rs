//! What the scenario did: a number in the charts, a sentence in their legends.

use tidegate_simulator::document::Document;

use crate::timeline::{EntryKind, clock};

use super::super::chart::{Plane, Size, Span, WORLD, label, line};

/// Something that the scenario did.
pub(super) struct Mishap {
    pub(super) minute: f64,
    pub(super) sentence: String,
}

/// The first so many are marked: more would hide what they are to explain.
const MISHAPS: usize = 12;

pub(super) fn mishaps(document: &Document, span: Span) -> Vec<Mishap> {
    let world = document.timeline.iter().filter(|entry| EntryKind::of(entry) == EntryKind::World);
    world
        .take(MISHAPS)
        .map(|entry| Mishap {
            minute: span.minute(entry.at),
            sentence: format!("{} {}", clock(entry.at, document.days), entry.detail),
        })
        .collect()
}

/// A thin upright line for each, its number above the plane.
pub(super) fn mark(
    plane: &mut Plane<'_, '_>,
    mishaps: &[Mishap],
    span: Span,
    size: Size,
    top: f64,
) -> Result<(), String> {
    // Numbers of what happens at once stand beside each other.
    let apart = 10.0 / size.columns() as f64 * span.end() * 1.3;
    let mut free = 0.0_f64;
    for (number, mishap) in (1_usize..).zip(mishaps) {
        line(plane, vec![(mishap.minute, 0.0), (mishap.minute, top)], WORLD, 1)?;
        let x = mishap.minute.max(free);
        label(plane, (x, top), (-4, -2), &number.to_string(), WORLD)?;
        free = x + apart;
    }
    Ok(())
}

pub(super) fn legend(mishaps: &[Mishap]) -> impl Iterator<Item = (String, String)> {
    (1_usize..)
        .zip(mishaps)
        .map(|(number, mishap)| ("world".to_owned(), format!("{number}: {}", mishap.sentence)))
}
