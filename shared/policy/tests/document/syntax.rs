//! The text before it means anything: what editors leave in it, and what is no TOML, told without what only follows from it.

use insta::assert_snapshot;
use tidegate_policy::document::parse;

use crate::{PRODUCTION, RIGHT, edited, told};

#[test]
fn the_line_ends_and_the_mark_of_windows_editors_are_accepted() {
    let document = format!("\u{feff}{}", RIGHT.replace('\n', "\r\n"));
    assert_eq!(parse(&document), parse(RIGHT));
    assert_snapshot!(told(&document.replace("min = 1", "min = -1")), @"7:7: min: -1 is out of range: write 0 or more");
    assert_snapshot!(told("\u{feff}mni = 1"), @r#"1:1: unknown key "mni" in the document, which holds [[target]], [[event]] and [[notify]] tables and [calendars]: remove it; known are "target", "event", "calendars" and "notify""#);
}

#[test]
fn syntax_errors_are_told_at_once_and_without_what_follows_from_them() {
    let broken = edited(&["min = ", "max = 5m", "name = \"orders", "margin = 0.1", "engin = \"mysql\""]);
    assert_snapshot!(told(&broken), @r#"
    2:15: invalid basic string, expected `"`
    7:7: a value is missing: write one after the "="
    8:7: text needs quotes: write "5m"
    11:10: margin: expected a percentage in quotes, found the number 0.1: write margin = "10%"
    12:1: unknown key "engin" in target "orders": did you mean "engine"?
    "#);
    // What was lost with a broken line is not called missing.
    assert_snapshot!(told(&RIGHT.replace("engine =", "engine")), @"5:8: key with no value, expected `=`");
    // Under a broken header nothing can be told of keys.
    assert_snapshot!(told(&RIGHT.replace("[[target]]", "[[target]")), @"1:10: unclosed array table, expected `]`");
    assert_snapshot!(told(&RIGHT.replace("30m\"]", "30m\"")), @r#"10:12: this list is never closed: add its "]""#);
}

#[test]
fn a_bracket_left_open_is_told_where_it_was_opened_and_nothing_else_is() {
    assert_snapshot!(told(&PRODUCTION.replacen("5m\",\n]", "5m\",", 1)), @r#"17:13: this list is never closed: add its "]""#);
    assert_snapshot!(told(&PRODUCTION.replacen("\"10s\" }", "\"10s\"", 1)), @"
    12:1: missing comma between key-value pairs, expected `,`
    13:1: missing comma between key-value pairs, expected `,`
    17:1: missing comma between key-value pairs, expected `,`
    23:1: missing comma between key-value pairs, expected `,`
    27:1: missing comma between key-value pairs, expected `,`
    29:1: missing comma between key-value pairs, expected `,`
    30:1: missing comma between key-value pairs, expected `,`
    31:1: missing comma between key-value pairs, expected `,`
    32:1: missing comma between key-value pairs, expected `,`
    35:1: missing comma between key-value pairs, expected `,`
    38:1: missing comma between key-value pairs, expected `,`
    39:1: missing comma between key-value pairs, expected `,`
    43:1: missing comma between key-value pairs, expected `,`
    51:1: missing key for inline table element, expected `,`
    52:1: missing comma between key-value pairs, expected `,`
    58:1: missing key for inline table element, expected `,`
    59:1: missing comma between key-value pairs, expected `,`
    60:1: missing comma between key-value pairs, expected `,`
    61:1: missing comma between key-value pairs, expected `,`
    62:1: missing comma between key-value pairs, expected `,`
    63:1: missing comma between key-value pairs, expected `,`
    65:1: missing comma between key-value pairs, expected `,`
    66:1: missing comma between key-value pairs, expected `,`
    68:1: missing comma between key-value pairs, expected `,`
    74:1: missing comma between key-value pairs, expected `,`
    78:1: missing comma between key-value pairs, expected `,`
    79:1: missing comma between key-value pairs, expected `,`
    81:1: missing comma between key-value pairs, expected `,`
    84:1: missing comma between key-value pairs, expected `,`
    90:1: missing key for inline table element, expected `,`
    91:1: missing comma between key-value pairs, expected `,`
    92:1: missing comma between key-value pairs, expected `,`
    93:1: missing comma between key-value pairs, expected `,`
    94:1: missing comma between key-value pairs, expected `,`
    95:1: missing comma between key-value pairs, expected `,`
    96:1: missing comma between key-value pairs, expected `,`
    98:1: missing comma between key-value pairs, expected `,`
    99:1: missing comma between key-value pairs, expected `,`
    101:1: missing comma between key-value pairs, expected `,`
    105:1: missing comma between key-value pairs, expected `,`
    109:1: missing comma between key-value pairs, expected `,`
    111:1: missing comma between key-value pairs, expected `,`
    114:1: missing key for inline table element, expected `,`
    115:1: missing comma between key-value pairs, expected `,`
    116:1: missing comma between key-value pairs, expected `,`
    117:1: missing comma between key-value pairs, expected `,`
    118:1: missing comma between key-value pairs, expected `,`
    119:1: missing comma between key-value pairs, expected `,`
    122:1: missing comma between key-value pairs, expected `,`
    123:1: missing comma between key-value pairs, expected `,`
    125:1: missing comma between key-value pairs, expected `,`
    130:1: missing comma between key-value pairs, expected `,`
    134:1: missing comma between key-value pairs, expected `,`
    136:1: missing comma between key-value pairs, expected `,`
    139:1: missing key for inline table element, expected `,`
    140:1: missing comma between key-value pairs, expected `,`
    141:1: missing comma between key-value pairs, expected `,`
    143:1: missing key for inline table element, expected `,`
    144:1: missing comma between key-value pairs, expected `,`
    145:1: missing comma between key-value pairs, expected `,`
    148:1: missing key for inline table element, expected `,`
    149:1: missing comma between key-value pairs, expected `,`
    150:1: missing comma between key-value pairs, expected `,`
    151:1: missing comma between key-value pairs, expected `,`
    152:1: missing comma between key-value pairs, expected `,`
    153:1: missing comma between key-value pairs, expected `,`
    154:1: missing comma between key-value pairs, expected `,`
    155:1: missing comma between key-value pairs, expected `,`
    ");
    assert_snapshot!(told(&PRODUCTION.replacen("min = 2 },", "min = 2,", 1)), @"nothing");
    assert_snapshot!(told(&PRODUCTION.replacen("min = 2 },\n]", "min = 2", 1)), @"nothing");
    // What stands before it is told all the same.
    let twice = PRODUCTION.replacen("5m\",\n]", "5m\",", 1).replacen("min = 1", "min = -1", 1);
    assert_snapshot!(told(&twice), @r#"17:13: this list is never closed: add its "]""#);
    // A comma left out is only that.
    assert_snapshot!(told(&PRODUCTION.replacen("80% for 10m\",", "80% for 10m\"", 1)), @"71:3: missing comma between array elements, expected `,`");
}
