//! The tags that a policy gives to new replicas: what AWS takes, and none that means something to AWS or to Tidegate.

use std::collections::BTreeMap;

use super::identifier::{checked_text, tag_complaint, tag_key_complaint};
use super::problems::Problems;
use super::table::{Entry, Key};

const EXAMPLE: &str = "{ team = \"data\" }";

/// Where it is written.
pub(super) const TAGS: Key = Key { name: "tags", example: EXAMPLE };

/// AWS lets a resource have 50 (AWS general reference, "Tag naming limits and requirements"); Tidegate's own and those that a person sets
/// on a replica need room.
const AT_MOST: usize = 40;

/// Reads the table of tags.
pub(super) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<BTreeMap<String, String>> {
    let table = entry.table(problems)?;
    let chosen = table.chosen("\"data\"");
    if chosen.len() > AT_MOST {
        let has = chosen.len();
        problems.tell(
            entry.at(),
            format!("tags: {has} are too many: write {AT_MOST} or fewer, AWS allows 50 with Tidegate's own"),
        );
        return None;
    }
    let mut tags = BTreeMap::new();
    let mut sound = true;
    for (key, value) in chosen {
        if let Some(complaint) = tag_key_complaint(key) {
            problems.tell(value.key_at(), format!("tags: {key:?} is not a tag's key: {complaint}"));
            sound = false;
        }
        match checked_text(&value, "a tag's value", tag_complaint, problems) {
            Some(text) => {
                tags.insert(key.to_owned(), text.value.to_owned());
            }
            None => sound = false,
        }
    }
    sound.then_some(tags)
}
