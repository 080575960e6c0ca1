//! Managed policies hold only so much, and a role takes only so many: statements are put into as few as they fit.

use std::collections::BTreeMap;

use serde_json::Value;

use super::size::{CHARACTERS_A_POLICY, document, envelope, fits_alone, length};
use super::statement::Statement;

/// The most managed policies of a role, without a raised quota (the same page).
pub const POLICIES_A_ROLE: usize = 10;

/// The documents that hold all of `statements`; `None` when a role does not take so many.
pub(super) fn documents(mut statements: Vec<Statement>) -> Option<Vec<Value>> {
    if !statements.iter().all(|statement| fits_alone(&statement.value())) {
        return None;
    }
    named_apart(&mut statements);
    let mut packed: Vec<(usize, Vec<Value>)> = Vec::new();
    for statement in statements {
        let value = statement.value();
        // A comma before it.
        let length = length(&value) + 1;
        match packed.iter_mut().find(|(used, _)| used + length <= CHARACTERS_A_POLICY) {
            Some((used, values)) => {
                *used += length;
                values.push(value);
            }
            None => packed.push((envelope() + length, vec![value])),
        }
    }
    (packed.len() <= POLICIES_A_ROLE)
        .then(|| packed.into_iter().map(|(_, statements)| document(statements)).collect())
}

/// Tells statements of the same name apart.
fn named_apart(statements: &mut [Statement]) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for statement in statements.iter() {
        *times.entry(statement.sid.clone()).or_default() += 1;
    }
    times.retain(|_, times| *times > 1);
    for statement in statements.iter_mut().rev() {
        if let Some(nth) = times.get_mut(&statement.sid) {
            statement.sid = format!("{}{nth}", statement.sid);
            *nth -= 1;
        }
    }
}
