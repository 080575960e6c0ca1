//! An AWS account of a test's own in ministack: a source with backups, a hosted zone, the ledger's table; and a look at what became of them.

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

/// The Region of everything.
pub const REGION: &str = "eu-west-1";
/// The primary of every scenario.
pub const SOURCE: &str = "orders-primary";
/// The reader name of every scenario.
pub const READER: &str = "orders-ro.db.example.com";
/// The ledger's table.
pub const TABLE: &str = "tidegate-ledger";

static ACCOUNTS: AtomicU64 = AtomicU64::new(1);

/// One record of the reader name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it points.
    pub value: String,
    /// Its weight.
    pub weight: i64,
}

/// One point of one metric.
#[derive(Clone, Debug)]
pub struct Point {
    /// Of which instance.
    pub instance: String,
    /// As AWS/RDS calls it.
    pub metric: &'static str,
    /// The minute it stands for.
    pub at: Timestamp,
    /// In the metric's unit.
    pub value: f64,
}

/// A fresh account, reached without shim and faults.
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
    /// With a zone and the ledger's table, and no instance yet.
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

    /// The hosted zone's id.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// Another hosted zone; its id.
    pub fn make_zone(&self, name: &str) -> String {
        let call = self.route53.create_hosted_zone().name(name).caller_reference(name).send();
        let made = self.runtime.block_on(call).expect("ministack makes a zone");
        let zone = made.hosted_zone.expect("a made zone is described");
        zone.id.trim_start_matches("/hostedzone/").to_owned()
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

    /// The primary, with this many days of backups.
    pub fn make_source(&self, backups: i32) {
        let call = self
            .rds
            .create_db_instance()
            .db_instance_identifier(SOURCE)
            .engine("mysql")
            .db_instance_class("db.t3.medium")
            .allocated_storage(20)
            .master_username("admin")
            .master_user_password("not-a-secret")
            .backup_retention_period(backups);
        self.runtime.block_on(call.send()).expect("ministack makes an instance");
    }

    /// The primary's days of backups, from now on.
    pub fn set_backups(&self, days: i32) {
        let call = self.rds.modify_db_instance().db_instance_identifier(SOURCE).backup_retention_period(days);
        self.runtime.block_on(call.apply_immediately(true).send()).expect("ministack modifies an instance");
    }

    /// A replica that somebody else made, without our tags.
    pub fn make_foreign_replica(&self, id: &str) {
        let call = self
            .rds
            .create_db_instance_read_replica()
            .source_db_instance_identifier(SOURCE)
            .db_instance_identifier(id);
        self.runtime.block_on(call.send()).expect("ministack makes a replica");
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

    /// Puts points into CloudWatch.
    pub fn put_points(&self, points: &[Point]) {
        use cloudwatch::types::{Dimension, MetricDatum};
        for some in points.chunks(500) {
            let data = some.iter().map(|point| {
                let of = Dimension::builder().name("DBInstanceIdentifier").value(&point.instance).build();
                MetricDatum::builder()
                    .metric_name(point.metric)
                    .dimensions(of)
                    .timestamp(DateTime::from_secs(point.at.as_second()))
                    .value(point.value)
                    .build()
            });
            let call =
                self.cloudwatch.put_metric_data().namespace("AWS/RDS").set_metric_data(Some(data.collect()));
            self.runtime.block_on(call.send()).expect("ministack takes points");
        }
    }

    /// The values of a metric of an instance, as a scaler would ask for them.
    pub fn points(&self, instance: &str, metric: &str, from: Timestamp, to: Timestamp) -> Vec<f64> {
        use cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
        let of = Dimension::builder().name("DBInstanceIdentifier").value(instance).build();
        let metric = Metric::builder().namespace("AWS/RDS").metric_name(metric).dimensions(of).build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Maximum").build();
        let query = MetricDataQuery::builder().id("points").metric_stat(stat).build();
        let call = self
            .cloudwatch
            .get_metric_data()
            .metric_data_queries(query)
            .start_time(DateTime::from_secs(from.as_second()))
            .end_time(DateTime::from_secs(to.as_second()));
        let answer = self.runtime.block_on(call.send()).expect("ministack answers GetMetricData");
        answer
            .metric_data_results
            .unwrap_or_default()
            .into_iter()
            .flat_map(|one| one.values.unwrap_or_default())
            .collect()
    }

    /// Every instance that ministack has, in the order of their names.
    pub fn instances(&self) -> Vec<String> {
        let answer =
            self.runtime.block_on(self.rds.describe_db_instances().send()).expect("ministack describes");
        let named = answer.db_instances.unwrap_or_default().into_iter();
        let mut found: Vec<_> = named.filter_map(|instance| instance.db_instance_identifier).collect();
        found.sort();
        found
    }

    /// Every replica, whoever made it.
    pub fn replicas(&self) -> Vec<String> {
        self.instances().into_iter().filter(|id| id != SOURCE).collect()
    }

    /// The tags of an instance.
    pub fn tags(&self, id: &str) -> BTreeMap<String, String> {
        let call = self.rds.describe_db_instances().db_instance_identifier(id).send();
        let answer = self.runtime.block_on(call).expect("ministack describes");
        let tags = answer
            .db_instances
            .unwrap_or_default()
            .into_iter()
            .flat_map(|one| one.tag_list.unwrap_or_default());
        tags.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
    }

    /// The reader name's records, by SetIdentifier.
    pub fn records(&self) -> BTreeMap<String, Record> {
        let call = self.route53.list_resource_record_sets().hosted_zone_id(&self.zone).send();
        let answer = self.runtime.block_on(call).expect("ministack lists");
        let sets = answer.resource_record_sets.into_iter();
        sets.filter_map(|set| {
            let value = set.resource_records?.first()?.value.trim_end_matches('.').to_owned();
            Some((set.set_identifier?, Record { value, weight: set.weight.unwrap_or(0) }))
        })
        .collect()
    }

    /// A weighted record of the reader name that somebody else made.
    pub fn make_record(&self, id: &str, value: &str, weight: i64) {
        use route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
        let record = ResourceRecord::builder().value(value).build().expect("all of it is set");
        let set = ResourceRecordSet::builder()
            .name(READER)
            .r#type(RrType::Cname)
            .set_identifier(id)
            .weight(weight)
            .ttl(5)
            .resource_records(record);
        let set = set.build().expect("all of it is set");
        let change = Change::builder().action(ChangeAction::Create).resource_record_set(set);
        let batch = ChangeBatch::builder().changes(change.build().expect("all of it is set"));
        let batch = batch.build().expect("all of it is set");
        let call = self.route53.change_resource_record_sets().hosted_zone_id(&self.zone).change_batch(batch);
        self.runtime.block_on(call.send()).expect("ministack takes a record");
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
