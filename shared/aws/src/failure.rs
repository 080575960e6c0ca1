//! What an AWS error means: who can mend it, and when. One table, which `errors.md` prints.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tidegate_policy::record::{FailureClass, Outcome};
use tidegate_reconcile::port::FleetError;

/// What is to be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sorting {
    /// The SDK tries again within the call, three tries in all; what still fails waits for the next wake-up.
    RetryNow,
    /// The next wake-up, a minute later, looks again.
    RetryNextWake,
    /// What was asked for is so, or on its way; or the world moved on. It is looked at again, and is no failure by itself.
    Progress,
    /// AWS does not make this class or type here now: another of the policy's may do, and else a person must act.
    NotOffered,
    /// A limit, a permission, a setting: a person must act, and it is tried ever more rarely.
    PersonNeeded,
    /// We ask for nothing that can be answered so: a defect of ours, told like `PersonNeeded`.
    Never,
}

impl Sorting {
    /// As the table prints it.
    pub fn name(self) -> &'static str {
        match self {
            Sorting::RetryNow => "retry now",
            Sorting::RetryNextWake => "retry at the next wake-up",
            Sorting::Progress => "progress",
            Sorting::NotOffered => "another class, or person needed",
            Sorting::PersonNeeded => "person needed",
            Sorting::Never => "never",
        }
    }

    /// For the core, which knows only who can mend it.
    pub fn class(self) -> FailureClass {
        match self {
            Sorting::RetryNow | Sorting::RetryNextWake | Sorting::Progress => FailureClass::RetryNextWake,
            Sorting::NotOffered => FailureClass::NotOffered,
            Sorting::PersonNeeded | Sorting::Never => FailureClass::PersonNeeded,
        }
    }
}

/// An operation that we call, and the permissions that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// As AWS names it.
    pub name: &'static str,
    /// The IAM action.
    pub action: &'static str,
    /// Further IAM actions that it needs.
    pub also: &'static [&'static str],
}

macro_rules! operations {
    ($($id:ident = $name:literal, $action:literal $(+ $also:literal)*;)*) => {
        impl Operation {
            $(pub(crate) const $id: Operation = Operation { name: $name, action: $action, also: &[$($also),*] };)*

            /// Every one that this crate calls. The functions' roles are held to it.
            pub const ALL: &'static [Operation] = &[$(Operation::$id),*];
        }
    };
}

impl Operation {
    /// Its IAM actions, as a person reads them.
    fn permissions(&self) -> String {
        self.also.iter().fold(self.action.to_owned(), |text, also| format!("{text} and {also}"))
    }
}

operations! {
    DESCRIBE_INSTANCES = "DescribeDBInstances", "rds:DescribeDBInstances";
    DESCRIBE_DEPLOYMENTS = "DescribeBlueGreenDeployments", "rds:DescribeBlueGreenDeployments";
    DESCRIBE_PARAMETERS = "DescribeDBParameters", "rds:DescribeDBParameters";
    CREATE_REPLICA = "CreateDBInstanceReadReplica", "rds:CreateDBInstanceReadReplica" + "rds:AddTagsToResource" + "kms:CreateGrant" + "kms:DescribeKey";
    DELETE_INSTANCE = "DeleteDBInstance", "rds:DeleteDBInstance";
    GET_ZONE = "GetHostedZone", "route53:GetHostedZone";
    LIST_RECORDS = "ListResourceRecordSets", "route53:ListResourceRecordSets";
    CHANGE_RECORDS = "ChangeResourceRecordSets", "route53:ChangeResourceRecordSets";
    GET_CHANGE = "GetChange", "route53:GetChange";
    GET_METRICS = "GetMetricData", "cloudwatch:GetMetricData";
    GET_STATISTICS = "GetMetricStatistics", "cloudwatch:GetMetricStatistics";
    LIST_METRICS = "ListMetrics", "cloudwatch:ListMetrics";
    DESCRIBE_SERVICES = "DescribeServices", "ecs:DescribeServices";
    LIST_TASKS = "ListTasks", "ecs:ListTasks";
    DESCRIBE_TASKS = "DescribeTasks", "ecs:DescribeTasks";
    UPDATE_SERVICE = "UpdateService", "ecs:UpdateService";
    DESCRIBE_SCALABLE = "DescribeScalableTargets", "application-autoscaling:DescribeScalableTargets";
    DESCRIBE_SCHEDULED = "DescribeScheduledActions", "application-autoscaling:DescribeScheduledActions";
    DESCRIBE_POLICIES = "DescribeScalingPolicies", "application-autoscaling:DescribeScalingPolicies";
    REGISTER_SCALABLE = "RegisterScalableTarget", "application-autoscaling:RegisterScalableTarget";
    DESCRIBE_GROUPS = "DescribeReplicationGroups", "elasticache:DescribeReplicationGroups";
    DESCRIBE_NODES = "DescribeCacheClusters", "elasticache:DescribeCacheClusters";
    DESCRIBE_SERVERLESS = "DescribeServerlessCaches", "elasticache:DescribeServerlessCaches";
    LIST_NODE_TYPES = "ListAllowedNodeTypeModifications", "elasticache:ListAllowedNodeTypeModifications";
    INCREASE_REPLICAS = "IncreaseReplicaCount", "elasticache:IncreaseReplicaCount";
    DECREASE_REPLICAS = "DecreaseReplicaCount", "elasticache:DecreaseReplicaCount";
    MODIFY_SHARDS = "ModifyReplicationGroupShardConfiguration", "elasticache:ModifyReplicationGroupShardConfiguration";
    MODIFY_GROUP = "ModifyReplicationGroup", "elasticache:ModifyReplicationGroup";
    // The ledger and the policy, whose errors have words of their own.
    READ_ITEMS = "BatchGetItem", "dynamodb:BatchGetItem";
    UPDATE_ITEM = "UpdateItem", "dynamodb:UpdateItem";
    WRITE_ITEM = "PutItem", "dynamodb:PutItem";
    WRITE_ITEMS = "TransactWriteItems", "dynamodb:UpdateItem" + "dynamodb:PutItem";
    GET_PARAMETER = "GetParameter", "ssm:GetParameter";
    // What people are told by.
    READ_ITEM = "GetItem", "dynamodb:GetItem";
    PUT_EVENTS = "PutEvents", "events:PutEvents";
    PUBLISH = "Publish", "sns:Publish";
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The error code on the wire.
    pub code: &'static str,
    /// What is done about it.
    pub sorting: Sorting,
    /// What a person reads after AWS's own words.
    pub advice: &'static str,
}

const fn known(code: &'static str, sorting: Sorting, advice: &'static str) -> Known {
    Known { code, sorting, advice }
}

const DEFECT: &str = "Tidegate asks for nothing of the kind: please report it";

/// Every error that the operations of a fleet model, and those that any operation may answer.
pub const TABLE: &[Known] = &[
    // Any operation.
    known("Throttling", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("ThrottlingException", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("ThrottledException", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("RequestThrottled", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("RequestThrottledException", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("RequestLimitExceeded", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("TooManyRequestsException", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("InternalFailure", Sorting::RetryNow, "an error inside AWS"),
    known("InternalServerError", Sorting::RetryNow, "an error inside AWS"),
    known("InternalServiceFault", Sorting::RetryNow, "an error inside AWS"),
    known("InternalServiceError", Sorting::RetryNow, "an error inside AWS"),
    known("ServiceUnavailable", Sorting::RetryNow, "an error inside AWS"),
    known("RequestTimeout", Sorting::RetryNow, "AWS did not read the request in time"),
    known("AccessDenied", Sorting::PersonNeeded, "allow it in the policy of the function's role"),
    known("AccessDeniedException", Sorting::PersonNeeded, "allow it in the policy of the function's role"),
    known("UnauthorizedOperation", Sorting::PersonNeeded, "allow it in the policy of the function's role"),
    known("ExpiredToken", Sorting::RetryNextWake, "Lambda renews the credentials of the role"),
    known("ExpiredTokenException", Sorting::RetryNextWake, "Lambda renews the credentials of the role"),
    known("InvalidClientTokenId", Sorting::PersonNeeded, "check the function's role and Region"),
    known("UnrecognizedClientException", Sorting::PersonNeeded, "check the function's role and Region"),
    known(
        "OptInRequired",
        Sorting::PersonNeeded,
        "the account is not signed up for the service in this Region",
    ),
    known(
        "SignatureDoesNotMatch",
        Sorting::PersonNeeded,
        "check the credentials and the clock of the machine",
    ),
    known("RequestExpired", Sorting::RetryNextWake, "the clocks of AWS and of the machine differ"),
    known("ValidationError", Sorting::Never, DEFECT),
    known(
        "InvalidParameterValue",
        Sorting::PersonNeeded,
        "check the class, the node types, the security groups and the names in the policy",
    ),
    known(
        "InvalidParameterCombination",
        Sorting::PersonNeeded,
        "AWS refuses this for this instance or group: its words say why",
    ),
    known("MissingParameter", Sorting::Never, DEFECT),
    // RDS.
    known(
        "DBInstanceAlreadyExists",
        Sorting::Progress,
        "the name is taken: by this very creation, or by something else",
    ),
    known("DBInstanceNotFound", Sorting::Progress, "it is not there, or not any more"),
    known("InvalidDBInstanceState", Sorting::Progress, "the instance is busy, or already on its way out"),
    known("BlueGreenDeploymentNotFoundFault", Sorting::Progress, "it is not there, or not any more"),
    known(
        "InstanceQuotaExceeded",
        Sorting::PersonNeeded,
        "raise the quota \"DB instances\" of RDS in this Region, or lower `max`",
    ),
    known(
        "StorageQuotaExceeded",
        Sorting::PersonNeeded,
        "raise the quota \"Total storage for all DB instances\" of RDS in this Region",
    ),
    known(
        "InsufficientDBInstanceCapacity",
        Sorting::NotOffered,
        "AWS has no room for this class here now: choose another `class` if it lasts, or write `fallback_classes`",
    ),
    known(
        "KMSKeyNotAccessibleFault",
        Sorting::PersonNeeded,
        "let the function's role use the KMS key of the source",
    ),
    known("AuthorizationNotFound", Sorting::PersonNeeded, "check `security_groups` of the policy"),
    known("DBSecurityGroupNotFound", Sorting::PersonNeeded, "check `security_groups` of the policy"),
    known("DBParameterGroupNotFound", Sorting::PersonNeeded, "the parameter group of the instance is gone"),
    known("OptionGroupNotFoundFault", Sorting::PersonNeeded, "the option group of the source is gone"),
    known("DBSubnetGroupNotFoundFault", Sorting::PersonNeeded, "the subnet group of the source is gone"),
    known(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        Sorting::PersonNeeded,
        "add subnets in more zones to the subnet group of the source",
    ),
    known("DBSubnetGroupNotAllowedFault", Sorting::Never, DEFECT),
    known("InvalidDBSubnetGroupFault", Sorting::PersonNeeded, "check the subnet group of the source"),
    known(
        "InvalidSubnet",
        Sorting::PersonNeeded,
        "check the subnets of the source's subnet group: free addresses, the right VPC",
    ),
    known(
        "InvalidVPCNetworkStateFault",
        Sorting::PersonNeeded,
        "check the subnets of the subnet group of the source or of the group",
    ),
    known(
        "VpcEncryptionControlViolationException",
        Sorting::NotOffered,
        "the VPC demands encryption that this class does not have: choose another `class`",
    ),
    known(
        "NetworkTypeNotSupported",
        Sorting::PersonNeeded,
        "the subnet group does not support the source's network type",
    ),
    known(
        "ProvisionedIopsNotAvailableInAZFault",
        Sorting::NotOffered,
        "the source's storage is not offered in the zone that RDS chose",
    ),
    known(
        "StorageTypeNotSupported",
        Sorting::NotOffered,
        "the class does not support the source's storage: choose another `class`",
    ),
    known("CertificateNotFound", Sorting::PersonNeeded, "the certificate of the source is gone"),
    known("DomainNotFoundFault", Sorting::PersonNeeded, "the directory of the source is gone"),
    known("TenantDatabaseQuotaExceeded", Sorting::PersonNeeded, "raise the quota of tenant databases"),
    known("DBCapacityReservationNotFound", Sorting::Never, DEFECT),
    known("InvalidDBCapacityReservationState", Sorting::Never, DEFECT),
    known("DBClusterNotFoundFault", Sorting::Never, DEFECT),
    known(
        "InvalidDBClusterStateFault",
        Sorting::PersonNeeded,
        "the instance belongs to a cluster, which Tidegate does not scale",
    ),
    known("DBSnapshotAlreadyExists", Sorting::Never, DEFECT),
    known("SnapshotQuotaExceeded", Sorting::Never, DEFECT),
    known(
        "DBInstanceAutomatedBackupQuotaExceeded",
        Sorting::PersonNeeded,
        "raise the quota of retained automated backups",
    ),
    // Route 53.
    known("PriorRequestNotComplete", Sorting::RetryNow, "the zone's last change is not complete"),
    known(
        "InvalidChangeBatch",
        Sorting::Progress,
        "the records are not as the plan expected: they are read again",
    ),
    known(
        "NoSuchHostedZone",
        Sorting::PersonNeeded,
        "check `reader.zone` of the policy: it is the zone's id, as Z0123456789ABC",
    ),
    known("NoSuchChange", Sorting::Progress, "Route 53 has forgotten the change: the wait begins anew"),
    known("NoSuchHealthCheck", Sorting::Never, DEFECT),
    known("InvalidInput", Sorting::PersonNeeded, "check `reader` of the policy"),
    // ECS.
    known("ServerException", Sorting::RetryNow, "an error inside AWS"),
    known("ClientException", Sorting::PersonNeeded, "ECS refuses this: its words say why"),
    known(
        "ClusterNotFoundException",
        Sorting::PersonNeeded,
        "check `cluster` of the policy: it is the cluster's short name, in the function's Region",
    ),
    known("ServiceNotFoundException", Sorting::Progress, "it is not there, or not any more"),
    known("ServiceNotActiveException", Sorting::Progress, "the service is being deleted, or was"),
    known(
        "InvalidParameterException",
        Sorting::PersonNeeded,
        "ECS refuses this for this service: its words say why",
    ),
    known(
        "UnsupportedFeatureException",
        Sorting::PersonNeeded,
        "this service, or this Region, does not have what is asked for",
    ),
    known(
        "PlatformTaskDefinitionIncompatibilityException",
        Sorting::PersonNeeded,
        "the service's platform version does not fit its task definition: deploy it anew",
    ),
    known(
        "PlatformUnknownException",
        Sorting::PersonNeeded,
        "the service's platform version is gone: deploy it anew",
    ),
    known(
        "NamespaceNotFoundException",
        Sorting::PersonNeeded,
        "the namespace of the service's Service Connect is gone",
    ),
    // Application Auto Scaling.
    known("InternalServiceException", Sorting::RetryNow, "an error inside AWS"),
    known(
        "ConcurrentUpdateException",
        Sorting::RetryNextWake,
        "Application Auto Scaling is still busy with another change of it",
    ),
    known("ObjectNotFoundException", Sorting::Progress, "it is not there, or not any more"),
    known(
        "LimitExceededException",
        Sorting::PersonNeeded,
        "raise the quota of scalable targets for ECS in this Region",
    ),
    known("ValidationException", Sorting::PersonNeeded, "AWS refuses this as it is asked: its words say why"),
    known("InvalidNextTokenException", Sorting::RetryNextWake, "the pages are asked for again"),
    known(
        "FailedResourceAccessException",
        Sorting::PersonNeeded,
        "Application Auto Scaling cannot read the alarms of a scaling policy: check its service-linked role",
    ),
    // ElastiCache.
    known("NoOperationFault", Sorting::Progress, "the group is already as it is asked to be"),
    known("ReplicationGroupNotFoundFault", Sorting::Progress, "it is not there, or not any more"),
    known("CacheClusterNotFound", Sorting::Progress, "the node is not there, or not any more"),
    known("ServerlessCacheNotFoundFault", Sorting::Progress, "it is not there, or not any more"),
    known("InvalidReplicationGroupState", Sorting::RetryNextWake, "the group is busy with another change"),
    known("InvalidCacheClusterState", Sorting::RetryNextWake, "a node of the group is not available"),
    known(
        "InsufficientCacheClusterCapacity",
        Sorting::PersonNeeded,
        "AWS has no room for this node type here now: choose another if it lasts",
    ),
    known(
        "NodeQuotaForCustomerExceeded",
        Sorting::PersonNeeded,
        "raise the quota \"Nodes per Region\" of ElastiCache, or lower `max`",
    ),
    known(
        "ClusterQuotaForCustomerExceeded",
        Sorting::PersonNeeded,
        "raise the quota of clusters of ElastiCache in this Region, or lower `max`",
    ),
    known(
        "NodeQuotaForClusterExceeded",
        Sorting::PersonNeeded,
        "raise the quota \"Nodes per cluster\" of ElastiCache, or lower `max`",
    ),
    known(
        "NodeGroupsPerReplicationGroupQuotaExceeded",
        Sorting::PersonNeeded,
        "raise the quota of shards a replication group, or lower the `shards` of the policy",
    ),
    known("NodeGroupNotFoundFault", Sorting::RetryNextWake, "the shards are not as the plan expected"),
    known(
        "ServiceLinkedRoleNotFoundFault",
        Sorting::PersonNeeded,
        "create the service-linked role of ElastiCache: `aws iam create-service-linked-role --aws-service-name elasticache.amazonaws.com`",
    ),
    known("InvalidKMSKeyFault", Sorting::PersonNeeded, "check the KMS key of the group"),
    known("CacheParameterGroupNotFound", Sorting::PersonNeeded, "the parameter group of the group is gone"),
    known("CacheSecurityGroupNotFound", Sorting::Never, DEFECT),
    known("InvalidCacheSecurityGroupState", Sorting::Never, DEFECT),
    known("UserGroupNotFound", Sorting::PersonNeeded, "a user group of the group is gone"),
    known("InvalidUserGroupState", Sorting::RetryNextWake, "a user group of the group is being changed"),
    // DynamoDB: what `ledger` makes of it. Whatever is not a failed condition changes nothing anywhere.
    known(
        "ConditionalCheckFailedException",
        Sorting::Progress,
        "another attempt was faster, or this very write was done and its answer lost",
    ),
    known(
        "TransactionCanceledException",
        Sorting::Progress,
        "as its reasons say: a failed condition is another attempt's success",
    ),
    known("TransactionConflictException", Sorting::Progress, "another attempt is writing the item"),
    known("TransactionInProgressException", Sorting::RetryNow, "the same transaction is still under way"),
    known("IdempotentParameterMismatchException", Sorting::Never, DEFECT),
    known("ProvisionedThroughputExceededException", Sorting::RetryNow, "give the table on-demand capacity"),
    known(
        "ReplicatedWriteConflictException",
        Sorting::RetryNextWake,
        "another Region wrote the item: a ledger is written in one Region",
    ),
    known(
        "ItemCollectionSizeLimitExceededException",
        Sorting::PersonNeeded,
        "the table has a local index, which the ledger does not need: make one without",
    ),
    known(
        "ResourceNotFoundException",
        Sorting::PersonNeeded,
        "create the table, or correct TIDEGATE_LEDGER_TABLE",
    ),
    known("InvalidEndpointException", Sorting::RetryNow, "the endpoint of DynamoDB changed"),
    // Systems Manager: what `policy_source` makes of it.
    known("ParameterNotFound", Sorting::PersonNeeded, "create the parameter, or correct TIDEGATE_POLICY"),
    known("ParameterVersionNotFound", Sorting::PersonNeeded, "correct the version in TIDEGATE_POLICY"),
    known("InvalidKeyId", Sorting::PersonNeeded, "the key of the SecureString cannot be used"),
    // EventBridge and SNS: what is not taken is sent again.
    known("InternalException", Sorting::RetryNow, "an error inside AWS"),
    known("InternalError", Sorting::RetryNow, "an error inside AWS"),
    known("Throttled", Sorting::RetryNow, "AWS limits the rate of calls"),
    known("KMSThrottling", Sorting::RetryNow, "AWS limits the rate of calls"),
    known(
        "AuthorizationError",
        Sorting::PersonNeeded,
        "allow sns:Publish on the topic in the function's role and the topic's policy",
    ),
    known("NotFound", Sorting::PersonNeeded, "the topic is gone: deploy the stack again"),
    known("InvalidParameter", Sorting::Never, DEFECT),
    known("InvalidSecurity", Sorting::PersonNeeded, "check the function's role and Region"),
    known("EndpointDisabled", Sorting::PersonNeeded, "enable the endpoint of the topic"),
    known(
        "PlatformApplicationDisabled",
        Sorting::PersonNeeded,
        "enable the platform application of the topic",
    ),
    known(
        "KMSAccessDenied",
        Sorting::PersonNeeded,
        "let the function's role use the topic's KMS key: kms:GenerateDataKey* and kms:Decrypt",
    ),
    known("KMSDisabled", Sorting::PersonNeeded, "enable the topic's KMS key"),
    known("KMSInvalidState", Sorting::PersonNeeded, "enable the topic's KMS key"),
    known("KMSNotFound", Sorting::PersonNeeded, "the topic's KMS key is gone"),
    known("KMSOptInRequired", Sorting::PersonNeeded, "sign the account up for KMS"),
    // CloudWatch.
    known("InvalidNextToken", Sorting::RetryNextWake, "the pages are asked for again"),
];

/// The line of this code.
pub fn known_code(code: &str) -> Option<&'static Known> {
    TABLE.iter().find(|known| known.code == code)
}

/// A call that failed, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was called.
    pub operation: Operation,
    /// AWS's code; `None` when no answer of AWS came.
    pub code: Option<String>,
    /// What is to be done about it.
    pub sorting: Sorting,
    /// AWS's words and ours.
    pub message: String,
}

impl Failure {
    /// Sorts an SDK error.
    pub fn of<E, R>(operation: Operation, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug + 'static,
    {
        let meta = error.meta();
        match meta.code() {
            Some(code) => {
                let said = meta.message().unwrap_or("without a message").trim().trim_end_matches('.');
                Self::coded(operation, code, said)
            }
            None => {
                let sorting = match error {
                    SdkError::ConstructionFailure(_) => Sorting::Never,
                    _ => Sorting::RetryNextWake,
                };
                let what = match error {
                    SdkError::ConstructionFailure(_) => "the call could not be made",
                    SdkError::TimeoutError(_) => "no answer in time",
                    SdkError::DispatchFailure(_) => "no connection, or no credentials",
                    SdkError::ResponseError(_) => "the answer could not be read",
                    _ => "an error without a code",
                };
                let cause = root_cause(error);
                Self { operation, code: None, sorting, message: format!("{what} ({cause})") }
            }
        }
    }

    /// Sorts an error code with AWS's words.
    fn coded(operation: Operation, code: &str, said: &str) -> Self {
        let (sorting, advice) = known_code(code).map_or_else(
            || (Sorting::RetryNextWake, "an error that Tidegate does not know"),
            |known| (known.sorting, known.advice),
        );
        let which = if is_denial(code) { format!(" ({})", operation.permissions()) } else { String::new() };
        let message = format!("{code}: {said}: {advice}{which}");
        Self { operation, code: Some(code.to_owned()), sorting, message }
    }

    /// Whether AWS answered with this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the next call of the operation would meet it too: a denial, a limit on the rate, trouble inside AWS.
    pub fn meets_every_call(&self) -> bool {
        self.sorting == Sorting::RetryNow || self.code.as_deref().is_some_and(is_denial)
    }

    /// As what became of an action.
    pub fn outcome(self) -> Outcome {
        Outcome::Failed { class: self.sorting.class(), message: self.message }
    }
}

impl From<Failure> for FleetError {
    fn from(failure: Failure) -> Self {
        FleetError {
            operation: failure.operation.name,
            class: failure.sorting.class(),
            message: failure.message,
        }
    }
}

fn is_denial(code: &str) -> bool {
    code.starts_with("AccessDenied") || code == "UnauthorizedOperation"
}

/// The innermost cause: the layers above it only say that something below failed.
fn root_cause<E: Error + 'static>(error: &E) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let said = cause.to_string();
    if said.is_empty() { DisplayErrorContext(error).to_string() } else { said }
}

/// The table as `errors.md` has it.
pub fn as_markdown() -> String {
    let mut text = String::from(
        "# What is done about an AWS error\n\n\
         Printed from the table in `src/failure.rs`; a test keeps them the same. A code that is not here is tried again at the next wake-up.\n\n\
         | code | what is done | what a person reads |\n|---|---|---|\n",
    );
    for known in TABLE {
        text.push_str(&format!("| `{}` | {} | {} |\n", known.code, known.sorting.name(), known.advice));
    }
    text
}
