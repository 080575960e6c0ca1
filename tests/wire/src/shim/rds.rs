//! RDS as AWS has it, where ministack has not: the facts are those of the RDS user guide, and each mend says which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use xmltree::{Element, XMLNode};

use super::query::{Form, refusal, replace, set, text, written, xml};
use super::{Answer, Operation};
use crate::clock::Clock;

/// How long RDS takes, on the test's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spells {
    /// From the request to `available`; AWS takes 5 to 60 minutes.
    pub creating: SignedDuration,
    /// From the request until it is gone.
    pub deleting: SignedDuration,
}

impl Default for Spells {
    fn default() -> Self {
        Self { creating: SignedDuration::from_mins(3), deleting: SignedDuration::from_mins(2) }
    }
}

/// What ministack was asked to make and forgot half of.
#[derive(Clone, Debug)]
struct Made {
    at: Timestamp,
    class: Option<String>,
    security_groups: Vec<String>,
}

#[derive(Debug, Default)]
struct State {
    spells: Spells,
    made: BTreeMap<String, Made>,
    /// Asked to be deleted: what it looked like, and when it is gone.
    leaving: BTreeMap<String, (Element, Timestamp)>,
    gone: BTreeSet<String>,
}

/// Everything that is mended of RDS.
#[derive(Debug)]
pub(crate) struct Mend {
    clock: Arc<Clock>,
    state: Mutex<State>,
}

impl Mend {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    pub(crate) fn set(&self, spells: Spells) {
        self.state().spells = spells;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked with RDS' state")
    }

    /// The answer to a call: ministack's, mended, or RDS' own where ministack has none.
    pub(crate) fn answer(
        &self,
        operation: &Operation,
        body: &[u8],
        forward: impl FnOnce() -> Answer,
    ) -> Answer {
        let form = Form::read(body);
        let id = form.one("DBInstanceIdentifier").unwrap_or_default().to_lowercase();
        let now = self.clock.now();
        match operation.as_str() {
            "RDS.CreateDBInstanceReadReplica" => {
                if self.state().is_leaving(&id, now) {
                    return refusal(
                        400,
                        "DBInstanceAlreadyExists",
                        &format!("DB instance {id} already exists"),
                    );
                }
                let answer = forward();
                let mut state = self.state();
                if answer.status == 200 {
                    state.gone.remove(&id);
                    let made = Made {
                        at: now,
                        class: form.one("DBInstanceClass").map(str::to_owned),
                        security_groups: form.all("VpcSecurityGroupIds."),
                    };
                    state.made.insert(id, made);
                }
                state.mended(answer, now, |_| false)
            }
            "RDS.DeleteDBInstance" => {
                if self.state().is_leaving(&id, now) {
                    let message = format!("Instance {id} is already being deleted.");
                    return refusal(400, "InvalidDBInstanceState", &message);
                }
                let answer = forward();
                let mut state = self.state();
                let answer = state.mended(answer, now, |_| false);
                if let (200, Ok(mut root)) = (answer.status, Element::parse(answer.body.as_slice())) {
                    each_instance(&mut root, &mut |instance| {
                        set(instance, "DBInstanceStatus", "deleting");
                        let until = now + state.spells.deleting;
                        state.leaving.insert(id.clone(), (instance.clone(), until));
                    });
                    state.made.remove(&id);
                    return Answer { body: written(&root), ..answer };
                }
                answer
            }
            "RDS.DescribeDBInstances" => {
                let answer = forward();
                let mut state = self.state();
                match (answer.status, state.leaving.get(&id)) {
                    // An instance that is being deleted is still described.
                    (404, Some((instance, until))) if *until > now => described(instance),
                    _ => state.mended(answer, now, |leaving| id.is_empty() && form.filters(leaving)),
                }
            }
            // ministack knows no blue/green deployments: there are none.
            "RDS.DescribeBlueGreenDeployments" => {
                let mut result = Element::new("DescribeBlueGreenDeploymentsResult");
                result.children.push(XMLNode::Element(Element::new("BlueGreenDeployments")));
                let mut root = Element::new("DescribeBlueGreenDeploymentsResponse");
                root.children.push(XMLNode::Element(result));
                xml(200, &root)
            }
            _ => forward(),
        }
    }
}

impl State {
    fn is_leaving(&self, id: &str, now: Timestamp) -> bool {
        self.leaving.get(id).is_some_and(|(_, until)| *until > now)
    }

    fn mended(&mut self, answer: Answer, now: Timestamp, listed: impl Fn(&str) -> bool) -> Answer {
        let Ok(mut root) = Element::parse(answer.body.as_slice()) else { return answer };
        if answer.status != 200 {
            return answer;
        }
        let over: Vec<String> =
            self.leaving.iter().filter(|(_, (_, until))| *until <= now).map(|(id, _)| id.clone()).collect();
        for id in over {
            self.leaving.remove(&id);
            self.gone.insert(id);
        }
        each_instance(&mut root, &mut |instance| self.mend(instance, now));
        if let Some(list) = root
            .get_mut_child("DescribeDBInstancesResult")
            .and_then(|result| result.get_mut_child("DBInstances"))
        {
            let leaving = self.leaving.iter().filter(|(id, _)| listed(id));
            list.children.extend(leaving.map(|(_, (instance, _))| XMLNode::Element(instance.clone())));
        }
        Answer { body: written(&root), ..answer }
    }

    fn mend(&self, instance: &mut Element, now: Timestamp) {
        let Some(id) = text(instance, "DBInstanceIdentifier") else { return };
        // AWS leaves out what has no value; an empty source would read as "a replica of nothing".
        for name in
            ["ReadReplicaSourceDBInstanceIdentifier", "DBClusterIdentifier", "ReplicaMode", "KmsKeyId"]
        {
            if text(instance, name).is_none_or(|value| value.is_empty()) {
                while instance.take_child(name).is_some() {}
            }
        }
        // Every instance has an endpoint of its own; ministack's all share its host.
        if let Some(endpoint) = instance.get_mut_child("Endpoint") {
            set(endpoint, "Address", &address(&id));
            set(endpoint, "Port", "3306");
        }
        // The source's list shrinks when a deletion is over, and names what is still being deleted.
        if let Some(list) = instance.get_mut_child("ReadReplicaDBInstanceIdentifiers") {
            list.children.retain(|child| {
                let named = child.as_element().and_then(Element::get_text);
                named.is_none_or(|named| !self.gone.contains(named.as_ref()))
            });
        }
        if text(instance, "ReadReplicaSourceDBInstanceIdentifier").is_none() {
            return;
        }
        let mut ready = true;
        if let Some(made) = self.made.get(&id) {
            ready = made.at + self.spells.creating <= now;
            // ministack keeps the true time; metrics before the creation are another's.
            set(instance, "InstanceCreateTime", &made.at.to_string());
            // ministack takes the source's class and drops the security groups.
            if let Some(class) = &made.class {
                set(instance, "DBInstanceClass", class);
            }
            if !made.security_groups.is_empty() {
                let groups = made.security_groups.iter().map(|group| {
                    let mut element = Element::new("VpcSecurityGroupMembership");
                    set(&mut element, "VpcSecurityGroupId", group);
                    set(&mut element, "Status", "active");
                    element
                });
                replace(instance, "VpcSecurityGroups", groups.collect());
            }
        }
        if ready {
            let mut info = Element::new("DBInstanceStatusInfo");
            set(&mut info, "StatusType", "read replication");
            set(&mut info, "Normal", "true");
            set(&mut info, "Status", "replicating");
            replace(instance, "StatusInfos", vec![info]);
        } else {
            // An instance is `creating` for minutes, and has no endpoint meanwhile.
            set(instance, "DBInstanceStatus", "creating");
            instance.take_child("Endpoint");
        }
    }
}

/// The endpoint that an instance gets here.
pub fn address(id: &str) -> String {
    format!("{id}.c0ffee0ddba1.eu-west-1.rds.amazonaws.com")
}

fn each_instance(element: &mut Element, with: &mut impl FnMut(&mut Element)) {
    if element.name == "DBInstance" {
        with(element);
        return;
    }
    for child in element.children.iter_mut().filter_map(XMLNode::as_mut_element) {
        each_instance(child, with);
    }
}

fn described(instance: &Element) -> Answer {
    let wrap = |name: &str, child: Element| {
        let mut element = Element::new(name);
        element.children.push(XMLNode::Element(child));
        element
    };
    let result = wrap("DescribeDBInstancesResult", wrap("DBInstances", instance.clone()));
    xml(200, &wrap("DescribeDBInstancesResponse", result))
}
