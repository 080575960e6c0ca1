//! Cheap calls of what no target is read from: whether a service is there in the Region and answers who asks, and what it has already.

use std::collections::BTreeMap;

use aws_sdk_ssm::error::BuildError;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType};
use tidegate_policy::names::{DnsName, ParameterName, ZoneId};

use crate::clients::Clients;
use crate::failure::{Failure, Operation, Sorting};

/// A service of the Region from which nothing of a target is read before it is deployed. The others answer when their targets are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionService {
    /// Its alarms, of which CloudFormation makes more.
    CloudWatch,
    /// Its tables, of which CloudFormation makes one.
    DynamoDb,
    /// Its parameters, of which CloudFormation may make one.
    SystemsManager,
}

impl RegionService {
    /// All of them, in the order in which they are asked.
    pub const ALL: [RegionService; 3] =
        [RegionService::CloudWatch, RegionService::DynamoDb, RegionService::SystemsManager];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            RegionService::CloudWatch => "CloudWatch",
            RegionService::DynamoDb => "DynamoDB",
            RegionService::SystemsManager => "Systems Manager",
        }
    }

    /// The operation, and the permission that it needs.
    pub fn operation(self) -> Operation {
        let (name, action) = match self {
            RegionService::CloudWatch => ("DescribeAlarms", "cloudwatch:DescribeAlarms"),
            RegionService::DynamoDb => ("ListTables", "dynamodb:ListTables"),
            RegionService::SystemsManager => ("DescribeParameters", "ssm:DescribeParameters"),
        };
        Operation { name, action, also: &[] }
    }
}

/// Asks one service one thing.
///
/// # Errors
/// When it does not answer, or refuses.
pub async fn reach(clients: &Clients, asked: RegionService) -> Result<(), Failure> {
    let operation = asked.operation();
    match asked {
        RegionService::CloudWatch => {
            let call = clients.cloudwatch.describe_alarms().max_records(1).send();
            call.await.map(drop).map_err(|error| Failure::of(operation, &error))
        }
        RegionService::DynamoDb => {
            let call = clients.dynamodb.list_tables().limit(1).send();
            call.await.map(drop).map_err(|error| Failure::of(operation, &error))
        }
        RegionService::SystemsManager => {
            let call = clients.ssm.describe_parameters().max_results(1).send();
            call.await.map(drop).map_err(|error| Failure::of(operation, &error))
        }
    }
}

/// The name of a hosted zone, as Route 53 has it for the account that asks.
///
/// # Errors
/// When it is nobody's, another account's, or may not be read.
pub async fn zone_name(clients: &Clients, zone: &ZoneId) -> Result<DnsName, Failure> {
    let answer = clients.route53().get_hosted_zone().id(zone.as_str()).send().await;
    let answer = answer.map_err(|error| Failure::of(Operation::GET_ZONE, &error))?;
    Ok(DnsName::new(answer.hosted_zone().map_or("", |zone| zone.name())))
}

/// Whether there is an advanced parameter of this name: AWS does not make it a standard one again.
///
/// # Errors
/// When it may not be asked, or is not answered.
pub async fn is_advanced(clients: &Clients, parameter: &str) -> Result<bool, Failure> {
    let operation = RegionService::SystemsManager.operation();
    let name = ParameterStringFilter::builder().key("Name").option("Equals").values(parameter).build();
    let name = name.map_err(|error| Failure {
        operation,
        code: None,
        sorting: Sorting::Never,
        message: error.to_string(),
    })?;
    let answer = clients.ssm.describe_parameters().parameter_filters(name).send().await;
    let answer = answer.map_err(|error| Failure::of(operation, &error))?;
    Ok(answer.parameters().iter().any(|found| found.tier() == Some(&ParameterTier::Advanced)))
}

/// Which of these parameters there are, and whether each is a SecureString. No value is read.
///
/// # Errors
/// When it may not be asked, or is not answered.
pub async fn secure_strings(
    clients: &Clients,
    names: &[&ParameterName],
) -> Result<BTreeMap<ParameterName, bool>, Failure> {
    let operation = RegionService::SystemsManager.operation();
    let unbuilt = |error: BuildError| Failure {
        operation,
        code: None,
        sorting: Sorting::Never,
        message: error.to_string(),
    };
    let values = names.iter().map(|name| name.to_string()).collect();
    let filter =
        ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(values)).build();
    // Ten channels are the most of a policy, and ten answers a page's least.
    let answer = clients
        .ssm
        .describe_parameters()
        .parameter_filters(filter.map_err(unbuilt)?)
        .max_results(50)
        .send()
        .await;
    let answer = answer.map_err(|error| Failure::of(operation, &error))?;
    let found = answer.parameters().iter().filter_map(|found| {
        Some((ParameterName::new(found.name()?), found.r#type() == Some(&ParameterType::SecureString)))
    });
    Ok(found.collect())
}

const LIST_SUBSCRIPTIONS: Operation =
    Operation { name: "ListSubscriptionsByTopic", action: "sns:ListSubscriptionsByTopic", also: &[] };

/// Somebody who subscribes to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// `email`, `https`, `lambda` and the like.
    pub protocol: String,
    /// Where to: an address, a URL, an ARN. A URL may hold a key: it is not to be repeated.
    pub endpoint: String,
    /// Whether it was confirmed. Until then SNS sends it nothing but the question.
    pub confirmed: bool,
}

/// Who subscribes to a topic, all of them.
///
/// # Errors
/// When it may not be asked, or is not answered.
pub async fn subscriptions(clients: &Clients, topic: &str) -> Result<Vec<Subscription>, Failure> {
    let mut pages = clients.sns().list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Failure::of(LIST_SUBSCRIPTIONS, &error))?;
        found.extend(page.subscriptions().iter().map(|one| Subscription {
            protocol: one.protocol().unwrap_or_default().to_owned(),
            endpoint: one.endpoint().unwrap_or_default().to_owned(),
            // In place of an ARN stands the word "PendingConfirmation" (SNS developer guide, "Confirm the subscription").
            confirmed: one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")),
        }));
    }
    Ok(found)
}
