//! An event in the schema of custom notifications, 1.0, of Amazon Q Developer in chat applications, over SNS.
//!
//! It drops any other JSON, plain text and alarms made by hand without a word (its administrator guide, "Custom notifications"). So it gets a topic
//! of its own, or a filter on its subscription.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::event::Event;
use crate::notice::Notice;
use crate::text::{cut_escaped, escape, in_one_line};
use crate::words;

/// Characters of the title. AWS does not say how many it takes.
pub const TITLE: usize = 200;

/// Characters of the description. AWS does not say how many it takes.
pub const DESCRIPTION: usize = 3_000;

/// Characters of every other text.
const WORD: usize = 250;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    version: &'static str,
    source: &'static str,
    id: String,
    content: Content,
    metadata: Metadata,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    text_type: &'static str,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    next_steps: Vec<String>,
    keywords: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    thread_id: String,
    summary: String,
    event_type: &'static str,
    related_resources: Vec<String>,
    /// Strings only.
    additional_context: Map<String, Value>,
}

/// The message for the topic. `None` if JSON cannot hold it, which is not known to happen.
pub fn message(event: &Event) -> Option<String> {
    let Event { stage, target, reason, severity, .. } = event;
    let headline = words::headline(event);
    let sentence = escaped(&words::sentence(event), DESCRIPTION / 2);
    let doing = event.doing.as_deref().map(|doing| escaped(doing, DESCRIPTION / 6));
    let numbers = words::numbers(event).into_iter().map(|line| escaped(&line, WORD));
    let lines: Vec<String> = [sentence].into_iter().chain(doing).chain(numbers).collect();
    let command = escaped(&event.command.replace('`', "'"), WORD);
    let steps =
        event.advice().map(|advice| escaped(advice, WORD)).into_iter().chain([format!("`{command}`")]);
    let thread = escaped(&crate::key::bounded(&event.key(), WORD), WORD);
    let context = [
        ("account", event.account.as_str()),
        ("region", &event.region),
        ("policy", &event.policy),
        ("since", &words::time(event.since)),
    ]
    .map(|(name, value)| (name.to_owned(), Value::from(escaped(value, WORD))));
    let notification = Notification {
        version: "1.0",
        source: "custom",
        id: escaped(&format!("{thread}/{}", event.edge), WORD),
        content: Content {
            text_type: "client-markdown",
            title: escaped(&headline, TITLE),
            description: cut_escaped(&lines.join("\n"), DESCRIPTION),
            next_steps: steps.collect(),
            keywords: [stage.as_str(), target.as_str(), reason, severity.name()]
                .map(|word| escaped(word, WORD))
                .to_vec(),
        },
        metadata: Metadata {
            thread_id: thread,
            summary: escaped(&headline, TITLE),
            event_type: event.kind.name(),
            related_resources: vec![escaped(target.as_str(), WORD)],
            additional_context: context.into_iter().collect(),
        },
    };
    serde_json::to_string(&notification).ok()
}

/// The message of what is no event: its first line is the title.
pub fn notice(notice: &Notice) -> Option<String> {
    let (first, rest) = notice.lines.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    let kind = notice.kind.name();
    let rest: Vec<String> = rest.iter().map(|line| escaped(line, DESCRIPTION)).collect();
    let stage = escaped(notice.stage.as_str(), WORD);
    let thread = escaped(&format!("{stage}/{kind}"), WORD);
    let notification = Notification {
        version: "1.0",
        source: "custom",
        id: escaped(&format!("{thread}/{}", notice.at), WORD),
        content: Content {
            text_type: "client-markdown",
            title: escaped(first, TITLE),
            description: cut_escaped(&filled(&rest.join("\n")), DESCRIPTION),
            next_steps: Vec::new(),
            keywords: vec![stage, kind.to_owned()],
        },
        metadata: Metadata {
            thread_id: thread,
            summary: escaped(first, TITLE),
            event_type: kind,
            related_resources: Vec::new(),
            additional_context: Map::new(),
        },
    };
    serde_json::to_string(&notification).ok()
}

/// A foreign value: Slack's markup is live here too.
fn escaped(text: &str, most: usize) -> String {
    cut_escaped(&filled(&escape(&in_one_line(text))), most)
}

fn filled(text: &str) -> String {
    if text.trim().is_empty() { "-".to_owned() } else { text.to_owned() }
}
