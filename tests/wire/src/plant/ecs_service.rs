//! The services' points: the work is said, and what each task shows of it follows from the tasks that run.

use jiff::Timestamp;

use super::Plant;
use crate::account::{Account, CLUSTER, Point, SERVICE};
use crate::shim::Shim;

/// The load balancer in front of the service.
pub const LOAD_BALANCER: &str = "app/prod/50dc6c495c0c9188";
/// The service's target group.
pub const TARGET_GROUP: &str = "targetgroup/api/6d0ecf831eec9f09";
/// The service's queue.
pub const QUEUE: &str = "jobs.fifo";

/// What the service has to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Percent of one task's CPU, of all tasks together.
    pub cpu: f64,
    /// Requests a minute.
    pub requests: f64,
    /// Messages that wait.
    pub messages: f64,
}

impl Work {
    /// Two tasks at half their strength.
    pub const CALM: Self = Self { cpu: 100.0, requests: 200.0, messages: 0.0 };
    /// Four tasks at half their strength: too much for two.
    pub const HOT: Self = Self { cpu: 200.0, ..Self::CALM };
    /// Next to nothing.
    pub const IDLE: Self = Self { cpu: 10.0, requests: 10.0, messages: 0.0 };
}

impl Plant for Work {
    fn measure(self, account: &Account, shim: &Shim, minutes: &[Timestamp]) {
        let running = f64::from(shim.running(account.desired()));
        let service = [("ClusterName", CLUSTER), ("ServiceName", SERVICE)];
        let group = [("TargetGroup", TARGET_GROUP), ("LoadBalancer", LOAD_BALANCER)];
        let queue = [("QueueName", QUEUE)];
        let mut points = Vec::new();
        for at in minutes.iter().copied() {
            let mut put = |namespace, of: &[(&'static str, &str)], metric, value| {
                let of = of.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
                points.push(Point { namespace, of, metric, at, value });
            };
            // A service without a task has no CPU to measure.
            if running > 0.0 {
                put("AWS/ECS", &service, "CPUUtilization", (self.cpu / running).min(100.0));
                put("AWS/ECS", &service, "MemoryUtilization", 40.0);
                put("AWS/ApplicationELB", &group, "HealthyHostCount", running);
            }
            if self.requests > 0.0 {
                put("AWS/ApplicationELB", &group, "RequestCount", self.requests);
            }
            put("AWS/SQS", &queue, "ApproximateNumberOfMessagesVisible", self.messages);
            put("AWS/SQS", &queue, "ApproximateNumberOfMessagesNotVisible", 0.0);
        }
        account.put_points(&points);
    }

    fn look(self, account: &Account, _: &Shim) -> String {
        format!("{} tasks are wanted", account.desired())
    }
}
