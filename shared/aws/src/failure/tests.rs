//! Every error that the service models list is sorted once, and the page of errors is the table.

use super::*;

/// The errors that the service models list for each operation that we call (SDK of 2026-11).
const LEDGER_AND_POLICY: [&str; 14] = [
    "ConditionalCheckFailedException",
    "IdempotentParameterMismatchException",
    "InternalServerError",
    "InvalidEndpointException",
    "InvalidKeyId",
    "ItemCollectionSizeLimitExceededException",
    "ParameterNotFound",
    "ParameterVersionNotFound",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ResourceNotFoundException",
    "TransactionCanceledException",
    "TransactionConflictException",
];

const MODELLED: [(Operation, &[&str]); 28] = [
    (
        Operation::CREATE_REPLICA,
        &[
            "CertificateNotFound",
            "DBCapacityReservationNotFound",
            "DBClusterNotFoundFault",
            "DBInstanceAlreadyExists",
            "DBInstanceNotFound",
            "DBParameterGroupNotFound",
            "DBSecurityGroupNotFound",
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "DBSubnetGroupNotAllowedFault",
            "DBSubnetGroupNotFoundFault",
            "DomainNotFoundFault",
            "InstanceQuotaExceeded",
            "InsufficientDBInstanceCapacity",
            "InvalidDBCapacityReservationState",
            "InvalidDBClusterStateFault",
            "InvalidDBInstanceState",
            "InvalidDBSubnetGroupFault",
            "InvalidSubnet",
            "InvalidVPCNetworkStateFault",
            "KMSKeyNotAccessibleFault",
            "NetworkTypeNotSupported",
            "OptionGroupNotFoundFault",
            "ProvisionedIopsNotAvailableInAZFault",
            "StorageQuotaExceeded",
            "StorageTypeNotSupported",
            "TenantDatabaseQuotaExceeded",
            "VpcEncryptionControlViolationException",
        ],
    ),
    (
        Operation::DELETE_INSTANCE,
        &[
            "DBInstanceAutomatedBackupQuotaExceeded",
            "DBInstanceNotFound",
            "DBSnapshotAlreadyExists",
            "InvalidDBClusterStateFault",
            "InvalidDBInstanceState",
            "KMSKeyNotAccessibleFault",
            "SnapshotQuotaExceeded",
        ],
    ),
    (Operation::DESCRIBE_INSTANCES, &["DBInstanceNotFound"]),
    (Operation::DESCRIBE_DEPLOYMENTS, &["BlueGreenDeploymentNotFoundFault"]),
    (Operation::DESCRIBE_PARAMETERS, &["DBParameterGroupNotFound"]),
    (
        Operation::CHANGE_RECORDS,
        &[
            "InvalidChangeBatch",
            "InvalidInput",
            "NoSuchHealthCheck",
            "NoSuchHostedZone",
            "PriorRequestNotComplete",
        ],
    ),
    (Operation::GET_CHANGE, &["InvalidInput", "NoSuchChange"]),
    (Operation::GET_ZONE, &["InvalidInput", "NoSuchHostedZone"]),
    (Operation::LIST_RECORDS, &["InvalidInput", "NoSuchHostedZone"]),
    (Operation::GET_METRICS, &["InvalidNextToken"]),
    (Operation::LIST_METRICS, &["InternalServiceError", "InvalidParameterValue"]),
    (
        Operation::GET_STATISTICS,
        &["InternalServiceError", "InvalidParameterCombination", "InvalidParameterValue", "MissingParameter"],
    ),
    (
        Operation::DESCRIBE_SERVICES,
        &[
            "AccessDeniedException",
            "ClientException",
            "ClusterNotFoundException",
            "InvalidParameterException",
            "ServerException",
        ],
    ),
    (
        Operation::UPDATE_SERVICE,
        &[
            "AccessDeniedException",
            "ClientException",
            "ClusterNotFoundException",
            "InvalidParameterException",
            "NamespaceNotFoundException",
            "PlatformTaskDefinitionIncompatibilityException",
            "PlatformUnknownException",
            "ServerException",
            "ServiceNotActiveException",
            "ServiceNotFoundException",
            "UnsupportedFeatureException",
        ],
    ),
    (
        Operation::DESCRIBE_SCALABLE,
        &[
            "ConcurrentUpdateException",
            "InternalServiceException",
            "InvalidNextTokenException",
            "ValidationException",
        ],
    ),
    (
        Operation::DESCRIBE_SCHEDULED,
        &[
            "ConcurrentUpdateException",
            "InternalServiceException",
            "InvalidNextTokenException",
            "ValidationException",
        ],
    ),
    (
        Operation::DESCRIBE_POLICIES,
        &[
            "ConcurrentUpdateException",
            "FailedResourceAccessException",
            "InternalServiceException",
            "InvalidNextTokenException",
            "ValidationException",
        ],
    ),
    (
        Operation::REGISTER_SCALABLE,
        &[
            "ConcurrentUpdateException",
            "InternalServiceException",
            "LimitExceededException",
            "ObjectNotFoundException",
            "ValidationException",
        ],
    ),
    (
        Operation::INCREASE_REPLICAS,
        &[
            "ClusterQuotaForCustomerExceeded",
            "InsufficientCacheClusterCapacity",
            "InvalidCacheClusterState",
            "InvalidKMSKeyFault",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "InvalidReplicationGroupState",
            "InvalidVPCNetworkStateFault",
            "NoOperationFault",
            "NodeGroupsPerReplicationGroupQuotaExceeded",
            "NodeQuotaForCustomerExceeded",
            "ReplicationGroupNotFoundFault",
        ],
    ),
    (
        Operation::DECREASE_REPLICAS,
        &[
            "ClusterQuotaForCustomerExceeded",
            "InsufficientCacheClusterCapacity",
            "InvalidCacheClusterState",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "InvalidReplicationGroupState",
            "InvalidVPCNetworkStateFault",
            "NoOperationFault",
            "NodeGroupsPerReplicationGroupQuotaExceeded",
            "NodeQuotaForCustomerExceeded",
            "ReplicationGroupNotFoundFault",
            "ServiceLinkedRoleNotFoundFault",
        ],
    ),
    (
        Operation::MODIFY_SHARDS,
        &[
            "InsufficientCacheClusterCapacity",
            "InvalidCacheClusterState",
            "InvalidKMSKeyFault",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "InvalidReplicationGroupState",
            "InvalidVPCNetworkStateFault",
            "NodeGroupsPerReplicationGroupQuotaExceeded",
            "NodeQuotaForCustomerExceeded",
            "ReplicationGroupNotFoundFault",
        ],
    ),
    (
        Operation::MODIFY_GROUP,
        &[
            "CacheClusterNotFound",
            "CacheParameterGroupNotFound",
            "CacheSecurityGroupNotFound",
            "InsufficientCacheClusterCapacity",
            "InvalidCacheClusterState",
            "InvalidCacheSecurityGroupState",
            "InvalidKMSKeyFault",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "InvalidReplicationGroupState",
            "InvalidUserGroupState",
            "InvalidVPCNetworkStateFault",
            "NodeQuotaForClusterExceeded",
            "NodeQuotaForCustomerExceeded",
            "ReplicationGroupNotFoundFault",
            "UserGroupNotFound",
        ],
    ),
    (
        Operation::DESCRIBE_GROUPS,
        &["InvalidParameterCombination", "InvalidParameterValue", "ReplicationGroupNotFoundFault"],
    ),
    (
        Operation::DESCRIBE_NODES,
        &["CacheClusterNotFound", "InvalidParameterCombination", "InvalidParameterValue"],
    ),
    (
        Operation::DESCRIBE_SERVERLESS,
        &["InvalidParameterCombination", "InvalidParameterValue", "ServerlessCacheNotFoundFault"],
    ),
    (Operation::PUT_EVENTS, &["InternalException"]),
    (
        Operation::PUBLISH,
        &[
            "AuthorizationError",
            "EndpointDisabled",
            "InternalError",
            "InvalidParameter",
            "InvalidParameterValue",
            "InvalidSecurity",
            "KMSAccessDenied",
            "KMSDisabled",
            "KMSInvalidState",
            "KMSNotFound",
            "KMSOptInRequired",
            "KMSThrottling",
            "NotFound",
            "PlatformApplicationDisabled",
            "ValidationException",
        ],
    ),
    (
        Operation::LIST_NODE_TYPES,
        &[
            "CacheClusterNotFound",
            "InvalidParameterCombination",
            "InvalidParameterValue",
            "ReplicationGroupNotFoundFault",
        ],
    ),
];

#[test]
fn every_modelled_error_is_sorted_once() {
    for (operation, codes) in MODELLED {
        for code in codes {
            assert!(known_code(code).is_some(), "{}: {code} is not in the table", operation.name);
        }
    }
    for code in LEDGER_AND_POLICY {
        assert!(known_code(code).is_some(), "{code} is not in the table");
    }
    for (index, known) in TABLE.iter().enumerate() {
        let again = TABLE.iter().skip(index + 1).find(|other| other.code == known.code);
        assert!(again.is_none(), "{} is in the table twice", known.code);
    }
}

#[test]
fn a_denied_call_names_the_permission() {
    let failure = Failure::coded(Operation::DELETE_INSTANCE, "AccessDenied", "not authorized");
    assert_eq!(
        failure.message,
        "AccessDenied: not authorized: allow it in the policy of the function's role (rds:DeleteDBInstance)"
    );
    assert_eq!(failure.sorting.class(), FailureClass::PersonNeeded);
    let failure = Failure::coded(Operation::CREATE_REPLICA, "AccessDenied", "not authorized");
    assert!(
        failure.message.ends_with("(rds:CreateDBInstanceReadReplica and rds:AddTagsToResource and kms:CreateGrant and kms:DescribeKey)"),
        "{}",
        failure.message
    );
}

#[test]
fn an_unknown_code_waits_for_the_next_wake_up() {
    let failure = Failure::coded(Operation::GET_CHANGE, "Novelty", "a word");
    assert_eq!(failure.sorting, Sorting::RetryNextWake);
}

#[test]
fn the_page_prints_the_table() {
    let page = include_str!("../../errors.md");
    assert!(page == as_markdown(), "errors.md is not the table: write it anew with\n{}", as_markdown());
}
