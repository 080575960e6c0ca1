//! The account that the replay answers from: instances, zones, series and parameter groups, described by the test.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::answers::{Query, queries};
use super::cache_answers::Caches;
use super::service_answers::Ecs;
use super::wire::{Answer, Call, Mishap};
use super::{answers, cache_answers, service_answers};

/// An instance, with what RDS tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) engine: String,
    pub(crate) class: String,
    pub(crate) resource_id: String,
    /// An empty text is an empty element.
    pub(crate) source: Option<String>,
    pub(crate) children: Vec<String>,
    pub(crate) clusters: Vec<String>,
    pub(crate) created: Option<String>,
    pub(crate) endpoint: Option<String>,
    /// Type, `Normal`, `Status`.
    pub(crate) infos: Vec<(String, Option<bool>, String)>,
    /// Whether a listing shows it; by name it is always found.
    pub(crate) listed: bool,
    /// What is inside `PendingModifiedValues`, as RDS writes it; `None`: the element is not there.
    pub(crate) pending: Option<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) protected: bool,
    pub(crate) retention: u32,
    /// Id and status.
    pub(crate) groups: Vec<(String, String)>,
    pub(crate) parameters: Option<String>,
    /// `ParameterApplyStatus` of the group.
    pub(crate) applied: String,
    /// Elements that RDS writes besides, as they stand in its answer.
    pub(crate) besides: String,
}

pub(crate) fn endpoint(id: &str) -> String {
    format!("{id}.abc.eu-west-1.rds.amazonaws.com")
}

impl Instance {
    /// A MySQL instance that has been there for long and is nobody's replica.
    pub(crate) fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            status: "available".to_owned(),
            engine: "mysql".to_owned(),
            class: "db.t3.medium".to_owned(),
            resource_id: format!("db-{}", id.to_ascii_uppercase()),
            source: None,
            children: Vec::new(),
            clusters: Vec::new(),
            created: Some("2026-01-02T03:04:05.678Z".to_owned()),
            endpoint: Some(endpoint(id)),
            infos: Vec::new(),
            listed: true,
            pending: Some(String::new()),
            tags: Vec::new(),
            protected: false,
            retention: 7,
            groups: vec![("sg-1".to_owned(), "active".to_owned())],
            parameters: Some("default.mysql8.0".to_owned()),
            applied: "in-sync".to_owned(),
            besides: String::new(),
        }
    }

    /// A replica of ours.
    pub(crate) fn replica(id: &str, target: &str) -> Self {
        let mut replica = Self::named(id);
        replica.source = Some(format!("{target}-primary"));
        replica.retention = 0;
        replica.infos = vec![("read replication".to_owned(), Some(true), "replicating".to_owned())];
        replica.tags = vec![
            ("tidegate:owner".to_owned(), "tidegate".to_owned()),
            ("tidegate:stage".to_owned(), "default".to_owned()),
            ("tidegate:target".to_owned(), target.to_owned()),
        ];
        replica
    }
}

/// A record set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    /// Without the last dot, unescaped.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) set_id: Option<String>,
    pub(crate) weight: Option<u32>,
    pub(crate) region: Option<String>,
    pub(crate) ttl: Option<u32>,
    pub(crate) values: Vec<String>,
    pub(crate) alias: Option<String>,
    pub(crate) health_check: Option<String>,
}

impl Set {
    pub(crate) fn simple(name: &str, kind: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            ttl: Some(300),
            values: vec![value.to_owned()],
            ..Self::default()
        }
    }

    pub(crate) fn weighted(name: &str, set_id: &str, weight: u32, value: &str) -> Self {
        Self {
            set_id: Some(set_id.to_owned()),
            weight: Some(weight),
            ttl: Some(10),
            ..Self::simple(name, "CNAME", value)
        }
    }
}

/// What a zone is listed by, of a name.
pub(crate) type Order = fn(&str) -> String;

/// A hosted zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: String,
    pub(crate) sets: Vec<Set>,
    /// By what it is listed.
    pub(crate) order: Order,
}

impl Zone {
    /// A zone with the two records that every zone has.
    pub(crate) fn named(name: &str) -> Self {
        let sets = vec![
            Set::simple(name, "NS", "ns-1.awsdns-01.org."),
            Set::simple(
                name,
                "SOA",
                "ns-1.awsdns-01.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
            ),
        ];
        Self { name: name.to_owned(), sets, order: labels_from_the_right }
    }
}

/// The order of the API reference: labels from the right, each with its dot.
pub(crate) fn labels_from_the_right(name: &str) -> String {
    name.split('.').rev().map(|label| format!("{label}.")).collect()
}

/// What goes wrong with a description by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByName {
    /// It is denied, while the listing is not.
    Denied,
    /// It is answered, with no instance in it.
    Empty,
    /// It is throttled, at every try.
    Throttled,
}

/// What the account holds.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) instances: Vec<Instance>,
    /// Blue/green deployments, each as it stands in RDS's answer.
    pub(crate) deployments: Vec<String>,
    pub(crate) zones: BTreeMap<String, Zone>,
    /// By group, in the order of RDS; a parameter and its value.
    pub(crate) parameters: BTreeMap<String, Vec<(String, Option<String>)>>,
    pub(crate) filters_honoured: bool,
    /// How RDS answers who describes an instance by its name, if not in order.
    pub(crate) by_name: Option<ByName>,
    /// By id, without `/change/`.
    pub(crate) changes: BTreeMap<String, String>,
    /// By instance and metric: seconds and values, given as they stand here. What is not here has a point a minute.
    pub(crate) series: BTreeMap<(String, String), Vec<(i64, f64)>>,
    /// What ListMetrics lists: the dimensions of each metric.
    pub(crate) listed: Vec<Vec<(String, String)>>,
    /// By instance and metric; else `Complete`.
    pub(crate) codes: BTreeMap<(String, String), String>,
    /// Results on a page of GetMetricData.
    pub(crate) results_a_page: usize,
    /// Instances of which no result comes, whatever is asked.
    pub(crate) passed_over: Vec<String>,
    /// Results that nobody asked for, on every page.
    pub(crate) stray: Vec<String>,
    /// Clusters, services and scalable targets.
    pub(crate) ecs: Ecs,
    /// Replication groups, nodes and serverless caches.
    pub(crate) caches: Caches,
    pub(crate) calls: Vec<Call>,
    /// How long an answer takes, by operation.
    pub(crate) delays: BTreeMap<String, Duration>,
    mishaps: BTreeMap<String, VecDeque<Mishap>>,
    lasting: BTreeMap<String, Mishap>,
    /// After so many more calls the mishap lasts.
    later: BTreeMap<String, (usize, Mishap)>,
}

/// An account, shared by the test and the connector.
#[derive(Clone, Debug)]
pub(crate) struct Account(Arc<Mutex<State>>);

impl Account {
    pub(crate) fn new() -> Self {
        let formula = ("max_connections".to_owned(), Some("{DBInstanceClassMemory/12582880}".to_owned()));
        Self(Arc::new(Mutex::new(State {
            instances: Vec::new(),
            deployments: Vec::new(),
            zones: BTreeMap::new(),
            parameters: BTreeMap::from([("default.mysql8.0".to_owned(), vec![formula])]),
            filters_honoured: true,
            by_name: None,
            changes: BTreeMap::new(),
            series: BTreeMap::new(),
            listed: Vec::new(),
            codes: BTreeMap::new(),
            results_a_page: usize::MAX,
            passed_over: Vec::new(),
            stray: Vec::new(),
            ecs: Ecs::default(),
            caches: Caches::default(),
            calls: Vec::new(),
            delays: BTreeMap::new(),
            mishaps: BTreeMap::new(),
            lasting: BTreeMap::new(),
            later: BTreeMap::new(),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The calls of this operation so far.
    pub(crate) fn calls(&self, operation: &str) -> Vec<Call> {
        self.state().calls.iter().filter(|call| call.operation == operation).cloned().collect()
    }

    /// The next call of this operation that has none yet meets this.
    pub(crate) fn mishap(&self, operation: &str, mishap: Mishap) {
        self.state().mishaps.entry(operation.to_owned()).or_default().push_back(mishap);
    }

    /// Every one of the three tries of the next call meets this.
    pub(crate) fn mishap_at_every_try(&self, operation: &str, mishap: &Mishap) {
        for _ in 0..3 {
            self.mishap(operation, mishap.clone());
        }
    }

    /// Every call of this operation from now on meets this; `None` ends it.
    pub(crate) fn lasting_mishap(&self, operation: &str, mishap: Option<Mishap>) {
        let lasting = &mut self.state().lasting;
        lasting.remove(operation);
        lasting.extend(mishap.map(|mishap| (operation.to_owned(), mishap)));
    }

    /// So many calls of this operation go well from now on, and every one after them meets this until `lasting_mishap` ends it.
    pub(crate) fn mishap_after(&self, operation: &str, calls: usize, mishap: Mishap) {
        self.state().later.insert(operation.to_owned(), (calls, mishap));
    }

    /// What was asked of CloudWatch so far, in whichever way: one a series, sorted by what it is of.
    pub(crate) fn series_asked(&self) -> Vec<Query> {
        let calls = [self.calls("GetMetricData"), self.calls("GetMetricStatistics")];
        let mut asked: Vec<_> = calls.iter().flatten().flat_map(queries).collect();
        asked.sort_by(|a, b| {
            let by =
                |query: &Query| (query.namespace.clone(), query.dimensions.clone(), query.metric.clone());
            by(a).cmp(&by(b))
        });
        asked
    }

    pub(super) fn delay(&self, call: &Call) -> Option<Duration> {
        self.state().delays.get(&call.operation).copied()
    }

    pub(super) fn next_mishap(&self, call: &Call) -> Option<Mishap> {
        let mut state = self.state();
        state.calls.push(call.clone());
        if let Some((left, mishap)) = state.later.remove(&call.operation) {
            if left == 0 {
                state.lasting.insert(call.operation.clone(), mishap);
            } else {
                state.later.insert(call.operation.clone(), (left - 1, mishap));
            }
        }
        let once = state.mishaps.get_mut(&call.operation).and_then(VecDeque::pop_front);
        once.or_else(|| state.lasting.get(&call.operation).cloned())
    }

    pub(super) fn answer(&self, call: &Call) -> Answer {
        let mut state = self.state();
        service_answers::answer(&mut state.ecs, call)
            .or_else(|| cache_answers::answer(&mut state.caches, call))
            .unwrap_or_else(|| answers::answer(&mut state, call))
    }

    pub(super) fn refusal(&self, call: &Call, status: u16, code: &str, message: &str) -> Answer {
        answers::refusal(&call.operation, status, code, message)
    }
}
