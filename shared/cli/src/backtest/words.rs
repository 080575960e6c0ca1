//! What a forecast learned, in sentences: the gate's verdict, the calibration of what it said, and how long orders and removals took.

use tidegate_policy::forecast::delays::Durations;
use tidegate_policy::forecast::outlook::Outlook;
use tidegate_policy::forecast::shadow::{BINS, Calibration, NotProven};

/// Whether the gate would let it act, and why.
pub(super) struct Verdict {
    pub(super) acts: bool,
    /// One sentence, in brackets of a yes.
    pub(super) why: String,
    /// What it would have cost over what the rules would have cost, on paper; `None` while no day is over.
    pub(super) ratio: Option<f64>,
    /// Days on paper that were judged.
    pub(super) days: usize,
}

/// The gate's verdict at the end of the load, with this price of a minute of shortage.
pub(super) fn verdict(learned: Option<&Outlook>, price: f64) -> Verdict {
    let Some(outlook) = learned else {
        return Verdict { acts: false, why: "it saw no minute of work".to_owned(), ratio: None, days: 0 };
    };
    let scores = outlook.shadow.scores(outlook.end().unwrap_or_default());
    let rules = scores.rules.at(price);
    let ratio = (scores.days > 0 && rules > 0.0).then(|| scores.ahead.at(price) / rules);
    let cost = |ratio: Option<f64>| {
        let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        format!("cost {ratio} of the rules' over {} days", scores.days)
    };
    let (acts, why) = match outlook.clone().judge(price) {
        Ok(()) => (true, cost(ratio)),
        Err(why) => (false, refusal(&why, &cost(ratio))),
    };
    Verdict { acts, why, ratio, days: scores.days }
}

fn refusal(why: &NotProven, cost: &str) -> String {
    match why {
        NotProven::Young(hours) => format!("{hours} hours of minutes are kept, and it needs 48"),
        NotProven::Holes(share) => {
            format!("{:.0}% of the minutes are known, and it needs 90%", share * 100.0)
        }
        NotProven::Days(days) => format!("{days} whole days were compared with the rules, and it needs 2"),
        NotProven::Dearer(_) => cost.to_owned(),
        NotProven::Uncalibrated(said, came) => {
            format!("what it said with a probability of {said:.2} came in {came:.2} of the minutes")
        }
    }
}

impl Verdict {
    /// As the report says it.
    pub(super) fn sentence(&self) -> String {
        let Verdict { acts, why, .. } = self;
        if *acts {
            format!("would be allowed to act: yes ({why})")
        } else {
            format!("would be allowed to act: no: {why}  forecast_not_proven")
        }
    }
}

/// A bin of probabilities, and what was said and came in it.
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) calibration: Option<Calibration>,
}

/// The bins, the lowest first.
pub(super) fn bins(learned: Option<&Outlook>) -> Vec<Bin> {
    let calibrations = learned
        .map_or([None; BINS.len()], |outlook| outlook.shadow.calibration(outlook.end().unwrap_or_default()));
    let ends = BINS.iter().skip(1).copied().chain([1.0]);
    BINS.iter()
        .zip(ends)
        .zip(calibrations)
        .map(|((from, to), calibration)| Bin { from: *from, to, calibration })
        .collect()
}

impl Bin {
    /// A row of the report.
    pub(super) fn sentence(&self) -> String {
        let range = format!("{:>3.0}% to {:>3.0}%", self.from * 100.0, self.to * 100.0);
        match self.calibration {
            Some(Calibration { said, came, minutes }) => {
                format!("{range}  said {said:.2}, came {came:.2}, {minutes:.0} minutes")
            }
            None => format!("{range}  - (too little was said)"),
        }
    }
}

/// How long the last ones took, in minutes.
#[derive(serde::Serialize)]
pub(super) struct Delays {
    pub(super) count: usize,
    pub(super) median_minutes: Option<f64>,
    pub(super) p90_minutes: Option<f64>,
}

impl Delays {
    pub(super) fn of(durations: Option<&Durations>) -> Delays {
        let within = |share| durations.and_then(|durations| durations.within(share)).map(tenths);
        Delays {
            count: durations.map_or(0, Durations::count),
            median_minutes: within(0.5),
            p90_minutes: within(0.9),
        }
    }

    /// `what` they are and what became of them: "Orders", "half of a share".
    pub(super) fn sentence(&self, what: &str, became: &str) -> String {
        match (self.median_minutes, self.p90_minutes) {
            (Some(median), Some(p90)) => format!(
                "{what}: {became} after {median}m, nine of ten within {p90}m (the last {}).",
                self.count
            ),
            _ => format!("{what}: - (none was seen to its end)."),
        }
    }
}

fn tenths(minutes: f64) -> f64 {
    (minutes * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_policy::forecast::settings::Shape;
    use tidegate_policy::forecast::shadow::Scores;

    #[test]
    fn each_refusal_has_its_sentence() {
        let cases = [
            (NotProven::Young(12), "12 hours of minutes are kept, and it needs 48"),
            (NotProven::Holes(0.5), "50% of the minutes are known, and it needs 90%"),
            (NotProven::Days(1), "1 whole days were compared with the rules, and it needs 2"),
            (NotProven::Dearer(Scores::default()), "cost 1.20 of the rules' over 7 days"),
            (
                NotProven::Uncalibrated(0.2, 0.45),
                "what it said with a probability of 0.20 came in 0.45 of the minutes",
            ),
        ];
        for (why, told) in cases {
            assert_eq!(refusal(&why, "cost 1.20 of the rules' over 7 days"), told);
        }
    }

    #[test]
    fn who_saw_nothing_may_not_act_and_says_what_is_missing() {
        for learned in [None, Some(Outlook::cold(Shape::default()))] {
            let told = verdict(learned.as_ref(), 27.0);
            assert!(!told.acts && told.ratio.is_none() && told.days == 0);
            assert!(told.sentence().starts_with("would be allowed to act: no: "), "{}", told.sentence());
            assert!(told.sentence().ends_with("  forecast_not_proven"), "{}", told.sentence());
            let rows: Vec<String> = bins(learned.as_ref()).iter().map(Bin::sentence).collect();
            assert_eq!(
                rows,
                [
                    "  2% to  10%  - (too little was said)",
                    " 10% to  40%  - (too little was said)",
                    " 40% to 100%  - (too little was said)"
                ]
            );
            let orders = Delays::of(learned.as_ref().map(|outlook| &outlook.creations));
            assert_eq!(orders.sentence("Orders", "half of a share"), "Orders: - (none was seen to its end).");
        }
    }

    #[test]
    fn delays_are_those_that_were_seen() {
        let mut durations = Durations::default();
        (10..20).for_each(|minutes| durations.record(f64::from(minutes)));
        assert_eq!(
            Delays::of(Some(&durations)).sentence("Removals", "gone"),
            "Removals: gone after 14m, nine of ten within 18m (the last 10)."
        );
    }
}
