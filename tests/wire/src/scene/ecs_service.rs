//! A scene with a service: two tasks at half their strength for an hour, and a policy that moves within minutes.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::Scene;
use crate::account::{CLUSTER, SERVICE};
use crate::function::ecs_capacity;
use crate::plant::Work;

/// The target of every scenario with a service.
pub const API: &str = "api";

/// Two to six tasks, out and in by CPU, with cooldowns between two ticks; `beside` are more keys of the target, and then tables.
pub fn service_policy(beside: &str) -> String {
    format!(
        r#"[[target]]
name = "{API}"
kind = "ecs-service"
cluster = "{CLUSTER}"
service = "{SERVICE}"
min = 2
max = 6
evaluate_every = "1m"
scale_out = ["cpu > 70% for 3m"]
scale_in = ["cpu < 30% for 3m"]
cooldown = {{ out = "150s", in = "270s" }}
stabilization = {{ in = "0s" }}
override_for = "30m"
{beside}
"#
    )
}

impl Scene<Work> {
    /// An account with a service of so many tasks, all running, and a binary that was not started yet.
    pub fn of_service(desired: u32) -> Self {
        Self::of_service_with(desired, &Value::Null)
    }

    /// The same; `settings` go into CreateService.
    pub fn of_service_with(desired: u32, settings: &Value) -> Self {
        let mut scene = Self::on_stage(ecs_capacity(), Work::CALM);
        scene.account.make_service(desired, settings);
        scene.set_policy(&service_policy(""));
        scene.measure_the_hour_before();
        scene
    }

    /// Moves the clock to this time of a day in `zone`, so many days from today's, with an hour of the same work behind it.
    pub fn go_to(&mut self, zone: &str, days: i64, time: &str) -> Timestamp {
        let zone = TimeZone::get(zone).expect("the zone is known");
        let day = self.clock.now().to_zoned(zone.clone()).date();
        let day = day.checked_add(jiff::Span::new().days(days)).expect("a day in range");
        let time: jiff::civil::Time = time.parse().expect("a time of day");
        let to = day.to_datetime(time).to_zoned(zone).expect("no gap of the clock").timestamp();
        self.clock.set(to);
        self.measure_the_hour_before();
        to
    }

    /// The desired count.
    pub fn desired(&self) -> u32 {
        self.account.desired()
    }

    /// The bodies of the calls of this operation, in order.
    ///
    /// # Panics
    /// When one is no JSON.
    pub fn asked(&self, operation: &str) -> Vec<Value> {
        let calls = self.shim.calls().into_iter().filter(|call| call.operation.as_str() == operation);
        calls.map(|call| serde_json::from_str(&call.request).expect("these calls are JSON")).collect()
    }
}
