//! What is read once a day and remembered: the zone's name, and what parameter groups say of max_connections.

use std::collections::BTreeMap;

use aws_sdk_rds::types::Filter;
use jiff::Timestamp;
use tidegate_policy::names::{DnsName, ZoneId};
use tidegate_policy::observation::{Fact, Facts};

use crate::failure::{Failure, Operation};

/// The facts of one attempt: what all its targets' ledger items hold, and what was read since, so that nothing is read twice.
#[derive(Debug, Default)]
pub(super) struct Known {
    zones: BTreeMap<ZoneId, Fact<DnsName>>,
    max_connections: BTreeMap<String, Fact<String>>,
    /// The groups that could not be read: asking again for every instance would be a storm on what throttles already.
    unread: BTreeMap<String, Failure>,
}

impl Known {
    /// What is still believed of what the ledger remembers.
    pub(super) fn of<'a>(remembered: impl Iterator<Item = &'a Facts>, now: Timestamp) -> Self {
        let mut known = Self::default();
        for facts in remembered {
            if let Some(fact) = facts.zone.as_ref().filter(|fact| fact.name.is_believed(now)) {
                known.zones.insert(fact.zone.clone(), fact.name.clone());
            }
            for (group, fact) in facts.max_connections.iter().filter(|(_, fact)| fact.is_believed(now)) {
                known.max_connections.insert(group.clone(), fact.clone());
            }
        }
        known
    }

    /// The name that all records of the zone end in.
    pub(super) async fn zone_name(
        &mut self,
        client: &aws_sdk_route53::Client,
        zone: &ZoneId,
        now: Timestamp,
    ) -> Result<Fact<DnsName>, Failure> {
        if let Some(fact) = self.zones.get(zone) {
            return Ok(fact.clone());
        }
        let answer = client.get_hosted_zone().id(zone.as_str()).send().await;
        let answer = answer.map_err(|error| Failure::of(Operation::GET_ZONE, &error))?;
        let name = answer.hosted_zone().map_or("", |zone| zone.name());
        let fact = Fact { value: DnsName::new(name), read_at: now };
        self.zones.insert(zone.clone(), fact.clone());
        Ok(fact)
    }

    /// What the parameter group says of `max_connections`, as RDS writes it; empty where it says nothing.
    pub(super) async fn max_connections(
        &mut self,
        client: &aws_sdk_rds::Client,
        group: &str,
        now: Timestamp,
    ) -> Result<Fact<String>, Failure> {
        if let Some(fact) = self.max_connections.get(group) {
            return Ok(fact.clone());
        }
        if let Some(failure) = self.unread.get(group) {
            return Err(failure.clone());
        }
        match read_max_connections(client, group).await {
            Ok(value) => {
                let fact = Fact { value, read_at: now };
                self.max_connections.insert(group.to_owned(), fact.clone());
                Ok(fact)
            }
            Err(failure) => {
                self.unread.insert(group.to_owned(), failure.clone());
                Err(failure)
            }
        }
    }
}

async fn read_max_connections(client: &aws_sdk_rds::Client, group: &str) -> Result<String, Failure> {
    let only = Filter::builder().name("parameter-name").values("max_connections").build();
    let mut marker: Option<String> = None;
    // One parameter is asked for; where the filter is not honoured it is found on one of some pages.
    for _ in 0..20 {
        let page = client
            .describe_db_parameters()
            .db_parameter_group_name(group)
            .filters(only.clone())
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| Failure::of(Operation::DESCRIBE_PARAMETERS, &error))?;
        let found = page.parameters().iter().find(|one| one.parameter_name() == Some("max_connections"));
        marker = page.marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        if let Some(parameter) = found {
            return Ok(parameter.parameter_value().unwrap_or_default().to_owned());
        }
        if marker.is_none() {
            break;
        }
    }
    Ok(String::new())
}
