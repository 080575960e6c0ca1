//! An AWS account by script: what each operation answers, for tests of what is made of the answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::aws::Aws;

/// The account of every test.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The Region of every test that does not say another.
pub(crate) const REGION: &str = "eu-west-1";
/// The zone of the policy's reader name.
pub(crate) const ZONE: &str = "Z08ORDERSPROD";

#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    body: Vec<u8>,
}

/// What is answered, and what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    answers: BTreeMap<String, Answer>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Account {
    /// All is well: a source, a service, a group, and a zone with nothing at the reader name.
    pub(crate) fn new() -> Self {
        let mut account = Self { answers: BTreeMap::new(), asked: Arc::default() };
        account.says(
            "GetCallerIdentity",
            &format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/ana</Arn>\
                 <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        );
        // An empty map of CBOR.
        account.answers.insert("DescribeAlarms".to_owned(), Answer { status: 200, body: vec![0xa0] });
        account.has_stack("CREATE_COMPLETE", &[("tidegate:stage", "production")]);
        account.has_exports(&[]);
        account.says("ListTables", "{\"TableNames\": []}");
        account.says("DescribeParameters", "{\"Parameters\": []}");
        account.has_instances(&[source()]);
        account.says(
            &format!("GetHostedZone {ZONE}"),
            &format!(
                "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/{ZONE}</Id><Name>db.example.com.</Name>\
                 <CallerReference>a test</CallerReference></HostedZone></GetHostedZoneResponse>"
            ),
        );
        account.has_records(&[]);
        account.says(
            "DescribeBlueGreenDeployments",
            "<DescribeBlueGreenDeploymentsResponse><DescribeBlueGreenDeploymentsResult><BlueGreenDeployments/>\
             </DescribeBlueGreenDeploymentsResult></DescribeBlueGreenDeploymentsResponse>",
        );
        account.says(
            "DescribeServices",
            "{\"services\": [{\"serviceName\": \"api\", \"status\": \"ACTIVE\", \"desiredCount\": 4, \"runningCount\": 4, \
             \"deployments\": [{\"id\": \"d\", \"status\": \"PRIMARY\", \"rolloutState\": \"COMPLETED\"}]}], \"failures\": []}",
        );
        account.says("DescribeScalableTargets", "{\"ScalableTargets\": []}");
        account.says("DescribeScheduledActions", "{\"ScheduledActions\": []}");
        account.says("DescribeScalingPolicies", "{\"ScalingPolicies\": []}");
        account.says(
            "DescribeReplicationGroups",
            "<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>\
             <ReplicationGroupId>sessions</ReplicationGroupId><Status>available</Status><ClusterEnabled>false</ClusterEnabled>\
             <AutomaticFailover>enabled</AutomaticFailover><MultiAZ>enabled</MultiAZ><CacheNodeType>cache.m7g.large</CacheNodeType>\
             <NodeGroups><NodeGroup><NodeGroupId>0001</NodeGroupId><Status>available</Status><NodeGroupMembers><NodeGroupMember>\
             <CacheClusterId>sessions-001</CacheClusterId><CurrentRole>primary</CurrentRole></NodeGroupMember><NodeGroupMember>\
             <CacheClusterId>sessions-002</CacheClusterId><CurrentRole>replica</CurrentRole></NodeGroupMember></NodeGroupMembers>\
             </NodeGroup></NodeGroups></ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult>\
             </DescribeReplicationGroupsResponse>",
        );
        account.says(
            "DescribeCacheClusters",
            "<DescribeCacheClustersResponse><DescribeCacheClustersResult><CacheClusters/></DescribeCacheClustersResult>\
             </DescribeCacheClustersResponse>",
        );
        account
    }

    /// Answers an operation with this from now on.
    pub(crate) fn says(&mut self, operation: &str, body: &str) {
        self.answers.insert(operation.to_owned(), Answer { status: 200, body: body.as_bytes().to_vec() });
    }

    /// Refuses an operation with this code from now on, in both of the formats that errors come in.
    pub(crate) fn refuses(&mut self, operation: &str, code: &str, message: &str) {
        let is_json = [
            "ListTables",
            "DescribeParameters",
            "DescribeServices",
            "DescribeScalableTargets",
            "DescribeScheduledActions",
        ]
        .contains(&operation);
        let body = if is_json {
            format!("{{\"__type\": \"com.amazonaws#{code}\", \"message\": \"{message}\"}}")
        } else {
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            )
        };
        self.answers.insert(operation.to_owned(), Answer { status: 400, body: body.into_bytes() });
    }

    /// These are the Region's instances.
    pub(crate) fn has_instances(&mut self, instances: &[String]) {
        let body = format!(
            "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>{}</DBInstances>\
             </DescribeDBInstancesResult></DescribeDBInstancesResponse>",
            instances.concat()
        );
        self.says("DescribeDBInstances", &body);
    }

    /// These are the zone's records.
    pub(crate) fn has_records(&mut self, records: &[String]) {
        let body = format!(
            "<ListResourceRecordSetsResponse><ResourceRecordSets>{}</ResourceRecordSets><IsTruncated>false</IsTruncated>\
             <MaxItems>300</MaxItems></ListResourceRecordSetsResponse>",
            records.concat()
        );
        self.says(&format!("ListResourceRecordSets {ZONE}"), &body);
    }

    /// The stack of the stage of every test, in this status and with these tags.
    pub(crate) fn has_stack(&mut self, status: &str, tags: &[(&str, &str)]) {
        let tags: String = tags
            .iter()
            .map(|(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>"))
            .collect();
        let stack = format!(
            "<member><StackName>tidegate-production</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime>\
             <StackStatus>{status}</StackStatus><Tags>{tags}</Tags></member>"
        );
        self.says(
            "DescribeStacks",
            &format!(
                "<DescribeStacksResponse><DescribeStacksResult><Stacks>{stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
            ),
        );
    }

    /// The stack is there, and has these topics, each with subscriptions: protocol, endpoint, ARN.
    pub(crate) fn has_topics(&mut self, topics: &[&str], subscriptions: &[(&str, &str, &str)]) {
        let outputs: String = topics
            .iter()
            .map(|topic| {
                format!(
                    "<member><OutputKey>{topic}</OutputKey><OutputValue>arn:aws:sns:{REGION}:{ACCOUNT}:{topic}</OutputValue></member>"
                )
            })
            .collect();
        self.says(
            "DescribeStacks",
            &format!(
                "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>tidegate-production</StackName>\
                 <CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Tags><member>\
                 <Key>tidegate:stage</Key><Value>production</Value></member></Tags><Outputs>{outputs}</Outputs></member></Stacks>\
                 </DescribeStacksResult></DescribeStacksResponse>"
            ),
        );
        let subscriptions: String = subscriptions
            .iter()
            .map(|(protocol, endpoint, arn)| {
                format!(
                    "<member><Protocol>{protocol}</Protocol><Endpoint>{endpoint}</Endpoint><SubscriptionArn>{arn}</SubscriptionArn></member>"
                )
            })
            .collect();
        self.says(
            "ListSubscriptionsByTopic",
            &format!(
                "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{subscriptions}</Subscriptions>\
                 </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>"
            ),
        );
    }

    /// No stack has the name.
    pub(crate) fn has_no_stack(&mut self) {
        let message = "Stack with id tidegate-production does not exist";
        self.refuses("DescribeStacks", "ValidationError", message);
    }

    /// These stacks export these names and values.
    pub(crate) fn has_exports(&mut self, exports: &[(&str, &str, &str)]) {
        self.says("ListExports", &page_of_exports(exports, None));
    }

    /// Everything that was asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// What a program in `region` reaches, with credentials of its own.
    pub(crate) fn reached_from(&self, region: &str) -> Aws {
        self.reached(Some(region), true)
    }

    /// The same without one of the two.
    pub(crate) fn reached_without_region(&self) -> Aws {
        self.reached(None, true)
    }

    pub(crate) fn reached_without_credentials(&self) -> Aws {
        self.reached(Some(REGION), false)
    }

    fn reached(&self, region: Option<&str>, with_credentials: bool) -> Aws {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "a test");
        let credentials = with_credentials.then(|| SharedCredentialsProvider::new(credentials));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .region(region.map(|region| Region::new(region.to_owned())));
        config.set_credentials_provider(credentials);
        Aws::of(config.build())
    }
}

/// One page of exports, and where the next one begins.
pub(crate) fn page_of_exports(exports: &[(&str, &str, &str)], next: Option<&str>) -> String {
    let export = |(stack, name, value): &(&str, &str, &str)| {
        format!(
            "<member><ExportingStackId>arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/0a1b2c3d</ExportingStackId>\
             <Name>{name}</Name><Value>{value}</Value></member>"
        )
    };
    let exports: String = exports.iter().map(export).collect();
    let next = next.map_or_else(String::new, |token| format!("<NextToken>{token}</NextToken>"));
    format!(
        "<ListExportsResponse><ListExportsResult><Exports>{exports}</Exports>{next}</ListExportsResult></ListExportsResponse>"
    )
}

/// The primary of the policy's target.
pub(crate) fn source() -> String {
    "<DBInstance><DBInstanceIdentifier>orders-primary</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>\
     <Engine>mysql</Engine><DBInstanceClass>db.t3.medium</DBInstanceClass><BackupRetentionPeriod>7</BackupRetentionPeriod>\
     <Endpoint><Address>orders-primary.x.eu-west-1.rds.amazonaws.com</Address></Endpoint></DBInstance>"
        .to_owned()
}

/// A replica with these tags; without a source it was promoted, or is being made.
pub(crate) fn replica(id: &str, source: Option<&str>, status: &str, tags: &[(&str, &str)]) -> String {
    let tags: Vec<_> = tags
        .iter()
        .map(|(key, value)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"))
        .collect();
    let source = source.map_or_else(String::new, |id| {
        format!("<ReadReplicaSourceDBInstanceIdentifier>{id}</ReadReplicaSourceDBInstanceIdentifier>")
    });
    format!(
        "<DBInstance><DBInstanceIdentifier>{id}</DBInstanceIdentifier><DBInstanceStatus>{status}</DBInstanceStatus>\
         <Engine>mysql</Engine><DBInstanceClass>db.t3.medium</DBInstanceClass>{source}<TagList>{}</TagList></DBInstance>",
        tags.concat()
    )
}

/// A weighted record of the reader name.
pub(crate) fn record(set_id: &str, weight: u8) -> String {
    format!(
        "<ResourceRecordSet><Name>orders-ro.db.example.com.</Name><Type>CNAME</Type><SetIdentifier>{set_id}</SetIdentifier>\
         <Weight>{weight}</Weight><TTL>10</TTL><ResourceRecords><ResourceRecord><Value>{set_id}.example.com</Value></ResourceRecord>\
         </ResourceRecords></ResourceRecordSet>"
    )
}

/// As the script knows it: of STS with the host, where that has an answer of its own, and of Route 53 with the zone.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap().to_owned();
    }
    let uri = request.uri().to_owned();
    let (_, target) = uri.split_once("://").unwrap();
    let path = target.split_once('/').map_or("", |(_, path)| path);
    let parts: Vec<_> = path.split(['/', '?']).collect();
    match parts.as_slice() {
        ["service", _, "operation", operation] => (*operation).to_owned(),
        ["2013-04-01", "hostedzone", zone] => format!("GetHostedZone {zone}"),
        ["2013-04-01", "hostedzone", zone, "rrset", ..] => format!("ListResourceRecordSets {zone}"),
        _ => {
            let body = String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned();
            let field = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name));
            let action = field("Action=").unwrap();
            // Of CloudFormation each page has an answer of its own.
            field("NextToken=").map_or_else(|| action.to_owned(), |page| format!("{action} {page}"))
        }
    }
}

impl HttpConnector for Account {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        self.asked.lock().unwrap().push(operation.clone());
        let host = request.uri().split('/').nth(2).unwrap().to_owned();
        let there = self.answers.get(&format!("{operation} at {host}"));
        let answer = there.or_else(|| self.answers.get(&operation));
        let answer = answer.unwrap_or_else(|| panic!("{operation} of {host} has no answer")).clone();
        let mut response = HttpResponse::new(answer.status.try_into().unwrap(), SdkBody::from(answer.body));
        if operation == "DescribeAlarms" {
            response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}
