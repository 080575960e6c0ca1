//! Goal: the simulated account keeps what the ports promise. Method: random walks of calls beside a reference of a few lines, the same that the wire
//! tests walk with the adapters for AWS.

use std::future::Future;

use futures_util::FutureExt;
use proptest_state_machine::prop_state_machine;
use tidegate_contract::ledger::{Subject, Walk};
use tidegate_simulator::account::Account;

use crate::world::{PRODUCTION, World, target};

/// The ledger of an account without faults.
struct Simulated(Account);

impl Subject for Simulated {
    type Ledger = Account;

    fn fresh() -> Self {
        Self(World::new(&target(PRODUCTION), 1).account)
    }

    fn ledger(&self) -> &Account {
        &self.0
    }

    fn end<T>(&self, call: impl Future<Output = T>) -> T {
        call.now_or_never().unwrap()
    }
}

prop_state_machine! {
    #[test]
    fn the_simulated_ledger_keeps_the_ports_promise(sequential 1..60 => Walk<Simulated>);
}
