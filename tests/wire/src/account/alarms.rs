//! The alarms of an account: whether they went off, and one that a person sets off.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::StateValue;

use super::Account;

impl Account {
    /// The state of every alarm, by name: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub fn alarms(&self) -> BTreeMap<String, String> {
        let call = self.cloudwatch.describe_alarms().max_records(100).send();
        let answer = self.runtime.block_on(call).expect("ministack describes alarms");
        let alarms = answer.metric_alarms.unwrap_or_default().into_iter();
        let state = |value: Option<StateValue>| value.map_or(String::new(), |value| value.to_string());
        alarms.filter_map(|alarm| Some((alarm.alarm_name?, state(alarm.state_value)))).collect()
    }

    /// Whether this alarm has ever gone off. Its state at one moment tells less: ministack averages a metric over all dimensions, so that an
    /// idle replica brings the alarm of a busy primary back to `OK`, as soon as it has points.
    pub fn went_off(&self, alarm: &str) -> bool {
        let call = self.cloudwatch.describe_alarm_history().alarm_name(alarm).max_records(100).send();
        let answer = self.runtime.block_on(call).expect("ministack tells an alarm's history");
        let mut items = answer.alarm_history_items.unwrap_or_default().into_iter();
        items.any(|item| item.history_summary.is_some_and(|summary| summary.ends_with("to ALARM")))
    }

    /// Somebody sets this alarm off, as one does to try whether anybody is told.
    pub fn set_off(&self, alarm: &str) {
        let call = self.cloudwatch.set_alarm_state().alarm_name(alarm).state_value(StateValue::Alarm);
        let call = call.state_reason("tried out").send();
        self.runtime.block_on(call).expect("ministack sets an alarm off");
    }
}
