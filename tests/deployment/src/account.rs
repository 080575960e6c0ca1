//! The account that is deployed into: a database, a zone, a service and a cache, their metrics, and a clock that runs ahead.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidegate_wire::account::{Account, REGION};
use tidegate_wire::channels::Channels;
use tidegate_wire::clock::Clock;
use tidegate_wire::json;
use tidegate_wire::plant::{Load, Plant, Traffic, Work};
use tidegate_wire::shim::Shim;
use tidegate_wire::stand_ins::{ministack, ministack_with_functions};

use crate::policy;

/// How long one look at the account takes at least.
const LOOK: Duration = Duration::from_millis(100);

/// What there is to do, of all kinds.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Of the database.
    pub database: Load,
    /// Of the service.
    pub service: Work,
    /// Of the replication group.
    pub cache: Traffic,
}

impl Demand {
    /// Nothing that any rule minds.
    pub const CALM: Self = Self { database: Load::CALM, service: Work::CALM, cache: Traffic::CALM };
    /// Too much for what is there.
    pub const HOT: Self = Self { database: Load::HOT, service: Work::HOT, cache: Traffic::READ };
    /// Next to nothing.
    pub const IDLE: Self = Self { database: Load::IDLE, service: Work::IDLE, cache: Traffic::IDLE };
}

/// An account on the stand-ins with one thing of each kind to scale.
pub struct Stage {
    /// Straight to the stand-ins.
    pub account: Account,
    /// Between the functions and the stand-ins.
    pub shim: Shim,
    /// What stands in for Slack and PagerDuty.
    pub channels: Channels,
    /// What there is to do from now on.
    pub demand: Demand,
    clock: Arc<Clock>,
    measured: Timestamp,
}

impl Stage {
    /// With an hour of calm behind it. There is one a process, since there is one ministack a process.
    pub fn new() -> Self {
        let clock = Arc::new(Clock::true_time());
        let channels = Channels::start();
        let mut shim = None;
        ministack_with_functions(|upstream| {
            let between = Shim::start(upstream, clock.clone());
            let url = between.url();
            shim = Some(between);
            // ministack hands its own variables to the functions, and this one even over theirs.
            let mut variables = vec![("AWS_ENDPOINT_URL", url), ("MINISTACK_REGION", REGION.to_owned())];
            variables.push(("TIDEGATE_CHANNELS", channels.url()));
            variables.extend(clock.variables());
            variables
        });
        let shim = shim.expect("the shim was started before ministack");
        let account = Account::new();
        account.make_source(7);
        account.make_service(2, &Value::Null);
        account.make_group(2, &[]);
        for (name, secret) in policy::SECRETS {
            let secret = json!({"Name": name, "Value": secret, "Type": "SecureString"});
            json::ask(ministack(), account.key(), "SSM.PutParameter", &secret)
                .expect("a parameter can be written");
        }
        let measured = minute(clock.now());
        let stage = Self { account, shim, channels, demand: Demand::CALM, clock, measured };
        let hour: Vec<_> = (1..=60).map(|minutes| measured - SignedDuration::from_mins(minutes)).collect();
        stage.measure(&hour);
        stage
    }

    /// The time on the account's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn measure(&self, minutes: &[Timestamp]) {
        self.demand.database.measure(&self.account, &self.shim, minutes);
        self.demand.service.measure(&self.account, &self.shim, minutes);
        self.demand.cache.measure(&self.account, &self.shim, minutes);
    }

    /// Lets the clock run this many times as fast as the true one, and the metrics of each minute come, until `done` says so.
    ///
    /// # Errors
    /// When it is not done within `patience` of true time.
    pub fn run_until(
        &mut self,
        speed: u32,
        patience: Duration,
        mut done: impl FnMut(&Self) -> bool,
    ) -> Result<(), &'static str> {
        let begun = Instant::now();
        let mut last = begun;
        loop {
            if done(self) {
                return Ok(());
            }
            if begun.elapsed() > patience {
                return Err("it did not come about in time");
            }
            sleep(LOOK);
            let passed = last.elapsed();
            last = Instant::now();
            let ahead = SignedDuration::try_from(passed * speed.saturating_sub(1)).unwrap_or_default();
            self.clock.set(self.clock.now() + ahead);
            let minute = minute(self.clock.now());
            if minute > self.measured {
                self.measure(&[self.measured]);
                self.measured = minute;
            }
        }
    }

    /// What a shell needs to talk to this account as one would to AWS.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        // Where the shim mends what is described, it must be asked; ministack takes everything else itself.
        let mended = ["RDS", "ECS", "ELASTICACHE", "APPLICATION_AUTO_SCALING"].map(|service| match service {
            "RDS" => "AWS_ENDPOINT_URL_RDS",
            "ECS" => "AWS_ENDPOINT_URL_ECS",
            "ELASTICACHE" => "AWS_ENDPOINT_URL_ELASTICACHE",
            _ => "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING",
        });
        let mut variables = vec![
            ("AWS_ENDPOINT_URL", ministack().to_owned()),
            ("AWS_ACCESS_KEY_ID", self.account.key().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
        ];
        variables.extend(mended.map(|name| (name, self.shim.url())));
        variables
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

fn minute(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_millis(at.as_millisecond().rem_euclid(60_000))
}
