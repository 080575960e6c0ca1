//! One attempt: lease, observe, plan, check, act, record, over two ports: the fleet and the ledger.

pub mod port;
