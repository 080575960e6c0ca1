//! What a week of a target cost by list price, from the time that each class of its members was there.

use std::fmt;

use jiff::SignedDuration;
use tidegate_policy::history::Week;
use tidegate_policy::list_price;
use tidegate_policy::policy::TargetKind;

use crate::text::grouped;

/// Whole US cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cents(pub u64);

impl fmt::Display for Cents {
    /// As `$1,092.10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}.{:02}", grouped(self.0 / 100), self.0 % 100)
    }
}

/// A week in money: list prices on demand, of N. Virginia, without storage and traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What the members cost whose price is known; `None` where that is none of them.
    pub known: Option<Priced>,
    /// Whole member hours without a known price.
    pub unpriced_hours: u64,
}

/// An amount beside what it could have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// What there was.
    pub spent: Cents,
    /// The same, always at the policy's maximum.
    pub at_maximum: Cents,
}

/// What was counted of a target of this kind, in money.
pub fn of_week(week: &Week, kind: &TargetKind) -> Cost {
    let price = |class: &str| match kind {
        TargetKind::RdsReplicas(kind) => list_price::database(kind.engine, class),
        TargetKind::RedisNodes(_) => list_price::node(class),
        // How large a task is, no look says.
        TargetKind::EcsService(_) => None,
    };
    let (mut dollars, mut priced) = (0.0, SignedDuration::ZERO);
    for (class, time) in &week.class_time {
        if let Some(price) = price(class) {
            dollars += price * hours(*time);
            priced = priced.saturating_add(*time);
        }
    }
    // An instance that leaves is no member any more, and costs as long as it is there: there may be more of the one than of the other.
    let unpriced = week.member_time.saturating_sub(priced);
    let known = (!priced.is_zero()).then(|| {
        let spent = cents(dollars);
        let at_maximum = cents(dollars / hours(priced) * hours(week.member_time_at_maximum));
        // Of a week that began before the maximum was counted.
        Priced { spent, at_maximum: at_maximum.max(spent) }
    });
    Cost { known, unpriced_hours: u64::try_from(unpriced.as_hours()).unwrap_or(0) }
}

fn hours(time: SignedDuration) -> f64 {
    time.as_secs_f64() / 3_600.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole cents from 0 to 1e15, which is more than any week of anybody costs, and exact in a double"
)]
fn cents(dollars: f64) -> Cents {
    Cents((dollars * 100.0).round().clamp(0.0, 1e15) as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn kind(document: &str) -> TargetKind {
        let policy =
            tidegate_policy::document::parse(document).unwrap_or_else(|problems| panic!("{problems:?}"));
        policy.targets[0].kind.clone()
    }

    fn replicas(engine: &str) -> TargetKind {
        kind(&format!(
            "[[target]]\nname = 'a'\nkind = 'rds-replicas'\nsource = 'a'\nengine = '{engine}'\nreader = {{ zone = 'Z1', name = 'a.b', ttl = '10s' }}\nmin = 1\nmax = 5\nscale_out = ['primary cpu > 70% for 10m']\n"
        ))
    }

    fn week(members: i64, at_maximum: i64, classes: &[(&str, i64)]) -> Week {
        let hours = SignedDuration::from_hours;
        let class_time = classes.iter().map(|(class, time)| ((*class).to_owned(), hours(*time)));
        Week {
            member_time: hours(members),
            member_time_at_maximum: hours(at_maximum),
            class_time: class_time.collect::<BTreeMap<_, _>>(),
            ..Week::default()
        }
    }

    fn known(spent: u64, at_maximum: u64) -> Option<Priced> {
        Some(Priced { spent: Cents(spent), at_maximum: Cents(at_maximum) })
    }

    #[test]
    fn each_class_costs_its_own_price_for_its_own_time() {
        // 400 h of db.t3.medium at $0.068 are $27.20; 840 h of it are $57.12.
        let calm = week(400, 840, &[("db.t3.medium", 400)]);
        assert_eq!(
            of_week(&calm, &replicas("mysql")),
            Cost { known: known(2_720, 5_712), unpriced_hours: 0 }
        );
        // PostgreSQL asks $0.0725 for it: $29.00; and $60.90.
        assert_eq!(of_week(&calm, &replicas("postgres")).known, known(2_900, 6_090));
        // 300 h at $0.068 are $20.40, 100 h of db.r6g.large at $0.215 are $21.50: $41.90 for 400 h, so $87.99 for 840 h.
        let mixed = week(400, 840, &[("db.t3.medium", 300), ("db.r6g.large", 100)]);
        assert_eq!(of_week(&mixed, &replicas("mysql")).known, known(4_190, 8_799));
        // A group of two cache.t3.medium: 336 h at $0.068 are $22.85; six of them $68.54.
        let group = kind(
            "[[target]]\nname = 'a'\nkind = 'redis-nodes'\ngroup = 'a'\nmin = 2\nmax = 6\nscale_out = ['cpu > 70% for 10m']\n",
        );
        assert_eq!(
            of_week(&week(336, 1_008, &[("cache.t3.medium", 336)]), &group),
            Cost { known: known(2_285, 6_854), unpriced_hours: 0 }
        );
    }

    #[test]
    fn what_has_no_price_is_counted_in_hours_and_never_as_nothing() {
        let service = kind(
            "[[target]]\nname = 'a'\nkind = 'ecs-service'\ncluster = 'c'\nservice = 's'\nmin = 1\nmax = 9\nscale_out = ['cpu > 70% for 10m']\nscale_in = ['cpu < 50% for 25m']\n",
        );
        assert_eq!(of_week(&week(612, 1_512, &[]), &service), Cost { known: None, unpriced_hours: 612 });
        // Licences: no price of Oracle is known.
        let oracle = of_week(&week(400, 840, &[("db.t3.medium", 400)]), &replicas("oracle"));
        assert_eq!(oracle, Cost { known: None, unpriced_hours: 400 });
        // Half of the time is of a class that no list here has.
        let half =
            of_week(&week(400, 840, &[("db.t3.medium", 200), ("db.z9.large", 200)]), &replicas("mysql"));
        assert_eq!(half, Cost { known: known(1_360, 5_712), unpriced_hours: 200 });
        // A week of which the first half was counted without classes and without the maximum.
        let begun = of_week(&week(400, 100, &[("db.t3.medium", 200)]), &replicas("mysql"));
        assert_eq!(begun, Cost { known: known(1_360, 1_360), unpriced_hours: 200 });
        // An instance that drains is asked for and no member.
        let leaving = of_week(&week(100, 500, &[("db.t3.medium", 110)]), &replicas("mysql"));
        assert_eq!(leaving.unpriced_hours, 0);
        assert_eq!(of_week(&Week::default(), &service), Cost::default());
    }
}
