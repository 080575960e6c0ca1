//! Numbers as a target's memory keeps them: an array each, without the names of its fields, since a ledger item is bounded.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::{Number, Unit};

/// Its name, value, unit, and bound if it has one.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Compared(String, f64, Unit, f64),
    Alone(String, f64, Unit),
}

pub(super) fn serialize<S: Serializer>(numbers: &[Number], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(numbers.iter().map(|number| {
        let Number { name, value, unit, bound } = number.clone();
        bound.map_or_else(
            || Kept::Alone(name.clone(), value, unit),
            |bound| Kept::Compared(name.clone(), value, unit, bound),
        )
    }))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Number>, D::Error> {
    let kept = Vec::<Kept>::deserialize(from)?;
    let numbers = kept.into_iter().map(|kept| match kept {
        Kept::Alone(name, value, unit) => Number { name, value, unit, bound: None },
        Kept::Compared(name, value, unit, bound) => Number { name, value, unit, bound: Some(bound) },
    });
    Ok(numbers.collect())
}
