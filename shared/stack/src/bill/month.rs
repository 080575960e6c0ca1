//! A month of Tidegate in quantities: how often it wakes and looks, how long that takes, what it reads, writes and logs.
//!
//! What is not in the policy or in the code is an assumption, and every one has its name and reason here and is shown with the bill.

use jiff::SignedDuration;
use tidegate_policy::kind::Kind;
use tidegate_policy::policy::{Policy, Target, TargetKind};
use tidegate_policy::units::Count;

use super::series;
use crate::function::{FUNCTIONS, binaries};
use crate::prices::{Quantity, Unit};

/// Hours of a month, as AWS reckons: 8,760 of a year in twelve.
pub const HOURS: f64 = 730.0;
/// `rate(1 minute)` of each schedule of the template.
pub const WAKES: f64 = HOURS * 60.0;
/// See `HOURS`.
const DAYS: f64 = HOURS / 24.0;

/// `MemorySize` of the template, GB. Lambda counts 1,024 MB to a GB.
pub const MEMORY_GB: f64 = 256.0 / 1024.0;
/// An attempt that orders at most so many series asks for each by GetMetricStatistics, and above it for all by GetMetricData.
pub const SERIES_ASKED_ONE_BY_ONE: usize = 100;

/// Alarms of `infra/template.yaml`, of one metric each: two a function that scales, and nine of all.
pub const OWN_ALARMS: usize = 15;

/// One addition of 26 minutes (13 of creation, 13 of the climb: docs/kinds/rds-replicas.md, "Limits") and one removal of about as long with its drain.
pub const UNDER_WAY_A_DAY: SignedDuration = SignedDuration::from_mins(60);
/// Steps of these two that act: the creation, four weights up, the floor, weight 0, record and instance gone, and what repeats.
pub const STEPS_A_DAY: f64 = 12.0;
/// An attempt with nothing due. The debug build took 4 ms of its own against a ledger that answered at once; the rest is for DynamoDB's answer and
/// TLS at a seventh of a core. Not measured in Lambda.
pub const QUIET_ATTEMPT: SignedDuration = SignedDuration::from_millis(50);
/// What an attempt that looks takes before its targets: listings, records, metrics. Not measured in Lambda; chosen on the dear side.
pub const LOOKING_ATTEMPT: SignedDuration = SignedDuration::from_secs(1);
/// A glance at replicas that rest: the instances and the reader names' records, one call after the other. As above.
pub const GLANCE: SignedDuration = SignedDuration::from_millis(400);
/// What each target takes that is looked at: two writes, of sixteen targets beside each other, and its series, eight calls at a time. As above.
pub const LOOK: SignedDuration = SignedDuration::from_millis(100);

/// The line of an attempt without its targets, measured: 667 bytes; and START, END and REPORT of Lambda, with 26 bytes a line that CloudWatch adds.
pub const BYTES_AN_ATTEMPT: f64 = 667.0 + 400.0;
/// What Lambda writes of a wake-up of `notify` with nothing to send.
const BYTES_A_QUIET_WAKE: f64 = 400.0;
/// A target that was not due, in that line: measured with 1, 10 and 100 targets.
pub const BYTES_A_QUIET_TARGET: f64 = 160.0;
/// A target that was looked at: its part of that line and its own line. Reckoned from the lines that docs/operate.md shows, on the dear side.
pub const BYTES_A_LOOK: f64 = 2_000.0;
/// `LogRetentionDays` of the template, in months.
pub const LOGS_KEPT_MONTHS: f64 = 30.0 / DAYS;

/// How often a person looks at the dashboards, a day. One that hangs on a wall and is read again every minute costs 72 times as much.
pub const VIEWS_A_DAY: f64 = 20.0;
/// The hours that CloudWatch shows at first.
pub const HOURS_A_VIEW: f64 = 3.0;

/// A target's item of the ledger, KB as writes are counted. That of a busy target with two replicas is above 2 (see the test).
pub const ITEM_KB: f64 = 3.0;
/// A line of the ledger's log, KB.
pub const LOG_LINE_KB: f64 = 1.0;
/// Lines that a step writes: what was decided, and what came of it.
pub const LOG_LINES_A_STEP: f64 = 2.0;
/// Lines of the log live 90 days (`shared/aws/src/ledger/item.rs`), in months.
const LOG_LINES_KEPT_MONTHS: f64 = 90.0 / DAYS;

/// `sparse` publishes a metric only in hours in which something is out of the ordinary, and it is paid by the hour: `Actions` by four
/// reasons, the lag and the connections of one hour.
pub const METRIC_HOURS_A_DAY: f64 = 6.0;
/// Alerts of a target that come and go, a day.
pub const ALERTS_A_DAY: f64 = 1.0;
/// Hours a day in which an alert stands somewhere: `Alerts` is then published, by the severities below.
pub const ALERT_HOURS_A_DAY: f64 = 2.0;
/// Critical and warning.
const SEVERITIES: f64 = 2.0;
/// An alert is accepted, claimed and settled (`shared/notify`).
const WRITES_OF_A_MAILBOX: f64 = 3.0;
/// A mailbox that knows ten alerts, KB.
pub const MAILBOX_KB: f64 = 2.0;
/// The policy's parameter is read so often by each function (docs/operate.md).
const POLICY_READ_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// A target, as the bill sees it.
struct Watched {
    function: Kind,
    series: usize,
    /// Of a month, as the policy says.
    due: f64,
    /// Of a month, between those while something is under way.
    under_way: f64,
    /// Metrics that stand with `all`.
    standing: usize,
    /// Whether what is learned of its load is kept.
    ahead: bool,
}

impl Watched {
    fn new(target: &Target, replicas: Option<Count>) -> Watched {
        let every = (target.scaling.evaluate_every.as_secs_f64() / 60.0).max(1.0);
        let under_way = DAYS * UNDER_WAY_A_DAY.as_secs_f64() / 60.0;
        let replicas = replicas.unwrap_or(target.scaling.min.max(Count::ONE));
        // Current, Desired, Serving, and Holds by the reason of the moment; of replicas the lag and the connections too.
        let standing = if matches!(target.kind, TargetKind::RdsReplicas(_)) { 6 } else { 4 };
        Watched {
            function: target.kind.kind(),
            series: series::of(target, replicas),
            due: WAKES / every,
            under_way: under_way * (1.0 - 1.0 / every),
            standing,
            ahead: target.scaling.forecast.is_some(),
        }
    }

    fn looks(&self) -> f64 {
        self.due + self.under_way
    }
}

/// What a month comes to.
pub struct Month {
    targets: Vec<Watched>,
    /// Channels that are told, the two topics of people among them.
    channels: f64,
}

impl Month {
    /// Of this policy, with so many replicas a target; without a number as many as its `min`, and one at least.
    pub fn new(policy: &Policy, replicas: Option<Count>) -> Month {
        Month {
            targets: policy.targets.iter().map(|target| Watched::new(target, replicas)).collect(),
            channels: 2.0 + policy.notify.len() as f64,
        }
    }

    fn sum(&self, of: impl Fn(&Watched) -> f64) -> f64 {
        self.targets.iter().map(of).sum()
    }

    /// Targets with a forecast.
    fn ahead(&self) -> f64 {
        self.sum(|watched| f64::from(u8::from(watched.ahead)))
    }

    fn count(&self) -> f64 {
        self.sum(|_| 1.0)
    }

    fn of_function(&self, function: Kind) -> impl Iterator<Item = &Watched> {
        self.targets.iter().filter(move |target| target.function == function)
    }

    /// Series that one look at all targets asks for.
    pub fn series(&self) -> usize {
        self.targets.iter().map(|target| target.series).sum()
    }

    /// Wakes of the functions, which are as many invocations of Lambda.
    pub fn invocations(&self) -> Quantity {
        Quantity(WAKES * binaries().len() as f64)
    }

    /// GB-seconds of Lambda.
    pub fn lambda_time(&self) -> Quantity {
        let looking: f64 = FUNCTIONS.iter().map(|function| self.looking_attempts(function.kind)).sum();
        // Replicas are glanced at in every minute in which none is due.
        let replicas = Kind::RdsReplicas;
        let any = self.of_function(replicas).next().is_some();
        let glances = if any { WAKES - self.looking_attempts(replicas) } else { 0.0 };
        let seconds = self.invocations().0 * QUIET_ATTEMPT.as_secs_f64()
            + glances * GLANCE.as_secs_f64()
            + looking * LOOKING_ATTEMPT.as_secs_f64()
            + self.sum(Watched::looks) * LOOK.as_secs_f64();
        Quantity(seconds * MEMORY_GB)
    }

    /// Attempts that look at any target: all targets are due in the same minute, and each is under way by itself.
    fn looking_attempts(&self, function: Kind) -> f64 {
        let due = self.of_function(function).map(|target| target.due).fold(0.0, f64::max);
        let under_way: f64 = self.of_function(function).map(|target| target.under_way).sum();
        (due + under_way).min(WAKES)
    }

    /// Metric reads of a month, by GetMetricStatistics and by GetMetricData.
    ///
    /// All targets of a function are due in the same minute: the largest order that there can be, so the dearest. While something is under
    /// way only those targets are looked at, and that order is as large as it is on average.
    pub fn metric_reads(&self) -> (Quantity, Quantity) {
        let (mut one_by_one, mut together) = (0.0, 0.0);
        for function in FUNCTIONS {
            let of = || self.of_function(function.kind);
            let order: usize = of().map(|target| target.series).sum();
            let due: f64 = of().map(|target| target.series as f64 * target.due).sum();
            let under_way: f64 = of().map(|target| target.series as f64 * target.under_way).sum();
            let at_most = SERIES_ASKED_ONE_BY_ONE as f64;
            let share = UNDER_WAY_A_DAY.as_secs_f64() / SignedDuration::from_hours(24).as_secs_f64();
            let small = |order: f64| order <= at_most;
            *(if small(order as f64) { &mut one_by_one } else { &mut together }) += due;
            *(if small(order as f64 * share) { &mut one_by_one } else { &mut together }) += under_way;
        }
        // The history of a forecast is read once: in the first month.
        let history: f64 =
            self.targets.iter().filter(|target| target.ahead).map(|target| target.series as f64).sum();
        (Quantity(one_by_one + history * HISTORY_READS), Quantity(together))
    }

    /// Events that are put on the bus: decisions, steps, alerts and recoveries.
    pub fn published(&self) -> f64 {
        self.count() * (STEPS_A_DAY + 2.0 * ALERTS_A_DAY) * DAYS
    }

    /// Custom metrics that are published in some hours only, in whole months.
    pub fn passing_metrics(&self) -> Quantity {
        let alerts = SEVERITIES * ALERT_HOURS_A_DAY;
        Quantity((self.count() * METRIC_HOURS_A_DAY + alerts) * DAYS / HOURS)
    }

    /// Custom metrics that stand with `all`: three a function, and those of the targets.
    pub fn standing_metrics(&self) -> Quantity {
        Quantity(FUNCTIONS.len() as f64 * 3.0 + self.sum(|target| target.standing as f64))
    }

    /// GB that the logs take in.
    pub fn logs(&self) -> Quantity {
        let bytes = WAKES * (FUNCTIONS.len() as f64 * BYTES_AN_ATTEMPT + BYTES_A_QUIET_WAKE)
            + self.count() * WAKES * BYTES_A_QUIET_TARGET
            + self.sum(Watched::looks) * BYTES_A_LOOK;
        Quantity(bytes / 1e9)
    }

    /// GB of logs that are kept at any time.
    pub fn logs_kept(&self) -> Quantity {
        Quantity(self.logs().0 * LOGS_KEPT_MONTHS)
    }

    /// GB that Logs Insights reads for so many widgets, each of which reads the logs of all functions at most.
    pub fn logs_queried(&self, widgets: usize) -> Quantity {
        Quantity(widgets as f64 * VIEWS_A_DAY * DAYS * self.logs().0 * HOURS_A_VIEW / HOURS)
    }

    /// Read units: one BatchGetItem a minute, consistent, with an item of at most 4 KB a target.
    pub fn table_reads(&self) -> Quantity {
        let mailboxes = self.channels * WAKES;
        Quantity(self.count() * WAKES * (ITEM_KB / 4.0).ceil() + mailboxes)
    }

    /// Write units: two writes of the item a look, and for a step that acts the intent and the lines, in transactions at twice the price.
    pub fn table_writes(&self) -> Quantity {
        let looks = self.sum(Watched::looks) * 2.0 * ITEM_KB;
        let steps = self.count() * STEPS_A_DAY * DAYS;
        let ahead = self.ahead() * WAKES / OUTLOOK_EACH_MINUTES * (OUTLOOK_KB + OUTLOOK_DAY_KB / 2.0);
        // What was published is cleared by one write more, and each alert goes through the mailbox of each channel.
        let published = self.published() * ITEM_KB;
        let alerts = self.count() * 2.0 * ALERTS_A_DAY * DAYS;
        let mailboxes = alerts * self.channels * WRITES_OF_A_MAILBOX * MAILBOX_KB;
        Quantity(
            looks + steps * 2.0 * (ITEM_KB + LOG_LINES_A_STEP * LOG_LINE_KB) + ahead + published + mailboxes,
        )
    }

    /// GB in the table at any time, and as much in its backup.
    pub fn table_kept(&self) -> Quantity {
        let lines = STEPS_A_DAY * LOG_LINES_A_STEP * DAYS * LOG_LINES_KEPT_MONTHS;
        let ahead = self.ahead() * (OUTLOOK_KB + OUTLOOK_DAYS * OUTLOOK_DAY_KB);
        Quantity((self.count() * (ITEM_KB + lines * LOG_LINE_KB) + ahead) * 1e3 / 1e9)
    }

    /// How often the functions read the policy's parameter.
    pub fn parameter_reads(&self) -> Quantity {
        let minutes = POLICY_READ_EVERY.as_secs_f64() / 60.0;
        Quantity(WAKES / minutes * binaries().len() as f64)
    }
}

/// Two weeks of a series by the minute, a day a read, and once by the hour to find its beginning.
const HISTORY_READS: f64 = 15.0;

/// What a forecast keeps in the table: its state, written each five minutes, and fifteen days of minutes, of which the newest is written with it.
const OUTLOOK_KB: f64 = 53.0;
const OUTLOOK_DAY_KB: f64 = 3.1;
const OUTLOOK_DAYS: f64 = 15.0;
const OUTLOOK_EACH_MINUTES: f64 = 5.0;

/// The assumptions, each as a sentence.
pub fn assumptions() -> Vec<String> {
    let friendly = tidegate_policy::units::friendly;
    vec![
        format!("A month has {HOURS} hours. Each of the four functions is woken every minute, {} times, and has {:.0} MB.", Quantity(WAKES).shown(Unit::Things("wakes")), MEMORY_GB * 1024.0),
        format!(
            "A target is looked at every minute for {} a day: something is under way (one addition, one removal), or a signal is within a tenth of a threshold. {STEPS_A_DAY} steps of that act.",
            friendly(UNDER_WAY_A_DAY)
        ),
        format!(
            "An attempt takes {} ms when nothing is due, {} ms more when it glances at replicas that rest, and {} ms and {} ms a target when it looks: not measured in Lambda, on the dear side.",
            QUIET_ATTEMPT.as_millis(),
            GLANCE.as_millis(),
            LOOKING_ATTEMPT.as_millis(),
            LOOK.as_millis()
        ),
        format!(
            "All targets of a function are due in the same minute. An attempt that orders up to {SERIES_ASKED_ONE_BY_ONE} series asks by GetMetricStatistics."
        ),
        format!(
            "The log has {BYTES_AN_ATTEMPT:.0} bytes an attempt, {BYTES_A_QUIET_TARGET:.0} a target that is not due, {BYTES_A_LOOK:.0} a look, and is kept 30 days."
        ),
        format!(
            "A target's item in the table is {ITEM_KB} KB, read every minute and written twice a look; a step writes it once more, with {LOG_LINES_A_STEP} lines, in transactions."
        ),
        format!(
            "What a forecast learned is {OUTLOOK_KB} KB in the table, written each {OUTLOOK_EACH_MINUTES} minutes with the day's minutes; a warm process reads none of it."
        ),
        format!(
            "The history of a forecast is read once, {HISTORY_READS} requests a series of a member that there is or was: counted in every month."
        ),
        format!(
            "A dashboard's widgets read the last {HOURS_A_VIEW} hours of logs {VIEWS_A_DAY} times a day; one on a wall, read again every minute, does so 1,440 times."
        ),
        format!(
            "A target has {ALERTS_A_DAY} alert a day that comes and goes. Each event is published once; each alert and recovery is written {WRITES_OF_A_MAILBOX} times to the mailbox of {MAILBOX_KB} KB of each channel, which is read every minute. Alerts stand {ALERT_HOURS_A_DAY} hours a day."
        ),
        format!("Metrics that `sparse` publishes stand {METRIC_HOURS_A_DAY} hours a day and target together."),
        "Not counted, each a few cents at most: events that wake a function between two minutes, the last look before a removal, e-mail, failed events, \
         the packages in S3. X-Ray and a key of KMS are off unless asked for."
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use tidegate_policy::history::History;
    use tidegate_policy::reason::Reason;

    use super::*;

    #[test]
    fn the_template_has_as_many_alarms_and_wakes_as_often() {
        let template = include_str!("../../../../infra/template.yaml");
        let count = |text: &str| template.matches(text).count();
        assert_eq!(count("    Type: AWS::CloudWatch::Alarm\n"), OWN_ALARMS);
        assert_eq!(count("      MetricName: "), OWN_ALARMS, "an alarm of several metrics costs more");
        assert_eq!(count("CompositeAlarm"), 0, "they have a price of their own");
        assert_eq!(count("ScheduleExpression: rate(1 minute)"), binaries().len());
        assert!(template.contains("MemorySize: 256\n") && template.contains("    Default: 30\n"));
        assert!(template.contains("BillingMode: PAY_PER_REQUEST\n"));
    }

    #[test]
    fn the_memory_of_a_busy_target_fits_the_item_that_is_assumed() {
        let since = r#"{"weight":64,"since":"2026-11-23T10:06:20.046123456Z","change":"C0123456789ABCDEFGHIJ","insync_at":"2026-11-23T10:07:20.046123456Z"}"#;
        let at = r#""2026-11-23T10:06:20.046123456Z""#;
        let names = ["tg-orders-readers-1139fac08d", "tg-orders-readers-2139fac08d", "primary-floor"];
        let weights: Vec<_> = names.iter().map(|name| format!("\"{name}\":{since}")).collect();
        let recommended = vec![format!(r#"{{"at":{at},"desired":2}}"#); 8].join(",");
        let changes = vec![format!(r#"{{"at":{at},"delta":1}}"#); 4].join(",");
        let text = format!(
            r#"{{"decisions":40,"last_reason":"{reason}","holds_told":{{"{reason}":{at}}},"evaluated_at":{at},"scaled_in_at":{at},"recommendations":[{recommended}],"changes":[{changes}],"creations":[{at},{at}],
            "weights":{{{}}},"facts":{{"zone":{{"zone":"Z08ORDERSPROD","name":{{"value":"db.example.com","read_at":{at}}}}},
            "max_connections":{{"default.mysql8.0":{{"value":"{{DBInstanceClassMemory/12582880}}","read_at":{at}}}}}}}}}"#,
            weights.join(","),
            reason = Reason::WithinThresholds.code(),
        );
        let history: History = serde_json::from_str(&text).unwrap();
        let history = serde_json::to_string(&history).unwrap();
        // Keys, version, lease and the writer's id beside it.
        let item = history.len() + 300;
        assert!(item > 2_048 && item as f64 <= ITEM_KB * 1024.0, "{item} bytes: {history}");
    }
}
