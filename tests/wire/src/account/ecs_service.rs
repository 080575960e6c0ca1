//! The services of an account: made, changed and looked at behind the function's back, in ministack and, where bounds are registered, in moto.

use serde_json::{Value, json};

use super::Account;
use crate::json;
use crate::stand_ins::{ministack, moto};

/// The cluster of every scenario.
pub const CLUSTER: &str = "prod";
/// The service of every scenario.
pub const SERVICE: &str = "api";

impl Account {
    /// The service, with so many tasks; `settings` go into CreateService beside what every service has.
    pub fn make_service(&self, desired: u32, settings: &Value) {
        self.make_service_in(ministack(), desired, settings);
    }

    fn make_service_in(&self, stand_in: &str, desired: u32, settings: &Value) {
        self.ask(stand_in, "ECS.CreateCluster", &json!({ "clusterName": CLUSTER }));
        let container = json!({ "name": "api", "image": "api", "memory": 512 });
        let definition = json!({ "family": SERVICE, "containerDefinitions": [container] });
        self.ask(stand_in, "ECS.RegisterTaskDefinition", &definition);
        let mut service = json!({
            "cluster": CLUSTER,
            "serviceName": SERVICE,
            "taskDefinition": SERVICE,
            "desiredCount": desired,
            "launchType": "FARGATE",
        });
        for (key, value) in settings.as_object().into_iter().flatten() {
            service[key] = value.clone();
        }
        self.ask(stand_in, "ECS.CreateService", &service);
    }

    /// The desired count.
    ///
    /// # Panics
    /// When there is no service.
    pub fn desired(&self) -> u32 {
        let asked = json!({ "cluster": CLUSTER, "services": [SERVICE] });
        let answer = self.ask(ministack(), "ECS.DescribeServices", &asked);
        let desired = answer["services"][0]["desiredCount"].as_u64().expect("the scene made a service");
        u32::try_from(desired).expect("a handful of tasks")
    }

    /// Somebody else says how many tasks there are to be.
    pub fn set_desired(&self, desired: u32) {
        let asked = json!({ "cluster": CLUSTER, "service": SERVICE, "desiredCount": desired });
        self.ask(ministack(), "ECS.UpdateService", &asked);
    }

    /// Somebody deletes the service, with all its tasks.
    pub fn delete_service(&self) {
        let asked = json!({ "cluster": CLUSTER, "service": SERVICE, "force": true });
        self.ask(ministack(), "ECS.DeleteService", &asked);
    }

    /// Registers the service as a scalable target with these bounds; `settings` go into the request beside them.
    pub fn register(&self, min: u32, max: u32, settings: &Value) {
        // moto knows a target's service only if it is its own.
        self.make_service_in(moto(), 0, &Value::Null);
        self.change_registration(json!({ "MinCapacity": min, "MaxCapacity": max }), settings);
    }

    /// Somebody changes the registration.
    pub fn register_again(&self, settings: &Value) {
        self.change_registration(json!({}), settings);
    }

    fn change_registration(&self, mut asked: Value, settings: &Value) {
        for (key, value) in settings.as_object().into_iter().flatten() {
            asked[key] = value.clone();
        }
        self.ask(moto(), "ApplicationAutoScaling.RegisterScalableTarget", &of_the_service(asked));
    }

    /// Somebody ends the registration.
    pub fn deregister(&self) {
        self.ask(moto(), "ApplicationAutoScaling.DeregisterScalableTarget", &of_the_service(json!({})));
    }

    /// The scalable target as it is registered; null where none is.
    pub fn registered(&self) -> Value {
        let asked = json!({ "ServiceNamespace": "ecs" });
        let answer = self.ask(moto(), "ApplicationAutoScaling.DescribeScalableTargets", &asked);
        answer["ScalableTargets"][0].clone()
    }

    /// The bounds that are registered.
    pub fn bounds(&self) -> (u64, u64) {
        let registered = self.registered();
        let bound = |name: &str| registered[name].as_u64().expect("a target is registered, with bounds");
        (bound("MinCapacity"), bound("MaxCapacity"))
    }

    fn ask(&self, stand_in: &str, operation: &str, body: &Value) -> Value {
        json::ask(stand_in, self.key(), operation, body)
            .unwrap_or_else(|refused| panic!("{operation} of {body}: {refused}"))
    }
}

fn of_the_service(mut asked: Value) -> Value {
    asked["ServiceNamespace"] = json!("ecs");
    asked["ResourceId"] = json!(format!("service/{CLUSTER}/{SERVICE}"));
    asked["ScalableDimension"] = json!("ecs:service:DesiredCount");
    asked
}
