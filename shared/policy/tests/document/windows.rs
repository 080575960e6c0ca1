//! When a window is open and what it asks for: its days, its hours, its zone and its bounds.

use std::sync::Arc;

use insta::assert_snapshot;
use jiff::civil::{Weekday, time};
use tidegate_policy::policy::WindowDays;

use crate::{scaling, with};

#[test]
fn windows_name_days_in_every_form() {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let days = |days: &str| {
        let window = format!("{{ days = {days}, from = '08:00', to = '20:00', zone = 'UTC', min = 2 }}");
        scaling(&[&format!("windows = [{window}]")]).windows.remove(0)
    };
    for (written, expected, text) in [
        ("'mon-fri'", vec![Monday, Tuesday, Wednesday, Thursday, Friday], "mon-fri"),
        ("'mon,wed,sat'", vec![Monday, Wednesday, Saturday], "mon,wed,sat"),
        ("['sat', 'mon']", vec![Monday, Saturday], "sat,mon"),
        ("'fri-mon'", vec![Monday, Friday, Saturday, Sunday], "fri-mon"),
        ("'tue, thu'", vec![Tuesday, Thursday], "tue, thu"),
        ("'daily'", vec![Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday], "daily"),
    ] {
        let window = days(written);
        assert_eq!(window.days, WindowDays::Weekdays { on: expected, except: Arc::default() }, "{written}");
        assert_eq!(window.text, format!("{text} 08:00-20:00 UTC"));
        assert_eq!((window.from, window.to), (time(8, 0, 0, 0), Some(time(20, 0, 0, 0))));
    }
}

#[test]
fn windows_say_what_to_write_instead() {
    let window = |fields: &str| {
        let mut all =
            vec![("days", "\"mon-fri\""), ("from", "\"08:00\""), ("to", "\"20:00\""), ("zone", "\"UTC\"")];
        let given: Vec<(&str, &str)> =
            fields.split(" & ").map(|field| field.split_once(" = ").unwrap()).collect();
        all.retain(|(key, _)| given.iter().all(|(other, _)| other != key));
        all.extend(given);
        let fields: Vec<String> = all.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        with(&format!("windows = [{{ {} }}]", fields.join(", ")))
    };
    assert_snapshot!(window("min = 2 & days = \"mon-fry\""), @r#"11:79: windows.days: unknown day "fry": did you mean "fri"?"#);
    assert_snapshot!(window("min = 2 & days = \"Monday,tues\""), @r#"
    11:75: windows.days: unknown day "Monday": did you mean "mon"?
    11:82: windows.days: unknown day "tues": did you mean "tue"?
    "#);
    assert_snapshot!(window("min = 2 & days = \"weekdays\""), @r#"11:75: windows.days: unknown day "weekdays": write days as "mon-fri", "mon,wed,sat" or "daily""#);
    assert_snapshot!(window("min = 2 & days = \"mon,mon-wed\""), @r#"11:79: windows.days: "mon" is named twice: name each day once"#);
    assert_snapshot!(window("min = 2 & days = []"), @r#"11:74: windows.days: no day is named: write "mon-fri" or "daily""#);
    assert_snapshot!(window("min = 2 & from = \"8:00\""), @r#"11:76: windows.from: "8:00" is not a time of day: write hours and minutes, as "08:00""#);
    assert_snapshot!(window("min = 2 & from = \"24:00\""), @r#"11:76: windows.from: a window cannot open at "24:00": write "00:00" of the next day"#);
    assert_snapshot!(window("min = 2 & to = \"24:01\""), @r#"11:76: windows.to: "24:01" is not a time of day: write hours and minutes, as "08:00""#);
    assert_snapshot!(window("min = 2 & to = \"00:00\""), @r#"11:76: windows.to: midnight at the end of the day is "24:00": write to = "24:00""#);
    assert_snapshot!(window("min = 2 & to = \"08:00\""), @r#"11:76: windows.to: the window closes at 08:00, when it opens: for whole days write from = "00:00", to = "24:00", or split it into two windows at midnight, "08:00" to "24:00" and "00:00" to "08:00""#);
    assert_snapshot!(window("min = 2 & from = \"22:00\" & to = \"06:00\""), @r#"11:76: windows.to: the window closes at 06:00, before it opens at 22:00: split it into two windows at midnight, "22:00" to "24:00" and, for the days after, "00:00" to "06:00""#);
    assert_snapshot!(window("min = 2 & zone = \"Europe/Madird\""), @r#"11:78: windows.zone: unknown time zone "Europe/Madird": did you mean "Europe/Madrid"?"#);
    assert_snapshot!(window("min = 2 & zone = \"Madrid\""), @r#"11:78: windows.zone: unknown time zone "Madrid": did you mean "Europe/Madrid"?"#);
    assert_snapshot!(window("min = 2 & zone = \"Nowhere/At-All\""), @r#"11:78: windows.zone: unknown time zone "Nowhere/At-All": write an IANA name, as "Europe/Madrid" or "UTC""#);
    assert_snapshot!(window("min = 4 & max = 3"), @"11:82: windows.min: 4 is above the window's max of 3: write 3 or less");
    assert_snapshot!(window("min = 0"), @"11:82: windows.min: 0 is below the target's min of 1: write 1 or more, or lower the target's min");
    assert_snapshot!(window("max = 0"), @"11:82: windows.max: 0 is below the target's min of 1: write 1 or more, or lower the target's min");
    assert_snapshot!(window("max = 6"), @"11:82: windows.max: 6 is above the target's max of 5: write 5 or less, or raise the target's max");
    assert_snapshot!(window("min = 6"), @"11:82: windows.min: 6 is above the target's max of 5: write 5 or less, or raise the target's max");
    assert_snapshot!(window("zone = \"UTC\""), @r#"11:12: the window has neither "min" nor "max": add one, as min = 2"#);
    assert_snapshot!(window("min = \"2\""), @r#"11:82: windows.min: expected a whole number, found the text "2": write windows.min = 2"#);
    assert_snapshot!(window("min = 2 & mix = 3"), @r#"11:85: unknown key "mix" in the window: did you mean "min"?"#);
}
