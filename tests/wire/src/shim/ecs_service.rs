//! ECS and Application Auto Scaling as AWS has them, where the stand-ins have not: tasks take their time, a rollout too, and registered bounds
//! pull the desired count in. The facts are those of the guides of ECS and Application Auto Scaling, and each mend says which.

use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Answer, Operation};
use crate::account::{CLUSTER, SERVICE};
use crate::clock::Clock;
use crate::json::ask;
use crate::stand_ins::ministack;

/// From the request for a task until it runs, by the test's clock: no whole minutes, so that no tick falls on its edge.
const STARTING: SignedDuration = SignedDuration::from_secs(90);

#[derive(Debug)]
struct State {
    starting: SignedDuration,
    running: Option<u32>,
    /// What was asked for and does not run yet: how many run then, and when that is.
    coming: Vec<(u32, Timestamp)>,
    rollout: bool,
    status: Option<&'static str>,
}

/// Everything that is mended of the service.
#[derive(Debug)]
pub(crate) struct Mend {
    clock: Arc<Clock>,
    state: Mutex<State>,
}

impl Mend {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        let state =
            State { starting: STARTING, running: None, coming: Vec::new(), rollout: false, status: None };
        Self { clock, state: Mutex::new(state) }
    }

    pub(crate) fn set_starting(&self, starting: SignedDuration) {
        self.state().starting = starting;
    }

    pub(crate) fn set_rollout(&self, under_way: bool) {
        self.state().rollout = under_way;
    }

    pub(crate) fn set_status(&self, status: &'static str) {
        self.state().status = Some(status);
    }

    /// How many tasks run now, where so many are wanted.
    pub(crate) fn running(&self, desired: u32) -> u32 {
        self.state().running(desired, self.clock.now())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked with the service's state")
    }

    /// The answer to a call of the account of `key`: the stand-in's, mended.
    pub(crate) fn answer(
        &self,
        operation: &Operation,
        key: &str,
        body: &[u8],
        forward: impl FnOnce() -> Answer,
    ) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        match operation.as_str() {
            "ECS.DescribeServices" => self.mended(forward(), |state, answer, now| {
                let services = answer["services"].as_array_mut();
                services.into_iter().flatten().for_each(|service| state.mend(service, now));
            }),
            "ECS.UpdateService" => {
                self.mended(forward(), |state, answer, now| state.mend(&mut answer["service"], now))
            }
            "ApplicationAutoScaling.RegisterScalableTarget" => {
                // moto takes a minimum above the maximum.
                if asked["MinCapacity"].as_u64() > asked["MaxCapacity"].as_u64() {
                    let message = "Maximum capacity cannot be less than minimum capacity";
                    let said = json!({ "__type": "ValidationException", "Message": message });
                    return written(400, Vec::new(), &said);
                }
                let answer = forward();
                if answer.status == 200 {
                    pull_in(key, &asked);
                }
                answer
            }
            "ApplicationAutoScaling.DescribeScalableTargets" => self.mended(forward(), |_, answer, _| {
                let targets = answer["ScalableTargets"].as_array_mut();
                // AWS always says all three; moto says null, or those that were given.
                for target in targets.into_iter().flatten() {
                    for switch in ["DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling"] {
                        let switch = &mut target["SuspendedState"][format!("{switch}Suspended")];
                        *switch = json!(switch.as_bool().unwrap_or(false));
                    }
                }
            }),
            _ => forward(),
        }
    }

    fn mended(&self, answer: Answer, mend: impl FnOnce(&mut State, &mut Value, Timestamp)) -> Answer {
        let (200, Ok(mut said)) = (answer.status, serde_json::from_slice::<Value>(&answer.body)) else {
            return answer;
        };
        mend(&mut self.state(), &mut said, self.clock.now());
        written(200, answer.headers, &said)
    }
}

impl State {
    fn running(&mut self, desired: u32, now: Timestamp) -> u32 {
        let ready = self.coming.iter().filter(|(_, at)| *at <= now).map(|(count, _)| *count).max();
        // What is taken away is gone at once.
        let running = self.running.unwrap_or(desired).max(ready.unwrap_or(0)).min(desired);
        self.running = Some(running);
        self.coming.retain_mut(|(count, at)| {
            *count = desired.min(*count);
            *at > now && *count > running
        });
        let asked_for = self.coming.iter().map(|(count, _)| *count).max().unwrap_or(running);
        if desired > asked_for {
            self.coming.push((desired, now + self.starting));
        }
        running
    }

    fn mend(&mut self, service: &mut Value, now: Timestamp) {
        let Some(desired) = service["desiredCount"].as_u64() else { return };
        if let Some(status) = self.status {
            // ministack deletes a service at once; at AWS it is DRAINING while its tasks stop.
            service["status"] = json!(status);
        }
        if service["status"] != "ACTIVE" {
            return;
        }
        let desired = u32::try_from(desired).unwrap_or(u32::MAX);
        // ministack's tasks run at once.
        let running = self.running(desired, now);
        let count = |service: &mut Value, running: u32| {
            service["runningCount"] = json!(running);
            service["pendingCount"] = json!(desired - running);
        };
        count(service, running);
        let Some(deployment) = service["deployments"].get_mut(0) else { return };
        count(deployment, running);
        if self.rollout {
            // ministack's rollouts are complete at once; at AWS the old deployment stays until the new one is.
            let mut new = deployment.clone();
            deployment["status"] = json!("ACTIVE");
            new["id"] = json!("ecs-svc/2222222222222222222");
            new["rolloutState"] = json!("IN_PROGRESS");
            new["rolloutStateReason"] = json!("ECS deployment ecs-svc/2222222222222222222 in progress.");
            count(&mut new, 0);
            if let Some(deployments) = service["deployments"].as_array_mut() {
                deployments.insert(0, new);
            }
        }
    }
}

/// Registered bounds pull the desired count in at once, which moto's know nothing of: the service is ministack's.
fn pull_in(key: &str, asked: &Value) {
    let in_ecs = |operation: &str, body: Value| {
        ask(ministack(), key, operation, &body).unwrap_or_else(|refused| panic!("{operation}: {refused}"))
    };
    let found = in_ecs("ECS.DescribeServices", json!({ "cluster": CLUSTER, "services": [SERVICE] }));
    let Some(desired) = found["services"][0]["desiredCount"].as_u64() else { return };
    let least = asked["MinCapacity"].as_u64().unwrap_or(0);
    let most = asked["MaxCapacity"].as_u64().unwrap_or(u64::MAX);
    let pulled = desired.max(least).min(most);
    if pulled != desired {
        in_ecs(
            "ECS.UpdateService",
            json!({ "cluster": CLUSTER, "service": SERVICE, "desiredCount": pulled }),
        );
    }
}

fn written(status: u16, mut headers: Vec<(String, String)>, said: &Value) -> Answer {
    headers.retain(|(name, _)| name != "content-type");
    headers.push(("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()));
    Answer { status, headers, body: said.to_string().into_bytes() }
}
