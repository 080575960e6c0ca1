//! Which AWS operation a request is, read off the wire as the services read it.

use std::fmt;

/// A request's service and operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation(String);

impl Operation {
    /// From the parts of a request; header names in lower case. What is not known is named by its method and path.
    pub fn of(method: &str, path: &str, header: impl Fn(&str) -> Option<String>, body: &[u8]) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        // AWS JSON (DynamoDB, SSM, ECS, Application Auto Scaling): `X-Amz-Target: DynamoDB_20120810.GetItem`.
        if let Some((service, operation)) =
            header("x-amz-target").as_deref().and_then(|it| it.rsplit_once('.'))
        {
            let service = match service {
                "AmazonSSM" => "SSM",
                "AmazonEC2ContainerServiceV20141113" => "ECS",
                "AnyScaleFrontendService" => "ApplicationAutoScaling",
                other => other.split('_').next().unwrap_or(other),
            };
            return Self(format!("{service}.{operation}"));
        }
        // Smithy RPC v2 CBOR (CloudWatch): `/service/GraniteServiceVersion20100801/operation/GetMetricStatistics`.
        if let Some((service, operation)) =
            path.strip_prefix("/service/").and_then(|rest| rest.split_once("/operation/"))
        {
            let service = if service.starts_with("GraniteService") { "CloudWatch" } else { service };
            return Self(format!("{service}.{operation}"));
        }
        // REST XML (Route 53): by method and path.
        if let Some(rest) = path.strip_prefix("/2013-04-01/") {
            let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
            let operation = match (method, parts.as_slice()) {
                ("GET", ["hostedzone", _]) => "GetHostedZone",
                ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets",
                ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets",
                ("GET", ["change", _]) => "GetChange",
                _ => return Self(format!("Route53.{method} {path}")),
            };
            return Self(format!("Route53.{operation}"));
        }
        // Query (RDS, ElastiCache, STS): `Action=` in the form, and the version of the service's interface.
        let form = String::from_utf8_lossy(body);
        let field =
            |name: &str| form.split('&').chain(query.split('&')).find_map(|pair| pair.strip_prefix(name));
        let service = match field("Version=") {
            Some("2015-02-02") => "ElastiCache",
            Some("2011-06-15") => "STS",
            _ => "RDS",
        };
        match field("Action=") {
            Some(action) => Self(format!("{service}.{action}")),
            None => Self(format!("{method} {path}")),
        }
    }

    /// `Service.Operation`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can change the account or the ledger. What is not known to read counts as a write.
    pub fn is_write(&self) -> bool {
        let operation = self.0.rsplit('.').next().unwrap_or_default();
        !["Describe", "List", "Get", "BatchGet", "Query"].iter().any(|read| operation.starts_with(read))
    }

    /// Whether it can change what is scaled, and not only what is remembered.
    pub fn changes_aws(&self) -> bool {
        self.is_write() && !self.0.starts_with("DynamoDB.")
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Operation;

    #[test]
    fn each_protocol_is_recognised() {
        let of = |method: &str, path: &str, target: Option<&str>, body: &str| {
            let target = target.map(str::to_owned);
            Operation::of(
                method,
                path,
                |name| target.clone().filter(|_| name == "x-amz-target"),
                body.as_bytes(),
            )
        };
        let cases = [
            (of("POST", "/", Some("DynamoDB_20120810.UpdateItem"), "{}"), "DynamoDB.UpdateItem", true),
            (of("POST", "/", Some("DynamoDB_20120810.BatchGetItem"), "{}"), "DynamoDB.BatchGetItem", false),
            (of("POST", "/", Some("AmazonSSM.GetParameter"), "{}"), "SSM.GetParameter", false),
            (
                of("POST", "/", Some("AmazonEC2ContainerServiceV20141113.DescribeServices"), "{}"),
                "ECS.DescribeServices",
                false,
            ),
            (
                of("POST", "/", Some("AnyScaleFrontendService.RegisterScalableTarget"), "{}"),
                "ApplicationAutoScaling.RegisterScalableTarget",
                true,
            ),
            (
                of("POST", "/service/GraniteServiceVersion20100801/operation/GetMetricData", None, ""),
                "CloudWatch.GetMetricData",
                false,
            ),
            (
                of("POST", "/service/GraniteServiceVersion20100801/operation/GetMetricStatistics", None, ""),
                "CloudWatch.GetMetricStatistics",
                false,
            ),
            (
                of("GET", "/2013-04-01/hostedzone/Z1/rrset?name=a", None, ""),
                "Route53.ListResourceRecordSets",
                false,
            ),
            (
                of("POST", "/2013-04-01/hostedzone/Z1/rrset/", None, ""),
                "Route53.ChangeResourceRecordSets",
                true,
            ),
            (of("GET", "/2013-04-01/change/C1", None, ""), "Route53.GetChange", false),
            (of("GET", "/2013-04-01/hostedzone/Z1", None, ""), "Route53.GetHostedZone", false),
            (
                of("POST", "/", None, "Action=DeleteDBInstance&Version=2014-10-31"),
                "RDS.DeleteDBInstance",
                true,
            ),
            (
                of("POST", "/", None, "Action=IncreaseReplicaCount&Version=2015-02-02"),
                "ElastiCache.IncreaseReplicaCount",
                true,
            ),
            (of("POST", "/", None, "Action=DescribeDBInstances&V=1"), "RDS.DescribeDBInstances", false),
            (
                of("POST", "/", None, "Action=GetCallerIdentity&Version=2011-06-15"),
                "STS.GetCallerIdentity",
                false,
            ),
            (of("PUT", "/what", None, ""), "PUT /what", true),
        ];
        for (operation, name, writes) in cases {
            assert_eq!(operation.as_str(), name);
            assert_eq!(operation.is_write(), writes, "{name}");
        }
    }
}
