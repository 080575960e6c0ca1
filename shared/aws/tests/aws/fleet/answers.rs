//! How AWS answers, in its own formats: RDS and Route 53 in XML, CloudWatch in CBOR; real pages, real limits, real refusals.

use std::collections::BTreeMap;

use ciborium::Value;

use super::account::{ByName, Instance, Set, State, Zone};
use super::service_answers;
use super::wire::{Answer, Call};

const RECORDS_A_PAGE: usize = 300;
const INSTANCES_A_PAGE: usize = 100;
const DEPLOYMENTS_A_PAGE: usize = 100;
const PARAMETERS_A_PAGE: usize = 100;

pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    match call.operation.as_str() {
        "DescribeDBInstances" => describe_instances(state, call),
        "DescribeBlueGreenDeployments" => describe_deployments(state, call),
        "DescribeDBParameters" => describe_parameters(state, call),
        "CreateDBInstanceReadReplica" => create_replica(state, call),
        "DeleteDBInstance" => delete_instance(state, call),
        "GetHostedZone" => get_zone(state, call),
        "ListResourceRecordSets" => list_records(state, call),
        "ChangeResourceRecordSets" => change_records(state, call),
        "GetChange" => get_change(state, call),
        "GetMetricData" => get_metric_data(state, call),
        "GetMetricStatistics" => get_metric_statistics(state, call),
        "ListMetrics" => list_metrics(state, call),
        other => panic!("nobody asks for {other}"),
    }
}

pub(super) fn refusal(operation: &str, status: u16, code: &str, message: &str) -> Answer {
    if service_answers::is_one(operation) {
        return service_answers::refusal(status, code, message);
    }
    if matches!(operation, "GetMetricData" | "GetMetricStatistics" | "ListMetrics") {
        let kind = format!("com.amazonaws.cloudwatch#{code}");
        return cbor(status, vec![("__type", kind.into()), ("message", message.into())]);
    }
    let message = escaped(message);
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r-1</RequestId></ErrorResponse>"
    );
    Answer { status, body: body.into_bytes() }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

pub(super) fn maybe(name: &str, text: Option<&str>) -> String {
    text.map(|text| element(name, text)).unwrap_or_default()
}

pub(super) fn xml(body: &str) -> Answer {
    Answer { status: 200, body: format!("<?xml version=\"1.0\"?>\n{body}").into_bytes() }
}

fn rds(operation: &str, result: &str) -> Answer {
    xml(&format!(
        "<{operation}Response xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
    ))
}

fn describe_instances(state: &State, call: &Call) -> Answer {
    let only = call.field("DBInstanceIdentifier").to_ascii_lowercase();
    match state.by_name.filter(|_| !only.is_empty()) {
        Some(ByName::Denied) => return refusal(&call.operation, 403, "AccessDenied", "not authorized"),
        Some(ByName::Empty) => return rds("DescribeDBInstances", "<DBInstances/>"),
        Some(ByName::Throttled) => return refusal(&call.operation, 400, "Throttling", "Rate exceeded"),
        None => {}
    }
    if !only.is_empty() {
        let found = state.instances.iter().find(|instance| instance.id.to_ascii_lowercase() == only);
        return match found {
            Some(instance) => {
                let text = instance_xml(instance);
                rds("DescribeDBInstances", &format!("<DBInstances>{text}</DBInstances>"))
            }
            None => {
                refusal(&call.operation, 404, "DBInstanceNotFound", &format!("DBInstance {only} not found."))
            }
        };
    }
    assert!((20..=100).contains(&call.field("MaxRecords").parse::<usize>().unwrap_or(100)));
    let from = marked(call);
    let page = state.instances.iter().skip(from).take(INSTANCES_A_PAGE);
    let page: String = page.filter(|instance| instance.listed).map(instance_xml).collect();
    let marker = marker(from + INSTANCES_A_PAGE, state.instances.len());
    rds("DescribeDBInstances", &format!("<DBInstances>{page}</DBInstances>{marker}"))
}

fn describe_deployments(state: &State, call: &Call) -> Answer {
    assert!((20..=100).contains(&call.field("MaxRecords").parse::<usize>().unwrap_or(100)));
    let from = marked(call);
    let page: String = state.deployments.iter().skip(from).take(DEPLOYMENTS_A_PAGE).cloned().collect();
    let marker = marker(from + DEPLOYMENTS_A_PAGE, state.deployments.len());
    rds(
        "DescribeBlueGreenDeployments",
        &format!("<BlueGreenDeployments>{page}</BlueGreenDeployments>{marker}"),
    )
}

pub(super) fn marked(call: &Call) -> usize {
    let marker = call.field("Marker");
    if marker.is_empty() { 0 } else { marker.strip_prefix("from ").unwrap().parse().unwrap() }
}

pub(super) fn marker(next: usize, all: usize) -> String {
    if next < all { element("Marker", &format!("from {next}")) } else { String::new() }
}

fn instance_xml(instance: &Instance) -> String {
    let list = |outer: &str, inner: &str, values: &[String]| {
        let values: String = values.iter().map(|value| element(inner, value)).collect();
        format!("<{outer}>{values}</{outer}>")
    };
    let endpoint = instance.endpoint.as_ref().map(|address| {
        format!(
            "<Endpoint>{}<Port>3306</Port><HostedZoneId>Z29XKXDKYMONMX</HostedZoneId></Endpoint>",
            element("Address", address)
        )
    });
    let infos: String = instance
        .infos
        .iter()
        .map(|(kind, normal, status)| {
            let normal = normal.map(|normal| element("Normal", &normal.to_string())).unwrap_or_default();
            let kind = element("StatusType", kind);
            format!(
                "<DBInstanceStatusInfo>{kind}{normal}{}</DBInstanceStatusInfo>",
                element("Status", status)
            )
        })
        .collect();
    let tags: String = instance
        .tags
        .iter()
        .map(|(key, value)| format!("<Tag>{}{}</Tag>", element("Key", key), element("Value", value)))
        .collect();
    let groups: String = instance
        .groups
        .iter()
        .map(|(id, status)| {
            let (id, status) = (element("VpcSecurityGroupId", id), element("Status", status));
            format!("<VpcSecurityGroupMembership>{id}{status}</VpcSecurityGroupMembership>")
        })
        .collect();
    let parameters = instance.parameters.as_ref().map(|group| {
        let name = element("DBParameterGroupName", group);
        let status = element("ParameterApplyStatus", &instance.applied);
        format!("<DBParameterGroup>{name}{status}</DBParameterGroup>")
    });
    [
        "<DBInstance>".to_owned(),
        element("DBInstanceIdentifier", &instance.id),
        element("DBInstanceStatus", &instance.status),
        element("Engine", &instance.engine),
        element("DBInstanceClass", &instance.class),
        element("DbiResourceId", &instance.resource_id),
        maybe("ReadReplicaSourceDBInstanceIdentifier", instance.source.as_deref()),
        list("ReadReplicaDBInstanceIdentifiers", "ReadReplicaDBInstanceIdentifier", &instance.children),
        list("ReadReplicaDBClusterIdentifiers", "ReadReplicaDBClusterIdentifier", &instance.clusters),
        maybe("InstanceCreateTime", instance.created.as_deref()),
        element("AvailabilityZone", "eu-west-1a"),
        endpoint.unwrap_or_default(),
        instance.pending.as_ref().map_or_else(String::new, |inside| {
            format!("<PendingModifiedValues>{inside}</PendingModifiedValues>")
        }),
        format!("<StatusInfos>{infos}</StatusInfos><TagList>{tags}</TagList>"),
        element("DeletionProtection", &instance.protected.to_string()),
        element("BackupRetentionPeriod", &instance.retention.to_string()),
        format!("<VpcSecurityGroups>{groups}</VpcSecurityGroups>"),
        format!("<DBParameterGroups>{}</DBParameterGroups>", parameters.unwrap_or_default()),
        instance.besides.clone(),
        "</DBInstance>".to_owned(),
    ]
    .concat()
}

fn describe_parameters(state: &State, call: &Call) -> Answer {
    let group = call.field("DBParameterGroupName");
    let Some(all) = state.parameters.get(group) else {
        let message = format!("DBParameterGroup not found: {group}");
        return refusal(&call.operation, 404, "DBParameterGroupNotFound", &message);
    };
    assert_eq!(call.field("Filters.Filter.1.Name"), "parameter-name");
    let only = call.field("Filters.Filter.1.Values.Value.1");
    let asked: Vec<_> =
        all.iter().filter(|(name, _)| !state.filters_honoured || name.as_str() == only).collect();
    let from = marked(call);
    let page = asked.iter().skip(from).take(PARAMETERS_A_PAGE);
    let page: String = page
        .map(|(name, value)| {
            let value = maybe("ParameterValue", value.as_deref());
            format!("<Parameter>{}{value}</Parameter>", element("ParameterName", name))
        })
        .collect();
    let marker = marker(from + PARAMETERS_A_PAGE, asked.len());
    rds("DescribeDBParameters", &format!("<Parameters>{page}</Parameters>{marker}"))
}

/// The numbered fields of a list.
pub(super) fn listed(call: &Call, name: &str) -> Vec<String> {
    (1..).map_while(|nth| call.fields.get(&format!("{name}.{nth}")).cloned()).collect()
}

fn create_replica(state: &mut State, call: &Call) -> Answer {
    let id = call.field("DBInstanceIdentifier");
    if state.instances.iter().any(|instance| instance.id == id) {
        return refusal(&call.operation, 400, "DBInstanceAlreadyExists", "DB Instance already exists");
    }
    let mut replica = Instance::named(id);
    replica.status = "creating".to_owned();
    replica.source = Some(call.field("SourceDBInstanceIdentifier").to_owned());
    replica.class = call.field("DBInstanceClass").to_owned();
    replica.endpoint = None;
    replica.tags = (1..)
        .map_while(|nth| {
            let part = |part: &str| call.fields.get(&format!("Tags.Tag.{nth}.{part}")).cloned();
            Some((part("Key")?, part("Value")?))
        })
        .collect();
    let groups = listed(call, "VpcSecurityGroupIds.VpcSecurityGroupId");
    replica.groups = groups.into_iter().map(|id| (id, "active".to_owned())).collect();
    let text = instance_xml(&replica);
    state.instances.push(replica);
    rds("CreateDBInstanceReadReplica", &text)
}

fn delete_instance(state: &mut State, call: &Call) -> Answer {
    let id = call.field("DBInstanceIdentifier");
    let refuse = |status, code, message: &str| refusal(&call.operation, status, code, message);
    let Some(instance) = state.instances.iter_mut().find(|instance| instance.id == id) else {
        return refuse(404, "DBInstanceNotFound", &format!("DBInstance {id} not found."));
    };
    if call.field("SkipFinalSnapshot") != "true" {
        return refuse(
            400,
            "InvalidParameterCombination",
            "FinalDBSnapshotIdentifier is not allowed for replicas",
        );
    }
    if instance.protected {
        let message =
            "Cannot delete protected DB Instance, please disable deletion protection and try again.";
        return refuse(400, "InvalidParameterCombination", message);
    }
    if instance.status != "available" {
        let message = format!("Instance {id} is {}.", instance.status);
        return refuse(400, "InvalidDBInstanceState", &message);
    }
    instance.status = "deleting".to_owned();
    rds("DeleteDBInstance", &instance_xml(instance))
}

fn route53(operation: &str, result: &str) -> Answer {
    xml(&format!(
        "<{operation}Response xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">{result}</{operation}Response>"
    ))
}

fn no_such_zone(call: &Call) -> Answer {
    refusal(&call.operation, 404, "NoSuchHostedZone", &format!("No hosted zone found with ID: {}", call.path))
}

fn get_zone(state: &State, call: &Call) -> Answer {
    let Some(zone) = state.zones.get(&call.path) else { return no_such_zone(call) };
    let (id, name) =
        (element("Id", &format!("/hostedzone/{}", call.path)), element("Name", &format!("{}.", zone.name)));
    route53(
        "GetHostedZone",
        &format!("<HostedZone>{id}{name}<CallerReference>c</CallerReference></HostedZone>"),
    )
}

/// As Route 53 writes a name: what is no letter, digit, hyphen or underscore in octal, and the last dot.
fn written(name: &str) -> String {
    let escaped: String = name
        .chars()
        .map(|letter| match letter {
            'a'..='z' | '0'..='9' | '-' | '_' | '.' => letter.to_string(),
            other => format!("\\{:03o}", u32::from(other)),
        })
        .collect();
    format!("{escaped}.")
}

fn list_records(state: &State, call: &Call) -> Answer {
    let Some(zone) = state.zones.get(&call.path) else { return no_such_zone(call) };
    let (name, kind, set_id) = (call.field("name"), call.field("type"), call.field("identifier"));
    if (name.is_empty() && !kind.is_empty()) || (kind.is_empty() && !set_id.is_empty()) {
        return refusal(&call.operation, 400, "InvalidInput", "The cursor is incomplete.");
    }
    let key = |set: &Set| ((zone.order)(&set.name), set.kind.clone(), set.set_id.clone().unwrap_or_default());
    let mut sets: Vec<&Set> = zone.sets.iter().collect();
    sets.sort_by_key(|set| key(set));
    let from = ((zone.order)(&plain(name)), kind.to_owned(), set_id.to_owned());
    let from = if name.is_empty() { 0 } else { sets.partition_point(|set| key(set) < from) };
    let most = call.field("maxitems").parse().unwrap_or(RECORDS_A_PAGE).min(RECORDS_A_PAGE);
    let page: String = sets.iter().skip(from).take(most).map(|set| set_xml(set)).collect();
    let next = sets.get(from + most).map(|set| {
        let set_id = maybe("NextRecordIdentifier", set.set_id.as_deref());
        let (name, kind) =
            (element("NextRecordName", &written(&set.name)), element("NextRecordType", &set.kind));
        format!("{name}{kind}{set_id}")
    });
    let truncated = element("IsTruncated", &next.is_some().to_string());
    let sets = format!("<ResourceRecordSets>{page}</ResourceRecordSets>");
    route53(
        "ListResourceRecordSets",
        &format!("{sets}{truncated}{}<MaxItems>{most}</MaxItems>", next.unwrap_or_default()),
    )
}

/// A name as the account holds it, of one that a client wrote or gave back.
fn plain(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let mut parts = name.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(3);
        text.push(char::from(u8::from_str_radix(code, 8).unwrap()));
        text.push_str(rest);
    }
    text
}

fn set_xml(set: &Set) -> String {
    let values: String = set
        .values
        .iter()
        .map(|value| format!("<ResourceRecord>{}</ResourceRecord>", element("Value", value)))
        .collect();
    let values =
        if values.is_empty() { values } else { format!("<ResourceRecords>{values}</ResourceRecords>") };
    let alias = set.alias.as_ref().map(|name| {
        let name = element("DNSName", name);
        format!("<AliasTarget><HostedZoneId>Z1</HostedZoneId>{name}<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>")
    });
    [
        "<ResourceRecordSet>".to_owned(),
        element("Name", &written(&set.name)),
        element("Type", &set.kind),
        maybe("SetIdentifier", set.set_id.as_deref()),
        maybe("Weight", set.weight.map(|weight| weight.to_string()).as_deref()),
        maybe("Region", set.region.as_deref()),
        maybe("TTL", set.ttl.map(|ttl| ttl.to_string()).as_deref()),
        values,
        alias.unwrap_or_default(),
        maybe("HealthCheckId", set.health_check.as_deref()),
        "</ResourceRecordSet>".to_owned(),
    ]
    .concat()
}

/// The text of the first element of this name.
fn text_of(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
}

/// The lines of a batch as it was sent: the action and the record set.
pub(super) fn batch(call: &Call) -> Vec<(String, Set)> {
    let lines = call.body.split("<Change>").skip(1);
    lines
        .map(|line| {
            let number = |name| text_of(line, name).map(|number| number.parse().unwrap());
            let set = Set {
                name: plain(&text_of(line, "Name").unwrap()),
                kind: text_of(line, "Type").unwrap(),
                set_id: text_of(line, "SetIdentifier"),
                weight: number("Weight"),
                region: text_of(line, "Region"),
                ttl: number("TTL"),
                values: line
                    .split("<Value>")
                    .skip(1)
                    .map(|rest| rest.split_once('<').unwrap().0.to_owned())
                    .collect(),
                alias: text_of(line, "DNSName"),
                health_check: text_of(line, "HealthCheckId"),
            };
            (text_of(line, "Action").unwrap(), set)
        })
        .collect()
}

fn change_records(state: &mut State, call: &Call) -> Answer {
    let Some(zone) = state.zones.get_mut(&call.path) else { return no_such_zone(call) };
    match applied(zone, &batch(call)) {
        Ok(sets) => {
            zone.sets = sets;
            let id = format!("C{}", state.changes.len() + 1);
            let answer = change_info("ChangeResourceRecordSets", &id, "PENDING");
            state.changes.insert(id, "PENDING".to_owned());
            answer
        }
        Err(why) => refusal(&call.operation, 400, "InvalidChangeBatch", &format!("[{}]", why.join(", "))),
    }
}

/// The zone after the batch, line by line; every complaint if there is one.
fn applied(zone: &Zone, lines: &[(String, Set)]) -> Result<Vec<Set>, Vec<String>> {
    let mut sets = zone.sets.clone();
    let mut complaints = Vec::new();
    for (action, set) in lines {
        let same =
            |other: &Set| (&other.name, &other.kind, &other.set_id) == (&set.name, &set.kind, &set.set_id);
        let found = sets.iter().position(same);
        let what = format!(
            "[name='{}.', type='{}', set identifier='{}']",
            set.name,
            set.kind,
            set.set_id.as_deref().unwrap_or_default()
        );
        match (action.as_str(), found) {
            ("CREATE", None) => sets.push(set.clone()),
            ("DELETE", Some(at)) if sets[at] == *set => {
                sets.remove(at);
            }
            ("CREATE", Some(_)) => {
                complaints.push(format!("Tried to create resource record set {what} but it already exists"));
            }
            ("DELETE", None) => {
                complaints.push(format!("Tried to delete resource record set {what} but it was not found"));
            }
            ("DELETE", Some(at)) => {
                sets.remove(at);
                complaints.push(format!(
                    "Tried to delete resource record set {what} but the values provided do not match the current values"
                ));
            }
            (other, _) => panic!("we never ask for {other}"),
        }
    }
    if complaints.is_empty() { Ok(sets) } else { Err(complaints) }
}

fn change_info(operation: &str, id: &str, status: &str) -> Answer {
    let (id, status) = (element("Id", &format!("/change/{id}")), element("Status", status));
    let info =
        format!("<ChangeInfo>{id}{status}<SubmittedAt>2026-03-04T12:00:00Z</SubmittedAt></ChangeInfo>");
    route53(operation, &info)
}

fn get_change(state: &State, call: &Call) -> Answer {
    match state.changes.get(&call.path) {
        Some(status) => change_info("GetChange", &call.path, status),
        None => {
            let message = format!("Could not find resource with ID: {}", call.path);
            refusal(&call.operation, 404, "NoSuchChange", &message)
        }
    }
}

fn cbor(status: u16, fields: Vec<(&str, Value)>) -> Answer {
    let map = Value::Map(fields.into_iter().map(|(key, value)| (key.into(), value)).collect());
    let mut body = Vec::new();
    ciborium::into_writer(&map, &mut body).unwrap();
    Answer { status, body }
}

/// A field of a CBOR map.
pub(super) fn at<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let map = value.as_map().unwrap();
    map.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

/// Seconds since the epoch.
pub(super) fn seconds(value: &Value) -> i64 {
    let Value::Tag(1, inner) = value else { panic!("{value:?} is no time") };
    match &**inner {
        Value::Integer(number) => i64::try_from(i128::from(*number)).unwrap(),
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds of this century")]
        Value::Float(number) => *number as i64,
        other => panic!("{other:?} is no time"),
    }
}

/// What one query of a call to GetMetricData asks for, or a whole call to GetMetricStatistics, which has no id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) period: i64,
    pub(super) stat: String,
}

pub(super) fn queries(call: &Call) -> Vec<Query> {
    if call.operation == "GetMetricStatistics" {
        let statistics = ["Statistics", "ExtendedStatistics"].map(|name| at(&call.cbor, name));
        let asked: Vec<_> = statistics.into_iter().flatten().flat_map(|of| of.as_array().unwrap()).collect();
        let [stat] = asked.as_slice() else { panic!("one statistic at a time, and not {asked:?}") };
        return vec![query("", &call.cbor, &call.cbor, stat)];
    }
    let all = at(&call.cbor, "MetricDataQueries").unwrap().as_array().unwrap();
    all.iter()
        .map(|one| {
            let stat = at(one, "MetricStat").unwrap();
            let id = at(one, "Id").unwrap().as_text().unwrap();
            query(id, at(stat, "Metric").unwrap(), stat, at(stat, "Stat").unwrap())
        })
        .collect()
}

fn query(id: &str, metric: &Value, period: &Value, stat: &Value) -> Query {
    let text = |of: &Value, name| at(of, name).unwrap().as_text().unwrap().to_owned();
    let dimensions = at(metric, "Dimensions").unwrap().as_array().unwrap();
    Query {
        id: id.to_owned(),
        namespace: text(metric, "Namespace"),
        metric: text(metric, "MetricName"),
        dimensions: dimensions.iter().map(|one| (text(one, "Name"), text(one, "Value"))).collect(),
        period: i64::try_from(i128::from(at(period, "Period").unwrap().as_integer().unwrap())).unwrap(),
        stat: stat.as_text().unwrap().to_owned(),
    }
}

/// From when on, inclusive, until when, exclusive: seconds since the epoch.
pub(super) fn range(call: &Call) -> (i64, i64) {
    (seconds(at(&call.cbor, "StartTime").unwrap()), seconds(at(&call.cbor, "EndTime").unwrap()))
}

fn get_metric_data(state: &State, call: &Call) -> Answer {
    let queries = queries(call);
    if queries.len() > 500 {
        let message = "The collection MetricDataQueries must not have a size greater than 500.";
        return refusal(&call.operation, 400, "ValidationError", message);
    }
    let (start, end) = range(call);
    let from: usize =
        at(&call.cbor, "NextToken").map_or(0, |token| token.as_text().unwrap().parse().unwrap());
    let page = queries.iter().skip(from).take(state.results_a_page);
    let page = page.filter(|query| !state.passed_over.contains(&of(query)));
    let mut results: Vec<Value> = page.map(|query| result(state, query, start, end)).collect();
    for id in &state.stray {
        results.push(result_of(id, "Complete", &[(start, 99.0)]));
    }
    let next = from.saturating_add(state.results_a_page);
    let mut fields =
        vec![("MetricDataResults", Value::Array(results)), ("Messages", Value::Array(Vec::new()))];
    if next < queries.len() {
        fields.push(("NextToken", next.to_string().into()));
    }
    cbor(200, fields)
}

/// The values of the dimensions, in the order of their names.
fn of(query: &Query) -> String {
    query.dimensions.values().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The points of a series in this range, as they stand in the account; of one that is not there one a minute.
fn points(state: &State, query: &Query, range: std::ops::Range<i64>) -> Vec<(i64, f64)> {
    let metric = if query.stat == "SampleCount" { "SampleCount" } else { &query.metric };
    match state.series.get(&(of(query), metric.to_owned())) {
        Some(points) => points.iter().filter(|(at, _)| range.contains(at)).copied().collect(),
        None => {
            let value = match query.metric.as_str() {
                "CPUUtilization" => 50.0,
                "DatabaseConnections" => 40.0,
                _ => 0.0,
            };
            range.step_by(usize::try_from(query.period).unwrap()).map(|at| (at, value)).collect()
        }
    }
}

/// Five hundred metrics a page, of this namespace and name; a filter names a dimension that they must have.
fn list_metrics(state: &State, call: &Call) -> Answer {
    let text = |name| at(&call.cbor, name).unwrap().as_text().unwrap();
    let filters = at(&call.cbor, "Dimensions").unwrap().as_array().unwrap();
    let wanted = at(&filters[0], "Name").unwrap().as_text().unwrap();
    let listed: Vec<_> =
        state.listed.iter().filter(|metric| metric.iter().any(|(name, _)| name == wanted)).collect();
    let from: usize =
        at(&call.cbor, "NextToken").map_or(0, |token| token.as_text().unwrap().parse().unwrap());
    let field = |name: &str, value: Value| (Value::from(name), value);
    let dimension = |(name, value): &(String, String)| {
        Value::Map(vec![field("Name", name.as_str().into()), field("Value", value.as_str().into())])
    };
    let metrics = listed.iter().skip(from).take(500).map(|dimensions| {
        let dimensions = Value::Array(dimensions.iter().map(dimension).collect());
        Value::Map(vec![
            field("Namespace", text("Namespace").into()),
            field("MetricName", text("MetricName").into()),
            field("Dimensions", dimensions),
        ])
    });
    let mut fields = vec![("Metrics", Value::Array(metrics.collect()))];
    if from + 500 < listed.len() {
        fields.push(("NextToken", (from + 500).to_string().into()));
    }
    cbor(200, fields)
}

fn get_metric_statistics(state: &State, call: &Call) -> Answer {
    let query = queries(call).remove(0);
    let simple = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(&query.stat.as_str());
    if at(&call.cbor, "Statistics").is_some() != simple {
        let message = format!("The value {} for parameter Statistics is not supported.", query.stat);
        return refusal(&call.operation, 400, "InvalidParameterValue", &message);
    }
    let (start, end) = range(call);
    let asked = (end - start) / query.period;
    if asked > 1_440 {
        let message =
            format!("You have requested up to {asked} datapoints, which exceeds the limit of 1,440.");
        return refusal(&call.operation, 400, "InvalidParameterCombination", &message);
    }
    match state.codes.get(&(of(&query), query.metric.clone())).map(String::as_str) {
        Some("Forbidden") => return refusal(&call.operation, 403, "AccessDenied", "not authorized"),
        Some("InternalError") => return refusal(&call.operation, 500, "InternalServiceError", "inside"),
        _ => {}
    }
    let mut points = points(state, &query, start..end);
    if state.passed_over.contains(&of(&query)) {
        points.clear();
    }
    // In no chronological order: here the newest first. What repeats stays in its order.
    points.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let field = |name: &str, value: Value| (Value::from(name), value);
    let points = points.into_iter().map(|(at, value)| {
        let (name, value) = if simple {
            (query.stat.as_str(), Value::Float(value))
        } else {
            ("ExtendedStatistics", Value::Map(vec![field(&query.stat, Value::Float(value))]))
        };
        let time = Value::Tag(1, Box::new(Value::Integer(at.into())));
        Value::Map(vec![field("Timestamp", time), field(name, value), field("Unit", "None".into())])
    });
    let points = Value::Array(points.collect());
    cbor(200, vec![("Label", query.metric.as_str().into()), ("Datapoints", points)])
}

fn result(state: &State, query: &Query, start: i64, end: i64) -> Value {
    let key = (of(query), query.metric.clone());
    let code = state.codes.get(&key).map_or("Complete", String::as_str);
    let points = points(state, query, start..end);
    result_of(&query.id, code, if code == "Complete" || code == "PartialData" { &points } else { &[] })
}

fn result_of(id: &str, code: &str, points: &[(i64, f64)]) -> Value {
    let times = points.iter().map(|(at, _)| Value::Tag(1, Box::new(Value::Integer((*at).into())))).collect();
    let values = points.iter().map(|(_, value)| Value::Float(*value)).collect();
    let field = |name: &str, value: Value| (Value::from(name), value);
    Value::Map(vec![
        field("Id", id.into()),
        field("Label", id.into()),
        field("Timestamps", Value::Array(times)),
        field("Values", Value::Array(values)),
        field("StatusCode", code.into()),
    ])
}
