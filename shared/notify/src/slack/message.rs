//! An event as a message of Slack: what, since when, the numbers, what is done, and where to see more.

use jiff::Timestamp;

use super::blocks::{Message, Mrkdwn};
use crate::event::Event;
use crate::notice::Notice;
use crate::text::cut;
use crate::words;

/// The message of one event.
pub fn message(event: &Event) -> Message {
    let headline = words::headline(event);
    let sentence = words::sentence(event);
    let text =
        Mrkdwn::foreign(&headline).and(&Mrkdwn::own("\n")).and(&Mrkdwn::foreign(&cut(&sentence, 1_000)));
    let mut message = Message::new(&text);
    message.header(&headline);
    message.section(&Mrkdwn::foreign(&sentence));
    let numbers: Vec<Mrkdwn> = words::numbers(event).iter().map(|line| Mrkdwn::foreign(line)).collect();
    if !numbers.is_empty() {
        message.section(&Mrkdwn::lines(&numbers));
    }
    if let Some(doing) = &event.doing {
        message.section(&Mrkdwn::own("*Tidegate:* ").and(&Mrkdwn::foreign(&cut(doing, 1_000))));
    }
    if let Some(advice) = event.advice() {
        message.section(&Mrkdwn::own("*You:* ").and(&Mrkdwn::foreign(advice)));
    }
    let since = Mrkdwn::own("since ").and(&date(event.since));
    let place = Mrkdwn::foreign(&format!("{} {}", cut(&event.account, 20), cut(&event.region, 40)));
    let policy = Mrkdwn::own("policy ").and(&Mrkdwn::foreign(&cut(&event.policy, 64)));
    message.context(&[since, place, policy, Mrkdwn::code(&event.command, 500)]);
    message
}

/// How many lines of a notice are one paragraph.
const A_PARAGRAPH: usize = 5;

/// The message of what is no event: its first line is the heading.
pub fn notice(notice: &Notice) -> Message {
    let (first, rest) = notice.lines.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
    let rest: Vec<Mrkdwn> = rest.iter().map(|line| Mrkdwn::foreign(line)).collect();
    let second = rest.first().map(|line| Mrkdwn::own("\n").and(line)).unwrap_or_default();
    let mut message = Message::new(&Mrkdwn::foreign(first).and(&second));
    message.header(first);
    for some in rest.chunks(A_PARAGRAPH) {
        message.section(&Mrkdwn::lines(some));
    }
    message
}

/// A time that each reader sees in the own zone, and in UTC where Slack cannot (docs.slack.dev, "Formatting message text", dates).
fn date(at: Timestamp) -> Mrkdwn {
    let [before, between, after] = ["<!date^", "^{date_short_pretty} {time}|", ">"].map(Mrkdwn::own);
    let seconds = Mrkdwn::foreign(&at.as_second().to_string());
    before.and(&seconds).and(&between).and(&Mrkdwn::foreign(&words::time(at))).and(&after)
}
