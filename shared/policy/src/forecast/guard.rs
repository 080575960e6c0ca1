//! What was needed all along cannot be taken away, and is ordered at once: the floor below every plan.

use super::fleet::{Fleet, Wish};
use super::settings::{Settings, Shape};

/// The wish, at least as much as `floor` levels: ordered up to, and never removed below. The floor gives way to the most that is allowed.
pub fn hold(wish: Wish, floor: usize, fleet: &Fleet<'_>, shape: Shape, settings: &Settings) -> Wish {
    let floor = shape.units(floor.min(usize::from(settings.most)));
    let there = fleet.serving.saturating_add(fleet.coming_units());
    let lacking = floor.saturating_sub(there);
    match wish {
        Wish::Order(units) => Wish::order(units.max(lacking)),
        _ if lacking > 0 => Wish::Order(lacking),
        Wish::Remove(units) => Wish::remove(units.min(fleet.serving.saturating_sub(floor))),
        Wish::Stay => Wish::Stay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(wish: Wish, floor: usize, serving: u32, coming: usize) -> Wish {
        let coming = vec![0.0; coming];
        let fleet = Fleet { serving, coming: &coming, leaving: &[] };
        hold(wish, floor, &fleet, Shape::default(), &Settings { most: 10, ..Settings::default() })
    }

    #[test]
    fn the_floor_is_ordered_up_to_and_never_removed_below() {
        for (wish, floor, serving, coming, becomes) in [
            (Wish::Stay, 4, 4, 0, Wish::Stay),
            (Wish::Stay, 6, 4, 0, Wish::Order(2)),
            (Wish::Stay, 6, 4, 2, Wish::Stay),
            (Wish::Order(1), 6, 4, 0, Wish::Order(2)),
            (Wish::Order(5), 6, 4, 0, Wish::Order(5)),
            (Wish::Remove(2), 3, 6, 0, Wish::Remove(2)),
            (Wish::Remove(2), 5, 6, 0, Wish::Remove(1)),
            (Wish::Remove(2), 6, 6, 0, Wish::Stay),
            (Wish::Remove(2), 7, 6, 0, Wish::Order(1)),
            (Wish::Remove(2), 7, 6, 1, Wish::Stay),
            (Wish::Stay, 15, 9, 0, Wish::Order(1)),
        ] {
            assert_eq!(held(wish, floor, serving, coming), becomes, "{wish:?} {floor} {serving} {coming}");
        }
    }
}
