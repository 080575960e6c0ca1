//! The ledger in DynamoDB: one item a target, and its activities.
