//! Plays one case minute by minute: time passes, something befalls, the functions are woken or not, and the judges look.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};
use tidegate_policy::kind::Kind;
use tidegate_policy::names::TargetName;
use tidegate_policy::policy::{Policy, Target};
use tidegate_policy::reason::Reason;
use tidegate_policy::record::Activity;
use tidegate_reconcile::report::{RunReport, TargetReport, TargetResult};
use tidegate_reconcile::{Attempt, LEASE_AT_LEAST, Mode, Wake, reconcile_within};
use tidegate_simulator::account::{Account, Beginning, Fault, GroupStart, ServiceStart};
use tidegate_simulator::world::{ScriptedEvent, WorldEvent};

use crate::case::{Case, Strike};
use crate::commands::Commands;
use crate::digest::Digest;
use crate::judge::{Alerts, Law, Rest, Violation, Witness};
use crate::ports::{LastSeen, Ports};
use crate::tamper::{Tamper, Untouched};
use crate::turns::{Turns, together};

/// Functions are woken so long after the minute begins.
const WAKE_OFFSET: i64 = 20;
/// A wake-up that is lost, or an attempt that dies, delays what it would have done by some minutes.
const HINDERED: SignedDuration = SignedDuration::from_mins(3);

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was broken, in the order in which it was found; a run ends with the minute of the first.
    pub violations: Vec<Violation>,
    /// The hash of the log of decisions.
    pub hash: u64,
    /// How many minutes were played.
    pub minutes: usize,
    /// How many attempts were made.
    pub attempts: u64,
    /// How many changes of the account were made.
    pub calls: u64,
    /// The longest time, in minutes after the calm, until a target was at rest.
    pub rest: Option<usize>,
    /// The last lines, where they were asked for.
    pub recorded: Vec<Recorded>,
}

/// One line of a time line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// In which minute.
    pub minute: usize,
    /// Whose.
    pub target: String,
    /// `world`, or the sort of the log's line.
    pub kind: &'static str,
    /// The code.
    pub code: &'static str,
    /// One sentence.
    pub detail: String,
}

/// Plays a case of the product as it is, to its end or to the first breach.
pub fn run(case: &Case) -> Outcome {
    run_with(case, &Untouched, false)
}

/// Plays a case of a product that is tampered with; records a time line where asked to.
pub fn run_with(case: &Case, tamper: &dyn Tamper, record: bool) -> Outcome {
    let run = Run::new(case, tamper, record);
    let (place, run) = (Cell::new(0), RefCell::new(run));
    let played = catch_unwind(AssertUnwindSafe(|| {
        for minute in 0..case.minutes {
            place.set(minute);
            if !run.borrow_mut().minute(minute) {
                break;
            }
        }
    }));
    let mut run = run.into_inner();
    if let Err(panic) = played {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        run.violations.push(Violation {
            at: case.at(place.get(), 0),
            minute: place.get(),
            target: "all".to_owned(),
            law: Law::Panic,
            detail: words.unwrap_or_else(|| "no words".to_owned()),
        });
    }
    run.end(place.get())
}

impl Case {
    /// A moment of a minute.
    pub(crate) fn at(&self, minute: usize, second: i64) -> Timestamp {
        let minutes = i64::try_from(minute).unwrap_or(i64::MAX / 60);
        let after = SignedDuration::from_secs(minutes.saturating_mul(60).saturating_add(second));
        self.start.checked_add(after).unwrap_or(self.start)
    }
}

/// A function of the stack: the targets of one kind.
struct Function {
    policy: Policy,
    /// The places of its targets.
    places: Vec<usize>,
}

struct Run<'a> {
    case: &'a Case,
    tamper: &'a dyn Tamper,
    record: bool,
    account: Account,
    functions: Vec<Function>,
    commands: Vec<Commands>,
    witness: Witness,
    alerts: Alerts,
    rests: Vec<Rest>,
    last_seen: LastSeen,
    /// How much of the script has happened.
    happened: usize,
    logged: usize,
    digest: Digest,
    attempts: u64,
    violations: Vec<Violation>,
    recorded: Vec<Recorded>,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, tamper: &'a dyn Tamper, record: bool) -> Self {
        let beginning = Beginning {
            seed: case.seed,
            start: case.start,
            lasting: SignedDuration::from_mins(i64::try_from(case.calm).unwrap_or(i64::MAX / 60)),
            blackout: case.seed.is_multiple_of(3),
            service: ServiceStart::plain(),
            group: GroupStart::plain(),
        };
        let others: Vec<&Target> = case.targets.iter().skip(1).collect();
        Self {
            account: Account::of(&case.targets[0], &others, &beginning),
            functions: functions(&case.targets),
            commands: case.targets.iter().map(|_| Commands::default()).collect(),
            witness: Witness::new(&case.targets),
            alerts: Alerts::default(),
            rests: case.targets.iter().map(|_| Rest::new(case.calm)).collect(),
            last_seen: RefCell::new(BTreeMap::new()),
            happened: 0,
            logged: 0,
            digest: Digest::new(),
            attempts: 0,
            violations: Vec::new(),
            recorded: Vec::new(),
            case,
            tamper,
            record,
        }
    }

    /// Plays one minute; whether all is well.
    fn minute(&mut self, minute: usize) -> bool {
        self.witness.begin(minute);
        self.befall(minute);
        for place in 0..self.functions.len() {
            let strike = if minute < self.case.calm {
                self.case.hostility.strike(place, minute)
            } else {
                Strike::none()
            };
            if self.record && strike != Strike::none() {
                let name = self.functions[place].places.first().and_then(|place| self.name(*place));
                self.tell(minute, &name.unwrap_or_default(), "attempt", "strike", strike.words());
            }
            if strike.lost || strike.dies.is_some() {
                // Whoever judges how soon something is done does not count these minutes.
                self.account.fail_for(HINDERED, 0.0, None, Fault::Throttled);
            }
            if !strike.lost {
                self.wake(place, minute, &strike);
            }
        }
        self.account.advance_to(self.case.at(minute + 1, 0));
        for (target, loads) in self.account.targets().zip(&self.case.loads) {
            let _ = target.end_minute(loads.get(minute).copied().unwrap_or_default());
        }
        let breaches = self.account.take_breaches().into_iter().map(|breach| Violation {
            at: breach.at,
            minute,
            target: breach.target.to_string(),
            law: Law::Invariant(breach.invariant),
            detail: breach.detail,
        });
        self.violations.extend(breaches);
        self.violations.extend(self.witness.take());
        self.violations.is_empty()
    }

    fn befall(&mut self, minute: usize) {
        let at = self.case.at(minute, 0);
        if self.case.forgets == Some(minute) {
            self.account.forget();
            self.alerts.forgotten();
            self.witness.forgotten();
            self.tell(minute, "all", "world", "forget", "the ledger lost what it remembers".to_owned());
        }
        if let Some((whom, event)) = self.case.lasting.as_ref().filter(|_| minute == self.case.calm / 2) {
            self.strike_one(minute, *whom, event, at);
        }
        let script = &self.case.script;
        while let Some((whom, ScriptedEvent { after, event })) = script.get(self.happened) {
            if at.duration_since(self.case.start) < *after {
                break;
            }
            self.happened += 1;
            self.strike_one(minute, *whom, event, at);
        }
    }

    fn strike_one(&mut self, minute: usize, whom: usize, event: &WorldEvent, at: Timestamp) {
        let (Some(target), Some(name)) = (self.account.targets().nth(whom), self.name(whom)) else { return };
        let detail = match event {
            WorldEvent::Order(order) => {
                self.commands[whom].send(order.clone(), at);
                event.sentence(None)
            }
            WorldEvent::LateOrder { order, late } => {
                self.commands[whom].send(order.clone().sent(at), at.checked_add(*late).unwrap_or(at));
                event.sentence(None)
            }
            event => target.befall(event),
        };
        self.tell(minute, &name, "world", event.code(), detail);
    }

    fn name(&self, place: usize) -> Option<String> {
        self.case.targets.get(place).map(|target| target.name.to_string())
    }

    fn wake(&mut self, place: usize, minute: usize, strike: &Strike) {
        for turn in 0..strike.in_turn {
            let second = (WAKE_OFFSET + strike.late + i64::try_from(turn).unwrap_or_default()).min(59);
            self.account.advance_to(self.case.at(minute, second));
            self.attempts_at_once(place, minute, turn, strike);
        }
    }

    fn attempts_at_once(&mut self, place: usize, minute: usize, turn: usize, strike: &Strike) {
        let function = &self.functions[place];
        let now = self.account.now();
        let targets: Vec<_> = self.account.targets().collect();
        let woken: Vec<TargetName> = function
            .places
            .iter()
            .filter(|place| targets[**place].take_events())
            .map(|place| self.case.targets[*place].name.clone())
            .collect();
        let orders: Vec<_> = function
            .places
            .iter()
            .filter_map(|place| {
                let order = self.commands[*place].arrived(now)?;
                Some((self.case.targets[*place].name.clone(), order))
            })
            .collect();
        let sides = strike.beside;
        let turns = Turns::new(sides, strike.changes.clone());
        let owners: Vec<String> =
            (0..sides).map(|side| format!("{place}-minute-{minute}-{turn}-{side}")).collect();
        let ports: Vec<Ports<'_>> = owners
            .iter()
            .enumerate()
            .map(|(side, owner)| Ports {
                account: &self.account,
                tamper: self.tamper,
                witness: &self.witness,
                turns: &turns,
                side,
                owner,
                death: strike.dies.filter(|(whom, _)| *whom == side && turn == 0).map(|(_, death)| death),
                calls: Cell::new(0),
                dead: Cell::new(false),
                stale: strike.stale,
                last_seen: self.case.hostility.is_ever_stale().then_some(&self.last_seen),
            })
            .collect();
        let skews: Vec<SignedDuration> = (0..sides)
            .map(|side| {
                let skew = strike.skew.get(turn * sides + side).copied().unwrap_or_default();
                SignedDuration::from_secs(skew)
            })
            .collect();
        let attempts: Vec<Attempt<'_>> = owners
            .iter()
            .enumerate()
            .map(|(side, owner)| Attempt {
                owner,
                lease_for: LEASE_AT_LEAST,
                wake: if woken.is_empty() { Wake::Clock } else { Wake::About(&woken) },
                mode: Mode::Apply,
                // A command is one invocation: those beside it are woken by the clock.
                orders: if side == 0 { &orders } else { &[] },
                paused: None,
            })
            .collect();
        let reported = RefCell::new(Vec::new());
        let died = |side: usize| ports[side].dead.get();
        let ended = |report: &TargetReport| reported.borrow_mut().push(report.clone());
        let policy = &function.policy;
        let made = self.account.attempt(now, async |time| {
            let time = &time;
            let work = ports.iter().zip(&attempts).zip(&skews).map(|((ports, attempt), skew)| {
                let now = now.checked_add(*skew).unwrap_or(now);
                let ended = &ended;
                Box::pin(reconcile_within(ports, ports, policy, now, attempt, time, ended))
                    as Pin<Box<dyn Future<Output = _> + '_>>
            });
            together(&turns, &died, work.collect()).await
        });
        let reports: Vec<Option<RunReport>> = match made {
            Some(reports) => reports.into_iter().map(|report| report.and_then(Result::ok)).collect(),
            // Cut off, as Lambda cuts a function off.
            None => Vec::new(),
        };
        drop(ports);
        self.attempts += u64::try_from(sides).unwrap_or_default();
        let answer = reports.first().and_then(Option::as_ref);
        let places = function.places.clone();
        for (name, _) in &orders {
            let place = places.iter().find(|place| self.case.targets[**place].name == *name);
            if let Some(commands) = place.and_then(|place| self.commands.get_mut(*place)) {
                commands.answered(name, answer, now);
            }
        }
        for report in reported.into_inner() {
            self.read(minute, &report, now);
        }
        self.log(minute);
    }

    fn read(&mut self, minute: usize, report: &TargetReport, now: Timestamp) {
        let Some(place) = self.case.targets.iter().position(|target| target.name == report.target) else {
            return;
        };
        let why = match &report.result {
            TargetResult::Failed(why) | TargetResult::Unrecorded { why, .. } => Some(why),
            TargetResult::Skipped(_) | TargetResult::Planned { .. } => None,
        };
        if let Some(why) = why {
            if why.reason == Reason::PlanRefused {
                self.violations.push(Violation {
                    at: now,
                    minute,
                    target: report.target.to_string(),
                    law: Law::PlanRefused,
                    detail: why.detail.clone(),
                });
            }
            self.tell(minute, report.target.as_str(), "hold", why.reason.code(), why.detail.clone());
        }
        self.alerts.look(report);
        if minute >= self.case.calm {
            self.rests[place].look(minute, report);
        }
    }

    fn log(&mut self, minute: usize) {
        let lines = self.account.activities_since(self.logged);
        self.logged += lines.len();
        for line in lines {
            self.digest.add(&line);
            self.alerts.written(&line);
            let Activity { target, kind, reason, detail, .. } = line;
            self.tell(minute, target.as_str(), kind.name(), reason.code(), detail);
        }
    }

    fn tell(&mut self, minute: usize, target: &str, kind: &'static str, code: &'static str, detail: String) {
        if self.record {
            self.recorded.push(Recorded { minute, target: target.to_owned(), kind, code, detail });
        }
    }

    fn end(mut self, minute: usize) -> Outcome {
        let at = self.account.now();
        let whole = minute + 1 >= self.case.minutes && self.case.minutes > self.case.calm;
        // Whom a fault never leaves need not come to rest.
        let struck = self.case.lasting.as_ref().map(|(whom, _)| *whom);
        let each = self.rests.iter().zip(&self.case.targets).enumerate();
        let others: Vec<_> = each.filter(|(place, _)| struck != Some(*place)).map(|(_, one)| one).collect();
        if self.violations.is_empty() && whole {
            for (rest, target) in &others {
                self.violations.extend(rest.judge(target, at, minute));
            }
            self.violations.extend(self.alerts.judge(&self.account.announcements(), at, minute));
        }
        let rest = others.iter().filter_map(|(rest, _)| rest.took()).max();
        let changes = self.account.calls();
        Outcome {
            violations: self.violations,
            hash: self.digest.value(),
            minutes: minute + 1,
            attempts: self.attempts,
            calls: changes.by_operation().values().sum(),
            rest,
            recorded: self.recorded,
        }
    }
}

/// One for each kind that there is.
fn functions(targets: &[Target]) -> Vec<Function> {
    let of = |kind: Kind| {
        let places: Vec<usize> = targets
            .iter()
            .enumerate()
            .filter(|(_, target)| target.kind.kind() == kind)
            .map(|(place, _)| place)
            .collect();
        let targets = places.iter().map(|place| targets[*place].clone()).collect();
        Function { policy: Policy { targets, notify: Vec::new() }, places }
    };
    Kind::ALL.into_iter().map(of).filter(|function| !function.places.is_empty()).collect()
}
