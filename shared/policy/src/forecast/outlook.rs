//! The forecaster of one target: it is told each minute's work, learns by itself, and says what will be needed.

use std::sync::Arc;

use super::climate::OF_THE_DAY;
use super::delays::Durations;
use super::fleet::LifeTimes;
use super::horizons::BUCKET;
use super::learned::Learned;
use super::minutes::{DAY, DAYS, Minutes};
use super::need::NeedAhead;
use super::paper_rules::PaperRules;
use super::planner::Agreed;
use super::predict::predict;
use super::recent::Recent;
use super::settings::{Settings, Shape};
use super::shadow::{NotProven, Shadow};
use super::thresholds::Thresholds;
use super::waiting::Queue;

/// Minutes that must be known before anything is said.
pub const FIRST_WORD: usize = 65;
/// Minutes are counted from the Unix epoch, and not for ever: the year 4000.
pub(super) const LAST_MINUTE: i64 = 1_070_000_000;
/// Minutes that a guard looks back on.
const GUARD: i64 = 10;

/// All that is remembered of one target. Its size is fixed.
#[derive(Clone, Debug)]
pub struct Outlook {
    pub(super) minutes: Minutes,
    pub(super) recent: Recent,
    pub(super) learned: Learned,
    pub(super) queue: Queue,
    /// Decisions in a row that asked for a removal.
    pub agreed: Agreed,
    /// From an order until half of its share is carried.
    pub creations: Durations,
    /// From a removal until nothing is billed.
    pub drains: Durations,
    /// Rules and forecast on paper.
    pub shadow: Shadow,
}

impl Outlook {
    /// Knows nothing yet.
    pub fn cold(shape: Shape) -> Outlook {
        Outlook {
            minutes: Minutes::empty(Arc::new(Thresholds::of(shape))),
            recent: Recent::new(),
            learned: Learned::nothing(),
            queue: Queue::empty(),
            agreed: Agreed::default(),
            creations: Durations::default(),
            drains: Durations::default(),
            shadow: Shadow::default(),
        }
    }

    /// Levels and their worth.
    pub fn shape(&self) -> Shape {
        self.minutes.thresholds().shape()
    }

    /// The minute after the last that was pushed, in minutes since the Unix epoch. None at the very beginning.
    pub fn end(&self) -> Option<i64> {
        (!self.minutes.is_empty()).then(|| self.minutes.end())
    }

    /// Up to this minute nothing is known, and nothing will be: it was asked for. None once something is known.
    pub fn passed_over(&self) -> Option<i64> {
        (self.minutes.is_empty() && self.minutes.end() > 0).then(|| self.minutes.end())
    }

    /// Nothing is known of the minutes before this one. It matters while nothing is known at all.
    pub fn pass_over(&mut self, until: i64) {
        if self.minutes.is_empty() && (0..=LAST_MINUTE).contains(&until) {
            self.minutes.begin(until);
        }
    }

    /// The same experience of orders and removals, with levels of another shape: work is counted anew.
    pub fn reshaped(&self, shape: Shape) -> Outlook {
        Outlook { creations: self.creations.clone(), drains: self.drains.clone(), ..Outlook::cold(shape) }
    }

    /// Minutes that are kept, of 15 days.
    pub fn kept_minutes(&self) -> i64 {
        self.minutes.length()
    }

    /// Of them, those that are known.
    pub fn known_minutes(&self) -> usize {
        self.minutes.count_known()
    }

    /// Unknown minutes since the last known one.
    pub fn unknown_at_the_end(&self) -> u32 {
        self.minutes.unknown_at_the_end()
    }

    /// One minute's work, in units of capacity: the sum over members of their use. `None`, and what is no amount of work, is unknown. Minutes that
    /// were left out since the last are unknown too, and after 15 days of them it starts cold. A minute that is there already changes nothing.
    pub fn push(&mut self, minute: i64, work: Option<f64>) {
        if !(0..=LAST_MINUTE).contains(&minute) {
            return;
        }
        let known = work.and_then(|work| self.minutes.thresholds().admit(work));
        if self.minutes.is_empty() || minute - self.minutes.end() >= DAY * DAYS {
            // What is not known is no beginning.
            if known.is_none() {
                return;
            }
            self.forget_the_work(minute);
        }
        while self.minutes.end() < minute {
            self.append(None);
        }
        if self.minutes.end() == minute {
            self.append(known);
        }
    }

    /// Starts cold. How long orders take is true still.
    fn forget_the_work(&mut self, minute: i64) {
        self.minutes.begin(minute);
        self.recent = Recent::new();
        self.learned = Learned::nothing();
        self.queue = Queue::empty();
        self.agreed = Agreed::default();
        self.shadow = Shadow::default();
    }

    fn append(&mut self, known: Option<i16>) {
        self.minutes.append(self.minutes.stand_in(known));
        self.recent.follow(&self.minutes);
        let newest = self.minutes.end() - 1;
        if known.is_some() {
            let need = self.minutes.need(newest);
            self.learned.price_scale.learn(newest, need, self.shape().levels());
        }
        if self.minutes.end() % BUCKET == 0 {
            self.learned.learn(&self.minutes, &self.queue);
        }
    }

    /// What will be needed in the next hour; none while fewer than 65 minutes are known. Each fifth minute's prediction waits for its outcome and
    /// is learned from. Asking again changes nothing.
    pub fn predict(&mut self, settings: &Settings) -> Option<NeedAhead> {
        if self.minutes.count_known() < FIRST_WORD {
            return None;
        }
        let (need, waiting) = predict(&self.minutes, &self.recent, &self.learned, settings.price);
        if self.minutes.end() % BUCKET == 0 {
            self.queue.keep(waiting);
        }
        Some(need)
    }

    /// The level that each of the last ten minutes needed; 0 while there are none.
    pub fn floor(&self) -> usize {
        let from = (self.minutes.end() - GUARD).max(self.minutes.first());
        let least = (from..self.minutes.end()).map(|minute| self.minutes.need(minute)).min();
        least.unwrap_or(0).min(self.shape().levels())
    }

    /// The fewest levels that were enough at this minute of the day in all but `share` of the days before.
    pub fn usual_need(&self, minute: i64, share: f64) -> usize {
        let odds = OF_THE_DAY.odds_at(&self.minutes, minute);
        (1..=self.shape().levels()).find(|level| odds[*level] <= share).unwrap_or(self.shape().levels())
    }

    /// Lets the minutes from `from` on pass on paper, with as many serving as there are.
    pub fn pass_on_paper(&mut self, from: i64, serving: u32) {
        let (end, objective) = (self.minutes.end(), self.shape().objective());
        for minute in from.max(self.minutes.first())..end {
            let known = self.minutes.kept(minute).known;
            let work = known.then(|| libm::exp(self.minutes.log(minute)));
            self.shadow.pass(minute, work, serving, objective);
        }
        let minutes = &self.minutes;
        let needs = |minute: i64| {
            let kept = (minutes.first()..end).contains(&minute) && minutes.kept(minute).known;
            kept.then(|| minutes.need(minute))
        };
        self.shadow.compare(end, needs);
    }

    /// Lets rules and forecast decide on paper.
    pub fn decide_on_paper(
        &mut self,
        need: &NeedAhead,
        times: &LifeTimes,
        settings: &Settings,
        rules: &PaperRules,
        bounds: (u32, u32),
    ) {
        let floor = self.floor();
        self.shadow.decide(need, floor, times, settings, rules, bounds);
    }

    /// Whether the forecast has proven itself, with this price of a minute of shortage.
    ///
    /// # Errors
    /// Why it has not.
    pub fn judge(&mut self, price: f64) -> Result<(), NotProven> {
        let (end, kept, known) = (self.minutes.end(), self.kept_minutes(), self.known_minutes());
        self.shadow.judge(end, kept, known, price)
    }
}
