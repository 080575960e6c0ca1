//! Goal: no target waits for ever behind slow ones, and a thousand services shift in minutes. Method: calls that take their time, virtual time
//! that passes only while everybody waits, and attempts that end when Lambda would end them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::document::parse;
use tidegate_policy::names::{ServiceName, TargetName};
use tidegate_policy::policy::{Policy, Target, TargetKind};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Outcome;
use tidegate_reconcile::port::Ledger;
use tidegate_reconcile::report::{RunReport, TargetReport, TargetResult};
use tidegate_reconcile::{Attempt, Mode, Wake, reconcile_within};
use tidegate_simulator::account::{Account, Beginning, GroupStart, Latency, ServiceStart};
use tidegate_simulator::virtual_time::{Until, VirtualTime};

const A_CALL: SignedDuration = SignedDuration::from_millis(350);
/// A minute, without what a function keeps to tell what came of it.
const A_TIME_OUT: SignedDuration = SignedDuration::from_millis(59_500);

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// When everything shifts.
fn eight() -> Timestamp {
    "2026-03-04T08:00:00Z".parse().unwrap()
}

/// A service that needs four tasks between these hours, and two else.
fn services(count: usize, name: &str, from: &str, to: &str) -> Vec<Target> {
    let window = format!(
        "windows = [{{ days = \"daily\", from = \"{from}\", to = \"{to}\", zone = \"UTC\", min = 4 }}]"
    );
    let document = format!(
        "[[target]]\nname = \"api\"\nkind = \"ecs-service\"\ncluster = \"prod\"\nservice = \"api\"\nmin = 2\nmax = 10\n{window}\n"
    );
    let one = parse(&document).unwrap().targets.remove(0);
    let numbered = |nth: usize| {
        let mut target = one.clone();
        target.name = TargetName::new(format!("{name}-{nth:04}"));
        let TargetKind::EcsService(kind) = &mut target.kind else { panic!("a service") };
        kind.service = ServiceName::new(target.name.as_str());
        target
    };
    (0..count).map(numbered).collect()
}

/// A change that was made, and how long after eight its target was told.
#[derive(Clone, Debug, PartialEq)]
struct Made {
    after: SignedDuration,
    target: TargetName,
    takes: bool,
}

struct Morning {
    account: Account,
    policy: Policy,
    time: VirtualTime,
    minute: i64,
    made: Vec<Made>,
}

impl Morning {
    /// From half past seven on everything answers at once, and has come to rest by eight; from then on calls take their time.
    fn new(targets: Vec<Target>, slow: BTreeMap<TargetName, SignedDuration>) -> Self {
        let start = eight() - seconds(30 * 60);
        let beginning = Beginning {
            seed: 7,
            start,
            lasting: seconds(4 * 3600),
            blackout: false,
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        };
        let others: Vec<&Target> = targets[1..].iter().collect();
        let account = Account::of(&targets[0], &others, &beginning);
        let time = VirtualTime::new(start);
        let mut morning = Self {
            account,
            policy: Policy { targets, notify: Vec::new() },
            time: time.clone(),
            minute: -30,
            made: Vec::new(),
        };
        while morning.minute < 0 {
            let _ = morning.minute(A_TIME_OUT).unwrap();
        }
        morning.made.clear();
        morning.account.take_time(Latency { time, a_call: A_CALL, slow });
        morning
    }

    /// One attempt by the clock, cut off after `cut`, and the rest of its minute.
    fn minute(&mut self, cut: SignedDuration) -> Option<RunReport> {
        let now = eight() + seconds(self.minute * 60);
        self.account.advance_to(now);
        self.time.advance_to(now);
        let owner = format!("attempt-{}", self.minute);
        let attempt = Attempt {
            owner: &owner,
            lease_for: seconds(90),
            wake: Wake::Clock,
            mode: Mode::Apply,
            orders: &[],
            paused: None,
        };
        let made = RefCell::new(Vec::new());
        let ended = |report: &TargetReport| {
            let TargetResult::Planned { outcomes, .. } = &report.result else { return };
            let applied = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Applied { .. }));
            made.borrow_mut().extend(applied.map(|(action, _)| Made {
                after: self.time.now().duration_since(eight()),
                target: report.target.clone(),
                takes: action.is_destructive(),
            }));
        };
        let clock = Until { time: self.time.clone(), end: now + A_TIME_OUT };
        let work =
            reconcile_within(&self.account, &self.account, &self.policy, now, &attempt, &clock, &ended);
        let report = self.time.run_until(now + cut, work).map(Result::unwrap);
        self.made.extend(made.into_inner());
        self.minute += 1;
        self.account.advance_to(eight() + seconds(self.minute * 60));
        for target in self.account.targets() {
            let _ = target.end_minute(0.1);
        }
        assert_eq!(self.account.take_breaches(), []);
        report
    }

    /// The targets of this name that were changed.
    fn reached(&self, name: &str) -> BTreeSet<&TargetName> {
        let reached = self.made.iter().map(|made| &made.target);
        reached.filter(|target| target.as_str().starts_with(name)).collect()
    }

    /// How many leases stand.
    fn leases(&self) -> usize {
        let names: Vec<_> = self.policy.targets.iter().map(|target| target.name.clone()).collect();
        let items = self.time.run_until(Timestamp::MAX, self.account.load(&names)).unwrap().unwrap();
        items.into_iter().filter(|item| item.as_ref().unwrap().lease.is_some()).count()
    }
}

/// So many services at the head of the policy whose every change takes longer than an attempt, and seven healthy ones behind them.
fn behind(slow: usize) -> Morning {
    let mut targets = services(slow, "slow", "08:00", "22:00");
    let never = targets.iter().map(|target| (target.name.clone(), seconds(90))).collect();
    targets.extend(services(7, "healthy", "08:00", "22:00"));
    Morning::new(targets, never)
}

#[test]
fn slow_targets_at_the_head_keep_nobody_from_its_turn() {
    // Fewer than are worked on at a time, and so many that an attempt is filled with them.
    for (slow, minutes) in [(5, 1), (100, 4)] {
        let mut morning = behind(slow);
        for _ in 0..minutes {
            let report = morning.minute(A_TIME_OUT);
            assert!(report.is_some(), "{slow}: the attempt ends before it is cut off");
            assert_eq!(morning.leases(), 0, "{slow}: and holds no lease");
        }
        assert_eq!(morning.reached("healthy").len(), 7, "{slow}: {:?}", morning.made);
        // Those that answer nobody are tried again and again, in turn, and are told as what they are.
        let report = morning.minute(A_TIME_OUT).unwrap();
        let failed = report.targets.iter().filter(|target| match &target.result {
            TargetResult::Planned { outcomes, .. } => {
                outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Failed { .. }))
            }
            _ => false,
        });
        assert!(failed.count() >= slow.min(16), "{slow}");
    }
}

#[test]
fn what_waits_for_long_comes_first_and_is_told_as_a_failure() {
    // A hundred and fifty that never answer fill five attempts.
    let mut morning = behind(150);
    let mut last: BTreeMap<TargetName, i64> = BTreeMap::new();
    let mut longest = 0;
    for minute in 0..30 {
        for target in morning.minute(A_TIME_OUT).unwrap().targets {
            // The healthy ones rest once they are changed.
            let slow = target.target.as_str().starts_with("slow");
            if matches!(target.result, TargetResult::Planned { .. })
                && (slow || !last.contains_key(&target.target))
            {
                let before = last.insert(target.target, minute).unwrap_or(0);
                longest = longest.max(minute - before);
            } else if let TargetResult::Failed(why) = target.result {
                assert_ne!(why.reason, Reason::NotReached, "nobody waits so long");
            }
        }
    }
    assert_eq!(last.len(), 157, "everybody had a turn");
    assert!(longest <= 7, "somebody waited {longest} minutes for the next");
}

#[test]
fn an_attempt_that_is_cut_off_has_told_what_it_did_until_then() {
    let mut morning = behind(5);
    assert!(morning.minute(seconds(10)).is_none(), "the slow ones are under way");
    assert_eq!(morning.reached("healthy").len(), 7, "{:?}", morning.made);
}

/// The measure of a shift: half of a thousand services get tasks at eight, the other half give some back.
#[test]
fn a_thousand_services_shift_within_240_seconds_additions_first() {
    let mut targets = services(500, "night", "00:00", "08:00");
    targets.extend(services(500, "day", "08:00", "22:00"));
    let mut morning = Morning::new(targets, BTreeMap::new());
    while morning.minute < 6 {
        let report = morning.minute(A_TIME_OUT);
        assert!(report.is_some(), "minute {}: no attempt is cut off", morning.minute);
    }
    assert_eq!(morning.leases(), 0);
    let shifted = (morning.reached("day").len(), morning.reached("night").len());
    assert_eq!(shifted, (500, 500));
    assert_eq!(morning.account.throttled(), 0, "the attempt keeps to the rate that ECS takes");
    let first_taken = morning.made.iter().position(|made| made.takes).unwrap();
    assert!(first_taken >= 500 - 16, "but for those under way all additions come first: {first_taken}");
    let last = |takes| morning.made.iter().filter(|made| made.takes == takes).map(|made| made.after).max();
    let (given, taken) = (last(false).unwrap(), last(true).unwrap());
    assert!(taken <= seconds(240), "the last was changed after {taken:?}");
    assert!(given <= seconds(125), "the last addition came after {given:?}");
}
