//! Why our own event types: which of AWS's payloads `aws_lambda_events` reads. When a version of it reads more, this says so.

use aws_lambda_events::cloudwatch_alarms::CloudWatchAlarm;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sns::{CloudWatchAlarmPayload, SnsEvent, SnsEventObj};
use serde::de::DeserializeOwned;
use serde_json::Value;

fn verdict<T: DeserializeOwned>(payload: &Value) -> String {
    match serde_json::from_value::<T>(payload.clone()) {
        Ok(_) => "read".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_the_typed_events_read_of_what_aws_sends() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/events");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut table = String::new();
    for path in names {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let payload: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let verdict = match name.split_once('-').map_or(name.as_str(), |(kind, _)| kind) {
            "unreadable" => continue,
            "alarm" if name.starts_with("alarm-sns") => {
                verdict::<SnsEventObj<CloudWatchAlarmPayload>>(&payload)
            }
            "alarm" if name.starts_with("alarm-action") => verdict::<CloudWatchAlarm>(&payload),
            "sns" | "rds" | "elasticache" if payload.get("Records").is_some() => {
                verdict::<SnsEvent>(&payload)
            }
            _ => verdict::<EventBridgeEvent>(&payload),
        };
        table.push_str(&format!("{name}: {verdict}\n"));
        assert!(tidegate_aws::event::parse(&payload).is_ok(), "{name} is read by ours");
    }
    insta::assert_snapshot!(table);
}
