//! A message of Slack within all of its limits: one element that is too long, or empty, loses the whole message.

use serde_json::{Value, json};

use crate::text::{cut, cut_escaped, escape, in_one_line, length};

/// Blocks of a message (docs.slack.dev, Block Kit).
pub const BLOCKS: usize = 50;

/// Characters of a section's text.
pub const SECTION: usize = 3_000;

/// Characters of a header, which is plain text.
pub const HEADER: usize = 150;

/// Elements of a context.
pub const ELEMENTS: usize = 10;

/// Characters of `text`, which is what a phone shows.
pub const TEXT: usize = 3_000;

/// Characters of a message in all. Slack does not say; about 13,200 were observed (slackapi/bolt-js#2509).
pub const ALL: usize = 13_000;

/// Text in which every foreign value is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mrkdwn(String);

impl Mrkdwn {
    /// A foreign value: whatever stands in it is shown as text, in one line.
    pub fn foreign(text: &str) -> Self {
        Self(escape(&in_one_line(text)))
    }

    /// Markup of our own.
    pub fn own(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// A foreign value as code, of at most `most` characters.
    pub fn code(text: &str, most: usize) -> Self {
        let text = cut_escaped(&escape(&in_one_line(text).replace('`', "'")), most);
        Self(format!("`{text}`"))
    }

    /// The one and then the other.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// One a line.
    pub fn lines(lines: &[Self]) -> Self {
        Self(lines.iter().map(|line| line.0.as_str()).collect::<Vec<_>>().join("\n"))
    }
}

/// A message, built block by block. What no longer fits is left out, so what matters most comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    text: String,
    blocks: Vec<Value>,
    used: usize,
}

impl Message {
    /// A message whose `text`, which a phone shows and searches find, is this.
    pub fn new(text: &Mrkdwn) -> Self {
        let text = cut_escaped(&filled(&text.0), TEXT);
        Self { used: length(&text), text, blocks: Vec::new() }
    }

    /// How many characters a further block may have, if one may come.
    fn room(&self, most: usize) -> Option<usize> {
        let room = ALL.saturating_sub(self.used).min(most);
        (room > 0 && self.blocks.len() < BLOCKS).then_some(room)
    }

    /// Adds a heading.
    pub fn header(&mut self, text: &str) {
        let Some(room) = self.room(HEADER) else { return };
        let text = filled(&cut_escaped(&escape(&in_one_line(text)), room));
        self.push(&text, json!({ "type": "header", "text": { "type": "plain_text", "text": text } }));
    }

    /// Adds a paragraph.
    pub fn section(&mut self, text: &Mrkdwn) {
        let Some(room) = self.room(SECTION) else { return };
        let text = cut_escaped(&filled(&text.0), room);
        self.push(&text, json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } }));
    }

    /// Adds a line of small print, of at most [`ELEMENTS`] parts.
    pub fn context(&mut self, parts: &[Mrkdwn]) {
        let mut used = 0;
        let mut elements = Vec::new();
        for part in parts.iter().filter(|part| !part.0.trim().is_empty()).take(ELEMENTS) {
            let Some(room) = self.room(SECTION).and_then(|room| room.checked_sub(used)) else { break };
            // Markup of our own is never cut: it is short, or the part stays away.
            if length(&part.0) > room {
                break;
            }
            used += length(&part.0);
            elements.push(json!({ "type": "mrkdwn", "text": part.0 }));
        }
        if !elements.is_empty() && self.blocks.len() < BLOCKS {
            self.used += used;
            self.blocks.push(json!({ "type": "context", "elements": elements }));
        }
    }

    fn push(&mut self, text: &str, block: Value) {
        self.used += length(text);
        self.blocks.push(block);
    }

    /// The body for an incoming webhook.
    pub fn for_webhook(&self) -> String {
        json!({ "text": self.text, "blocks": self.blocks, "unfurl_links": false, "unfurl_media": false })
            .to_string()
    }

    /// The body for `chat.postMessage`: to the channel of this id, in the thread that begins with the message of this `ts` if there is one.
    pub fn for_channel(&self, channel: &str, thread: Option<&str>) -> String {
        let mut body = json!({
            "channel": cut(channel, 100),
            "text": self.text,
            "blocks": self.blocks,
            "unfurl_links": false,
            "unfurl_media": false,
        });
        if let (Some(thread), Some(body)) = (thread, body.as_object_mut()) {
            body.insert("thread_ts".to_owned(), Value::from(thread));
        }
        body.to_string()
    }
}

/// A text that is empty loses the message too.
fn filled(text: &str) -> String {
    if text.trim().is_empty() { "-".to_owned() } else { text.to_owned() }
}
