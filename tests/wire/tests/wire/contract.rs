//! Goal: the ledger in DynamoDB keeps what the port promises. Method: random walks of calls beside a reference of a few lines, on the stand-in's table;
//! the simulated account is walked beside the same reference.

use std::fmt;
use std::future::Future;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb as dynamodb;
use proptest::test_runner::Config;
use proptest_state_machine::prop_state_machine;
use tidegate_aws::ledger::DynamoLedger;
use tidegate_contract::ledger::{Subject, Walk};
use tidegate_wire::account::{Account, REGION, TABLE};
use tidegate_wire::stand_ins::ministack;
use tokio::runtime::{Builder, Runtime};

/// The adapter for DynamoDB, on an account of its own.
struct OnTheStandIn {
    ledger: DynamoLedger,
    runtime: Runtime,
    _account: Account,
}

impl fmt::Debug for OnTheStandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of the stand-in")
    }
}

impl Subject for OnTheStandIn {
    type Ledger = DynamoLedger;

    fn fresh() -> Self {
        let account = Account::new();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let credentials = dynamodb::config::Credentials::new(account.key(), "secret", None, None, "test");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(ministack())
            .credentials_provider(credentials);
        let client = dynamodb::Client::new(&runtime.block_on(config.load()));
        Self { ledger: DynamoLedger::new(client, TABLE.to_owned()), runtime, _account: account }
    }

    fn ledger(&self) -> &DynamoLedger {
        &self.ledger
    }

    fn end<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: 12, ..Config::default() })]

    #[test]
    fn the_ledger_in_dynamodb_keeps_the_ports_promise(sequential 20..60 => Walk<OnTheStandIn>);
}
