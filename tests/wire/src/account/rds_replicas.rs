//! The databases of an account: a source with backups, a hosted zone with the reader name, and a look at what became of them.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_route53 as route53;
use cloudwatch::primitives::DateTime;
use jiff::Timestamp;

use super::{Account, Point};

/// The primary of every scenario.
pub const SOURCE: &str = "orders-primary";
/// The reader name of every scenario.
pub const READER: &str = "orders-ro.db.example.com";

/// One record of the reader name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it points.
    pub value: String,
    /// Its weight.
    pub weight: i64,
}

impl Point {
    /// Of an instance, as AWS/RDS calls it.
    pub fn of_instance(instance: &str, metric: &'static str, at: Timestamp, value: f64) -> Self {
        Self {
            namespace: "AWS/RDS",
            of: vec![("DBInstanceIdentifier", instance.to_owned())],
            metric,
            at,
            value,
        }
    }
}

impl Account {
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

    /// The values of a metric of an instance, as a scaler of many would ask for them.
    pub fn points(
        &self,
        instance: &str,
        metric: &str,
        statistic: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<f64> {
        use cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
        let of = Dimension::builder().name("DBInstanceIdentifier").value(instance).build();
        let metric = Metric::builder().namespace("AWS/RDS").metric_name(metric).dimensions(of).build();
        let stat = MetricStat::builder().metric(metric).period(60).stat(statistic).build();
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

    /// The same, as a scaler of few would ask for them: a maximum, or a percentile as `p95`.
    pub fn statistics(
        &self,
        instance: &str,
        metric: &str,
        statistic: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<f64> {
        use cloudwatch::types::{Datapoint, Dimension, Statistic};
        let call = self
            .cloudwatch
            .get_metric_statistics()
            .namespace("AWS/RDS")
            .metric_name(metric)
            .dimensions(Dimension::builder().name("DBInstanceIdentifier").value(instance).build())
            .period(60)
            .start_time(DateTime::from_secs(from.as_second()))
            .end_time(DateTime::from_secs(to.as_second()));
        let call = match statistic {
            "Maximum" => call.statistics(Statistic::Maximum),
            percentile => call.extended_statistics(percentile),
        };
        let answer = self.runtime.block_on(call.send()).expect("ministack answers GetMetricStatistics");
        let mut points: Vec<Datapoint> = answer.datapoints.unwrap_or_default();
        points.sort_by_key(|point| point.timestamp.map(|at| at.secs()));
        let value = |point: &Datapoint| match statistic {
            "Maximum" => point.maximum,
            percentile => point.extended_statistics.as_ref()?.get(percentile).copied(),
        };
        points.iter().filter_map(value).collect()
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
}
