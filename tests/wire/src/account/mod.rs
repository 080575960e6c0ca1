//! An AWS account of a test's own: its metrics, its parameters, the ledger's table; and what is scaled in it, in a file for each kind.

mod alarms;
mod ecs_service;
mod rds_replicas;
mod redis_nodes;
mod stacks;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_dynamodb as dynamodb;
use aws_sdk_rds as rds;
use aws_sdk_route53 as route53;
use aws_sdk_ssm as ssm;
use cloudwatch::primitives::DateTime;
use dynamodb::types::AttributeValue;
use jiff::Timestamp;
use tidegate_policy::history::History;
use tokio::runtime::{Builder, Runtime};

use crate::stand_ins::ministack;

pub use ecs_service::{CLUSTER, SERVICE};
pub use rds_replicas::{READER, Record, SOURCE};
pub use redis_nodes::GROUP;

/// The Region of everything.
pub const REGION: &str = "eu-west-1";
/// The ledger's table.
pub const TABLE: &str = "tidegate-ledger";

static ACCOUNTS: AtomicU64 = AtomicU64::new(1);

/// One point of one metric.
#[derive(Clone, Debug)]
pub struct Point {
    /// `AWS/RDS`
    pub namespace: &'static str,
    /// Of what: the dimensions.
    pub of: Vec<(&'static str, String)>,
    /// As the namespace calls it.
    pub metric: &'static str,
    /// The minute it stands for.
    pub at: Timestamp,
    /// In the metric's unit.
    pub value: f64,
}

/// A fresh account, reached without shim and faults. It is ministack's, and moto's for Application Auto Scaling.
#[derive(Debug)]
pub struct Account {
    runtime: Runtime,
    key: String,
    zone: String,
    cloudwatch: cloudwatch::Client,
    dynamodb: dynamodb::Client,
    rds: rds::Client,
    route53: route53::Client,
    ssm: ssm::Client,
}

impl Account {
    /// With a zone and the ledger's table, and nothing to scale yet.
    pub fn new() -> Self {
        let key = format!("{:012}", 100_000_000_000 + ACCOUNTS.fetch_add(1, Ordering::Relaxed));
        let runtime =
            Builder::new_current_thread().enable_all().build().expect("a runtime for the SDK can be made");
        let credentials = rds::config::Credentials::new(&key, "secret", None, None, "test");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(ministack())
            .credentials_provider(credentials);
        let config = runtime.block_on(config.load());
        let mut account = Self {
            cloudwatch: cloudwatch::Client::new(&config),
            dynamodb: dynamodb::Client::new(&config),
            rds: rds::Client::new(&config),
            route53: route53::Client::new(&config),
            ssm: ssm::Client::new(&config),
            zone: String::new(),
            runtime,
            key,
        };
        account.zone = account.make_zone("db.example.com");
        account.make_table();
        account
    }

    /// `AWS_ACCESS_KEY_ID`: ministack tells accounts apart by it.
    pub fn key(&self) -> &str {
        &self.key
    }

    fn make_table(&self) {
        use dynamodb::types::{
            AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
        };
        let mut call =
            self.dynamodb.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
        for (name, key) in [("target", KeyType::Hash), ("entry", KeyType::Range)] {
            let attribute =
                AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
            let key = KeySchemaElement::builder().attribute_name(name).key_type(key);
            call = call
                .attribute_definitions(attribute.build().expect("all of it is set"))
                .key_schema(key.build().expect("all of it is set"));
        }
        self.runtime.block_on(call.send()).expect("ministack makes a table");
    }

    /// Puts points into CloudWatch.
    pub fn put_points(&self, points: &[Point]) {
        use cloudwatch::types::{Dimension, MetricDatum};
        let mut by_namespace: BTreeMap<&str, Vec<MetricDatum>> = BTreeMap::new();
        for point in points {
            let of =
                point.of.iter().map(|(name, value)| Dimension::builder().name(*name).value(value).build());
            let datum = MetricDatum::builder()
                .metric_name(point.metric)
                .set_dimensions(Some(of.collect()))
                .timestamp(DateTime::from_secs(point.at.as_second()))
                .value(point.value)
                .build();
            by_namespace.entry(point.namespace).or_default().push(datum);
        }
        for (namespace, data) in by_namespace {
            for some in data.chunks(500) {
                let call = self.cloudwatch.put_metric_data().namespace(namespace);
                let call = call.set_metric_data(Some(some.to_vec())).send();
                self.runtime.block_on(call).expect("ministack takes points");
            }
        }
    }

    /// A parameter; `TIDEGATE_POLICY` may name it.
    pub fn put_parameter(&self, name: &str, value: &str) {
        let call = self.ssm.put_parameter().name(name).value(value).r#type(ssm::types::ParameterType::String);
        self.runtime.block_on(call.send()).expect("ministack takes a parameter");
    }

    /// The ledger's table is gone.
    pub fn drop_table(&self) {
        let call = self.dynamodb.delete_table().table_name(TABLE);
        self.runtime.block_on(call.send()).expect("ministack drops a table");
    }

    /// The ledger's items of a target, by entry.
    pub fn ledger(
        &self,
        target: &str,
    ) -> BTreeMap<String, std::collections::HashMap<String, AttributeValue>> {
        let call = self
            .dynamodb
            .query()
            .table_name(TABLE)
            .consistent_read(true)
            .key_condition_expression("#t = :t")
            .expression_attribute_names("#t", "target")
            .expression_attribute_values(":t", AttributeValue::S(target.to_owned()));
        let answer = self.runtime.block_on(call.send()).expect("ministack reads the ledger");
        let items = answer.items.unwrap_or_default().into_iter();
        items.filter_map(|item| Some((item.get("entry")?.as_s().ok()?.clone(), item))).collect()
    }

    /// The target's memory; empty before the first attempt.
    ///
    /// # Panics
    /// When the item is not as the ledger says it is.
    pub fn history(&self, target: &str) -> History {
        let items = self.ledger(target);
        let Some(state) = items.get("state") else { return History::default() };
        let Some(text) = state.get("history").and_then(|history| history.as_s().ok()) else {
            return History::default();
        };
        serde_json::from_str(text).unwrap_or_else(|error| panic!("the ledger's history: {error}: {text}"))
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::new()
    }
}
