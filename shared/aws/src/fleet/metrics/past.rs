//! What the members of a target did in past minutes, those too that are gone: read in pieces of a day, for a forecast that lacks them.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::types::DimensionFilter;
use futures_util::{StreamExt, TryStreamExt, stream};
use tidegate_policy::observation::{Lacking, Minute, PastMember, PastMinutes, Point, Worked};

use super::bought::Bought;
use super::series::{Series, Wish};
use super::{data, one_by_one, statistics};
use crate::failure::{Failure, Operation, Sorting};

const DAY: i64 = 1_440;
/// So far back there are points of a minute, with a day to spare (CloudWatch keeps them for 15 days).
const DAYS_KEPT: i64 = 14;
/// Five hundred metrics a page: an account with more than so many instances is not listed to its end.
const PAGES_AT_MOST: usize = 20;

/// Whose past.
#[derive(Debug)]
pub struct PastOf(pub(in crate::fleet) Whose);

/// One of two ways in which CloudWatch tells of members.
#[derive(Debug)]
pub(in crate::fleet) enum Whose {
    /// Members with a CPU of their own, by name: those that there are, and those that there were.
    Members {
        /// Those that there are.
        known: Vec<(String, Series)>,
        /// How the others are found.
        gone: Gone,
    },
    /// Members with one CPU together.
    Together {
        /// Its mean.
        cpu: Series,
        /// How many there were.
        members: Series,
    },
}

/// Members that may have been there: CloudWatch lists every metric that had a point in the last two weeks (`ListMetrics`).
#[derive(Debug)]
pub(in crate::fleet) struct Gone {
    /// What names a member among the dimensions of its CPU.
    pub(in crate::fleet) dimension: &'static str,
    /// How each of their names begins.
    pub(in crate::fleet) prefix: String,
    /// Whether a name may go on so behind the prefix.
    pub(in crate::fleet) goes_on: fn(&str) -> bool,
    /// The CPU of a member of this name.
    pub(in crate::fleet) cpu: fn(&Series, &str) -> Series,
}

impl Gone {
    fn is_one(&self, name: &str) -> bool {
        name.strip_prefix(&self.prefix).is_some_and(self.goes_on)
    }
}

/// A day of it at most, from the first minute that is lacking and of which anything is known.
///
/// # Errors
/// When it could not be read: a part of it would look like all that there was.
pub(in crate::fleet) async fn past(
    client: &aws_sdk_cloudwatch::Client,
    of: &PastOf,
    lacking: Lacking,
) -> Result<PastMinutes, Failure> {
    let series = match &of.0 {
        Whose::Members { known, .. } => known.iter().map(|(_, series)| series.clone()).collect(),
        Whose::Together { cpu, members } => vec![cpu.clone(), members.clone()],
    };
    let until = lacking.until;
    let from = match lacking.from {
        Some(from) => from,
        None => first(client, &series, until).await?.unwrap_or(until),
    };
    let until = Minute(until.0.min(from.0 + DAY));
    let nothing = || PastMinutes { from, until, worked: Worked::Members(Vec::new()) };
    if from >= until {
        return Ok(nothing());
    }
    let worked = match &of.0 {
        Whose::Members { known, gone } => {
            let mut members = known.clone();
            members.extend(those_gone(client, known, gone).await?);
            let series: Vec<Series> = members.iter().map(|(_, series)| series.clone()).collect();
            let bought = buy(client, &series, from, until).await?;
            let cpu =
                members.into_iter().map(|(name, series)| PastMember { name, cpu: points(&bought, &series) });
            Worked::Members(cpu.filter(|member| !member.cpu.is_empty()).collect())
        }
        Whose::Together { cpu, members } => {
            let bought = buy(client, &series, from, until).await?;
            Worked::Together { cpu: points(&bought, cpu), members: points(&bought, members) }
        }
    };
    Ok(PastMinutes { from, until, worked })
}

/// The first hour of the last two weeks of which anything is known.
async fn first(
    client: &aws_sdk_cloudwatch::Client,
    series: &[Series],
    until: Minute,
) -> Result<Option<Minute>, Failure> {
    let start = Minute((until.0 - DAYS_KEPT * DAY).div_euclid(60) * 60);
    let hours = stream::iter(series)
        .map(|series| statistics::hours(client, Wish { series, start }, until))
        .buffered(statistics::CALLS_AT_A_TIME);
    let hours: Vec<Vec<Point>> = hours.try_collect().await?;
    Ok(hours.iter().flatten().map(|point| point.minute).min())
}

async fn buy(
    client: &aws_sdk_cloudwatch::Client,
    series: &[Series],
    from: Minute,
    until: Minute,
) -> Result<Bought, Failure> {
    let wishes: Vec<_> = series.iter().map(|series| Wish { series, start: from }).collect();
    if one_by_one(wishes.len(), until.0 - from.0) {
        return statistics::buy(client, &wishes, until).await;
    }
    let bought = data::buy(client, &wishes, until).await?;
    if series.iter().all(|series| bought.is_whole(series)) { Ok(bought) } else { Err(broken()) }
}

fn points(bought: &Bought, series: &Series) -> Vec<Point> {
    bought.points_of(series)
}

/// Those that there were. Without them the work of the past would look like less than it was, and so would what is needed.
async fn those_gone(
    client: &aws_sdk_cloudwatch::Client,
    known: &[(String, Series)],
    gone: &Gone,
) -> Result<Vec<(String, Series)>, Failure> {
    let Some((_, like)) = known.first() else { return Ok(Vec::new()) };
    let names = listed(client, like, gone).await?;
    let is_known = |name: &String| known.iter().any(|(known, _)| known == name);
    let gone = names.into_iter().filter(|name| !is_known(name)).map(|name| {
        let series = (gone.cpu)(like, &name);
        (name, series)
    });
    Ok(gone.collect())
}

async fn listed(
    client: &aws_sdk_cloudwatch::Client,
    like: &Series,
    gone: &Gone,
) -> Result<BTreeSet<String>, Failure> {
    let mut names = BTreeSet::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES_AT_MOST {
        let page = client
            .list_metrics()
            .namespace(like.namespace)
            .metric_name(like.metric)
            .dimensions(DimensionFilter::builder().name(gone.dimension).build())
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| Failure::of(Operation::LIST_METRICS, &error))?;
        for metric in page.metrics() {
            let dimensions = metric.dimensions();
            let is_alike = dimensions.len() == like.dimensions.len();
            let named = dimensions.iter().find(|one| one.name() == Some(gone.dimension));
            let name = named.and_then(|one| one.value()).filter(|name| is_alike && gone.is_one(name));
            names.extend(name.map(str::to_owned));
        }
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(names);
        }
    }
    let message =
        format!("CloudWatch lists more than {PAGES_AT_MOST} pages of {} in {}", like.metric, like.namespace);
    Err(Failure { operation: Operation::LIST_METRICS, code: None, sorting: Sorting::PersonNeeded, message })
}

fn broken() -> Failure {
    let message = "CloudWatch did not answer all series to the end".to_owned();
    Failure { operation: Operation::GET_METRICS, code: None, sorting: Sorting::RetryNextWake, message }
}
