//! How a rule is written: taken apart where it is right, and told what to write where it is not.

use insta::assert_snapshot;
use tidegate_policy::policy::{PointsRequired, Signal};
use tidegate_policy::units::Count;

use crate::{edited, scaling, told, with};

#[test]
fn rules_are_taken_apart() {
    let rule = |text: &str| scaling(&[&format!("scale_out = ['{text}']")]).scale_out.remove(0);
    let plain = rule(" primary  cpu >70% for 10m ");
    assert_eq!((plain.signal, plain.threshold), (Signal::PrimaryCpu, 70.0));
    assert_eq!((plain.points, plain.step), (PointsRequired::All { of: 10 }, Count::ONE));
    assert_eq!(plain.text, "primary  cpu >70% for 10m");
    let full = rule("connections > 62.5% for 1h,50 of 60 points add 3");
    assert_eq!((full.signal, full.threshold), (Signal::Connections, 62.5));
    assert_eq!(full.points, PointsRequired::AtLeast { at_least: 50, of: 60 });
    assert_eq!(full.step, Count(3));
    assert_eq!(rule("lag > 1m30s for 5m").threshold, 90.0);
}

#[test]
fn rules_on_disks_are_taken_apart() {
    for (written, signal, threshold) in [
        ("primary read latency > 20ms for 5m", Signal::PrimaryReadLatency, 0.02),
        ("replica read latency > 1s500ms for 5m", Signal::ReplicaReadLatency, 1.5),
        ("primary disk queue > 10 for 5m", Signal::PrimaryDiskQueue, 10.0),
        ("replica disk queue > 0.5 for 5m", Signal::ReplicaDiskQueue, 0.5),
    ] {
        let out = scaling(&[&format!("scale_out = ['{written}']")]).scale_out.remove(0);
        let alert = scaling(&[&format!("alert = ['{written}']")]).alert.remove(0);
        assert_eq!((out.signal, out.threshold), (signal, threshold), "{written}");
        assert_eq!((alert.signal, alert.threshold), (signal, threshold), "{written}");
        // Well below its own threshold, and in milliseconds where it is a latency.
        let low = if signal.is_read_latency() { "1ms" } else { "0.1" };
        let text = format!("scale_in = ['{} < {low} for 30m']", signal.name());
        assert_eq!(scaling(&[&text]).scale_in[0].signal, signal);
    }
}

#[test]
fn rules_on_disks_say_what_to_write_instead() {
    let alert = |rule: &str| with(&format!("alert = ['{rule}']"));
    assert_snapshot!(alert("replica read latency > 20 for 5m"), @r#"11:34: "replica read latency > 20 for 5m": read latency is compared with a duration: write "20ms""#);
    assert_snapshot!(alert("replica read latency > 0.02 for 5m"), @r#"11:34: "replica read latency > 0.02 for 5m": read latency is compared with a duration: write "20ms""#);
    assert_snapshot!(alert("replica read latency > 20% for 5m"), @r#"11:34: "replica read latency > 20% for 5m": read latency is compared with a duration: write "20ms""#);
    assert_snapshot!(alert("primary read latency > 0ms for 5m"), @r#"11:34: "primary read latency > 0ms for 5m": read latency is never below zero: write 1ms or more"#);
    assert_snapshot!(alert("primary disk queue > 10% for 5m"), @r#"11:32: "primary disk queue > 10% for 5m": the disk queue is compared with a plain number: write "10""#);
    assert_snapshot!(alert("primary disk queue > 20ms for 5m"), @r#"11:32: "primary disk queue > 20ms for 5m": the disk queue is compared with a plain number: write "10""#);
    assert_snapshot!(alert("replica disk queue > 0 for 5m"), @r#"11:32: "replica disk queue > 0 for 5m": the disk queue is never below zero: write a number above 0"#);
    assert_snapshot!(alert("disk queue > 10 for 5m"), @r#"11:11: "disk queue > 10 for 5m": unknown signal "disk queue": write "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" or "replica disk queue""#);
    assert_snapshot!(with("track = ['replica disk queue at 10']"), @r#"11:11: "replica disk queue at 10": "replica disk queue" cannot be tracked: write "replica cpu" or "replica connections""#);
    assert_snapshot!(with("track = ['replica read latency at 20ms']"), @r#"11:11: "replica read latency at 20ms": "replica read latency" cannot be tracked: write "replica cpu" or "replica connections""#);
    let agrees = [
        "scale_out = ['replica read latency > 20ms for 5m']",
        "scale_in = ['replica read latency < 20ms for 30m']",
    ];
    assert_snapshot!(told(&edited(&agrees)), @r#"10:13: scale_in "replica read latency < 20ms for 30m" (line 10) agrees to remove where scale_out "replica read latency > 20ms for 5m" (line 9) adds: write a threshold well below 20ms"#);
}

#[test]
fn threshold_rules_say_what_to_write_instead() {
    let out = |rule: &str| with(&format!("scale_out = [\"{rule}\"]"));
    assert_snapshot!(out("primary cpu > 0.7 for 10m"), @r#"9:29: "primary cpu > 0.7 for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(out("primary cpu > 70 for 10m"), @r#"9:29: "primary cpu > 70 for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(out("connections > 8s for 10m"), @r#"9:29: "connections > 8s for 10m": connections are compared with a percentage: write "70%""#);
    assert_snapshot!(out("primary cpu > 0% for 10m"), @r#"9:29: "primary cpu > 0% for 10m": cpu is compared with a percentage above 0% and up to 100%, and 0% is not one: write "70%""#);
    assert_snapshot!(out("primary cpu > 101% for 10m"), @r#"9:29: "primary cpu > 101% for 10m": cpu is compared with a percentage above 0% and up to 100%, and 101% is not one: write "70%""#);
    assert_snapshot!(out("lag > 70% for 10m"), @r#"9:21: "lag > 70% for 10m": lag is compared with a duration: write "30s""#);
    assert_snapshot!(out("lag > 5 for 10m"), @r#"9:21: "lag > 5 for 10m": lag is compared with a duration: write "5s""#);
    assert_snapshot!(out("lag > 0s for 10m"), @r#"9:21: "lag > 0s for 10m": lag is never below zero: write 1s or more"#);
    assert_snapshot!(out("primry cpu > 70% for 10m"), @r#"9:15: "primry cpu > 70% for 10m": unknown signal "primry cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" and "replica disk queue""#);
    assert_snapshot!(out("cpu > 70% for 10m"), @r#"9:15: "cpu > 70% for 10m": unknown signal "cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" and "replica disk queue""#);
    assert_snapshot!(out("memory > 70% for 10m"), @r#"9:15: "memory > 70% for 10m": "memory" is a signal of another kind of target: write "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" or "replica disk queue""#);
    assert_snapshot!(out("> 70% for 10m"), @r#"9:15: "> 70% for 10m": no signal before ">": write "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" or "replica disk queue""#);
    assert_snapshot!(out("primary cpu < 70% for 10m"), @r#"9:27: "primary cpu < 70% for 10m": scale_out compares with ">": write "primary cpu > 70% for 10m""#);
    assert_snapshot!(out("primary cpu >= 70% for 10m"), @r#"9:27: "primary cpu >= 70% for 10m": scale_out compares with ">": write "primary cpu > 70% for 10m""#);
    assert_snapshot!(out("primary cpu above 70% for 10m"), @r#"9:15: "primary cpu above 70% for 10m": no ">" in it: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out(""), @r#"9:15: "": no ">" in it: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("primary cpu > for 10m"), @r#"9:29: "primary cpu > for 10m": cpu is compared with a percentage: write "70%""#);
    assert_snapshot!(out("primary cpu > 70%"), @r#"9:32: "primary cpu > 70%": for how long? add "for 10m""#);
    assert_snapshot!(out("primary cpu > 70% for"), @r#"9:36: "primary cpu > 70% for": for how long? add "10m" after "for""#);
    assert_snapshot!(out("primary cpu > 70% for 10"), @r#"9:37: "primary cpu > 70% for 10": "10" has a number without a unit: write a unit, as "10s", "10m" or "10h""#);
    assert_snapshot!(out("primary cpu > 70% for 0m"), @r#"9:37: "primary cpu > 70% for 0m": 0s is too short: write 1m or more"#);
    assert_snapshot!(out("primary cpu > 70% for 90s"), @r#"9:37: "primary cpu > 70% for 90s": 1m30s is not a whole number of minutes: write 2m"#);
    assert_snapshot!(out("primary cpu > 70% for 4h"), @r#"9:37: "primary cpu > 70% for 4h": 4h is too long: write 3h or less"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, 8 of 12 points"), @r#"9:47: "primary cpu > 70% for 10m, 8 of 12 points": "for 10m" is 10 one-minute points, and not 12: write "8 of 10 points""#);
    assert_snapshot!(out("primary cpu > 70% for 10m, 0 of 10 points"), @r#"9:42: "primary cpu > 70% for 10m, 0 of 10 points": 0 of 10 points cannot be asked for: write 1 to 10"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, 11 of 10 points"), @r#"9:42: "primary cpu > 70% for 10m, 11 of 10 points": 11 of 10 points cannot be asked for: write 1 to 10"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, x of 10 points"), @r#"9:42: "primary cpu > 70% for 10m, x of 10 points": expected a whole number, found "x": write one, as "8""#);
    assert_snapshot!(out("primary cpu > 70% for 10m 8 of 10 points"), @r#"9:41: "primary cpu > 70% for 10m 8 of 10 points": "8" is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("primary cpu > 70% for 10m add 0"), @r#"9:45: "primary cpu > 70% for 10m add 0": "add 0" is out of range: write 1 to 5, which is max"#);
    assert_snapshot!(out("primary cpu > 70% for 10m add 6"), @r#"9:45: "primary cpu > 70% for 10m add 6": "add 6" is out of range: write 1 to 5, which is max"#);
    assert_snapshot!(out("primary cpu > 70% for 10m add two"), @r#"9:45: "primary cpu > 70% for 10m add two": expected a whole number, found "two": write one, as "8""#);
    assert_snapshot!(out("primary cpu > 70% for 10m add"), @r#"9:41: "primary cpu > 70% for 10m add": "add" is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("primary cpu > 70% for 10m, please"), @r#"9:40: "primary cpu > 70% for 10m, please": "," is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]"#);
    assert_snapshot!(out("cpu > 7 for 90s, 8 of 10 points remove 1"), @r#"
    9:15: "cpu > 7 for 90s, 8 of 10 points remove 1": unknown signal "cpu": did you mean "primary cpu"? known are "primary cpu", "replica cpu", "primary connections", "replica connections", "connections", "lag", "primary read latency", "replica read latency", "primary disk queue" and "replica disk queue"
    9:27: "cpu > 7 for 90s, 8 of 10 points remove 1": 1m30s is not a whole number of minutes: write 2m
    9:47: "cpu > 7 for 90s, 8 of 10 points remove 1": "remove" is not understood here: write SIGNAL > VALUE for DURATION[, M of N points][ add K]
    "#);
}

#[test]
fn rules_stand_in_the_list_that_they_are_for() {
    assert_snapshot!(with("scale_in = [\"replica cpu > 40% for 30m\"]"), @r#"10:26: "replica cpu > 40% for 30m": scale_in compares with "<": write "replica cpu < 40% for 30m""#);
    assert_snapshot!(with("scale_in = [\"replica cpu < 40% for 30m add 1\"]"), @r#"10:40: "replica cpu < 40% for 30m add 1": only scale_out rules add: remove "add 1""#);
    assert_snapshot!(with("alert = [\"lag < 1s for 5m\"]"), @r#"11:15: "lag < 1s for 5m": alert compares with ">": write "lag > 1s for 5m""#);
    assert_snapshot!(with("alert = [\"lag > 1s for 5m add 1\"]"), @r#"11:27: "lag > 1s for 5m add 1": only scale_out rules add: remove "add 1""#);
}

#[test]
fn places_point_into_rules_unless_escapes_hide_them() {
    assert!(with("scale_out = [ 'primary cpu > 70 for 10m']").starts_with("9:30: "));
    assert!(with("scale_out = [ '''primary cpu > 70 for 10m''']").starts_with("9:32: "));
    assert!(with("scale_out = [ \"\\u0070rimary cpu > 70 for 10m\"]").starts_with("9:15: "));
}

#[test]
fn thresholds_in_the_wrong_order_name_both_rules() {
    assert_snapshot!(
        told(&edited(&["scale_out = [\"primary cpu > 40% for 10m\"]", "scale_in = [\"primary cpu < 40% for 30m\"]"])),
        @r#"10:13: scale_in "primary cpu < 40% for 30m" (line 10) agrees to remove where scale_out "primary cpu > 40% for 10m" (line 9) adds: write a threshold well below 40%"#
    );
    assert_snapshot!(
        told(&edited(&["scale_out = [\"primary connections > 50% for 10m\"]", "scale_in = [\"connections < 60% for 30m\"]"])),
        @r#"10:13: scale_in "connections < 60% for 30m" (line 10) agrees to remove where scale_out "primary connections > 50% for 10m" (line 9) adds: write a threshold well below 50%"#
    );
    assert_snapshot!(
        told(&edited(&["scale_out = [\"lag > 90s for 10m\"]", "scale_in = [\"lag < 2m for 30m\"]"])),
        @r#"10:13: scale_in "lag < 2m for 30m" (line 10) agrees to remove where scale_out "lag > 90s for 10m" (line 9) adds: write a threshold well below 1m30s"#
    );
    assert_snapshot!(with("track = [\"replica cpu at 40%\"]"), @r#"10:13: scale_in "replica cpu < 40% for 30m" (line 10) agrees to remove where track "replica cpu at 40%" (line 11) adds: write a threshold well below 40%"#);
    // What the primary and the replicas do are two things.
    let apart = ["scale_out = [\"primary cpu > 40% for 10m\"]", "scale_in = [\"replica cpu < 50% for 30m\"]"];
    assert_eq!(told(&edited(&apart)), "nothing");
}

#[test]
fn tracking_rules_say_what_to_write_instead() {
    let track = |rule: &str| with(&format!("track = [\"{rule}\"]"));
    assert_eq!(track("replica cpu at 60%"), "nothing");
    assert_snapshot!(track("primary cpu at 60%"), @r#"11:11: "primary cpu at 60%": "primary cpu" cannot be tracked: write "replica cpu" or "replica connections""#);
    assert_snapshot!(track("lag at 60%"), @r#"11:11: "lag at 60%": "lag" cannot be tracked: write "replica cpu" or "replica connections""#);
    assert_snapshot!(track("replica memory at 60%"), @r#"11:11: "replica memory at 60%": unknown signal "replica memory": write "replica cpu" or "replica connections""#);
    assert_snapshot!(track("replica cpu at 0.6"), @r#"11:26: "replica cpu at 0.6": a target is a percentage: write "60%""#);
    assert_snapshot!(track("replica cpu at 5%"), @r#"11:26: "replica cpu at 5%": 5% cannot be kept: write a target of 10% to 95%"#);
    assert_snapshot!(track("replica cpu at 96%"), @r#"11:26: "replica cpu at 96%": 96% cannot be kept: write a target of 10% to 95%"#);
    assert_snapshot!(track("replica cpu at"), @r#"11:25: "replica cpu at": a target is a percentage: write "70%""#);
    assert_snapshot!(track("replica cpu > 60%"), @r#"11:11: "replica cpu > 60%": no "at" in it: write SIGNAL at VALUE, as "replica cpu at 60%""#);
}
