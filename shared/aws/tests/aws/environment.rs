//! What a function is told: each right value, and every wrong one with its variable, what it held, and an example.

use tidegate_aws::environment::{
    AMAZON_Q_TOPIC, BUS, CHANNELS, CRITICAL_TOPIC, Environment, EnvironmentError, LEDGER_TABLE, METRICS,
    NotifyEnvironment, PAUSED, POLICY, PolicyPlace, PublishedMetrics, STAGE, WARNING_TOPIC,
};
use tidegate_policy::pause::Paused;

fn read(policy: Option<&str>, table: Option<&str>) -> Result<Environment, EnvironmentError> {
    Environment::read(|name| match name {
        POLICY => policy.map(str::to_owned),
        LEDGER_TABLE => table.map(str::to_owned),
        STAGE | METRICS | PAUSED | BUS => None,
        _ => Some("none of ours".to_owned()),
    })
}

#[test]
fn right_values_are_taken_as_they_are_written() {
    for policy in [
        "file:policy.toml",
        "file:/var/task/a policy.toml",
        "ssm:/tidegate/policy",
        "ssm:tidegate",
        "ssm:/tidegate/policy:3",
        "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/tidegate/policy",
    ] {
        let environment = read(Some(policy), Some("tidegate-ledger")).unwrap();
        assert_eq!(environment.policy.to_string(), policy);
    }
    for table in ["abc", "a.b_c-D9", "arn:aws:dynamodb:eu-west-1:123456789012:table/tidegate-ledger"] {
        assert_eq!(read(Some("file:policy.toml"), Some(table)).unwrap().ledger_table, table);
    }
    let environment = read(Some("file:policy.toml"), Some("abc")).unwrap();
    assert_eq!(environment.policy, PolicyPlace::File("policy.toml".into()));
    let environment = read(Some("ssm:/p"), Some("abc")).unwrap();
    assert_eq!(environment.policy, PolicyPlace::Parameter("/p".to_owned()));
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    for nothing in [None, Some(""), Some(" ")] {
        let told = read(nothing, nothing).unwrap_err().to_string();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @"
            TIDEGATE_POLICY is not set: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
            TIDEGATE_LEDGER_TABLE is not set: set it to the table's name, such as tidegate-ledger
            ");
        }
    }
}

#[test]
fn every_wrong_value_is_told_with_what_it_held() {
    let long = "x".repeat(256);
    let policies =
        ["policy.toml", "file:", "ssm:", "ssm:tidegate/policy", "ssm:/tidegate policy", "FILE:policy.toml"];
    let tables = [
        "ab",
        &long,
        "tidegate/ledger",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/tidegate/stream/1",
        "arn:aws:dynamodb:eu-west-1:123456789012:global-table/tidegate",
        "arn:aws:sqs:eu-west-1:123456789012:tidegate",
    ];
    let told: Vec<_> = policies
        .iter()
        .zip(tables)
        .map(|(policy, table)| read(Some(policy), Some(table)).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n").replace(&long, "x*256"), @r#"
    TIDEGATE_POLICY is "policy.toml", which begins with neither `file:` nor `ssm:`: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
    TIDEGATE_LEDGER_TABLE is "ab", but a table's name has 3 to 255 characters: set it to the table's name, such as tidegate-ledger
    TIDEGATE_POLICY is "file:", which names no file: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
    TIDEGATE_LEDGER_TABLE is "x*256", but a table's name has 3 to 255 characters: set it to the table's name, such as tidegate-ledger
    TIDEGATE_POLICY is "ssm:", which names no parameter: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
    TIDEGATE_LEDGER_TABLE is "tidegate/ledger", but a table's name has only letters, digits, dots, hyphens and underscores: set it to the table's name, such as tidegate-ledger
    TIDEGATE_POLICY is "ssm:tidegate/policy", but a parameter's name that has slashes begins with one: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
    TIDEGATE_LEDGER_TABLE is "arn:aws:dynamodb:eu-west-1:123456789012:table/tidegate/stream/1", but a table's name has only letters, digits, dots, hyphens and underscores: set it to the table's name, such as tidegate-ledger
    TIDEGATE_POLICY is "ssm:/tidegate policy", but a parameter's name has only letters, digits, slashes, dots, hyphens and underscores: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
    TIDEGATE_LEDGER_TABLE is "arn:aws:dynamodb:eu-west-1:123456789012:global-table/tidegate", which is not the ARN of a table: set it to the table's name, such as tidegate-ledger
    TIDEGATE_POLICY is "FILE:policy.toml", which begins with neither `file:` nor `ssm:`: set it to file:policy.toml for a file of the package, or ssm:/tidegate/policy for a parameter
    TIDEGATE_LEDGER_TABLE is "arn:aws:sqs:eu-west-1:123456789012:tidegate", which is not the ARN of a DynamoDB table: set it to the table's name, such as tidegate-ledger
    "#);
}

/// With the variables that must be set, and these.
fn told(stage: Option<&str>, metrics: Option<&str>) -> Result<Environment, EnvironmentError> {
    Environment::read(|name| match name {
        POLICY => Some("file:policy.toml".to_owned()),
        LEDGER_TABLE => Some("tidegate".to_owned()),
        STAGE => stage.map(str::to_owned),
        METRICS => metrics.map(str::to_owned),
        PAUSED | BUS => None,
        _ => Some("none of ours".to_owned()),
    })
}

#[test]
fn the_stage_and_the_metrics_need_not_be_told() {
    for nothing in [None, Some(""), Some(" ")] {
        let environment = told(nothing, nothing).unwrap();
        assert_eq!((environment.stage.as_str(), environment.metrics), ("default", PublishedMetrics::Sparse));
    }
    for (metrics, published) in [("sparse", PublishedMetrics::Sparse), ("all", PublishedMetrics::All)] {
        let environment = told(Some("eu production"), Some(metrics)).unwrap();
        assert_eq!((environment.stage.as_str(), environment.metrics), ("eu production", published));
    }
}

#[test]
fn a_stage_or_metrics_that_cannot_be_are_told_beside_all_else() {
    let long = "x".repeat(256);
    let stages = [":production", "prod\nuction", "producci\u{f3}n", &long];
    let metrics = ["everything", "Sparse", "sparse,all", "0"];
    let told: Vec<_> = stages
        .iter()
        .zip(metrics)
        .map(|(stage, metrics)| told(Some(stage), Some(metrics)).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n").replace(&long, "x*256"), @r#"
    TIDEGATE_STAGE is ":production", but it is the value of a tag and of a dimension, which has only letters (a to z), digits, spaces and _ . : / = + - @, and begins with no colon, aws: or rds:: set it to the deployment's name, such as production
    TIDEGATE_METRICS is "everything", which is neither `sparse` nor `all`: set it to sparse for what is out of the ordinary, or all for every metric
    TIDEGATE_STAGE is "prod\nuction", but it is the value of a tag and of a dimension, which has only letters (a to z), digits, spaces and _ . : / = + - @, and begins with no colon, aws: or rds:: set it to the deployment's name, such as production
    TIDEGATE_METRICS is "Sparse", which is neither `sparse` nor `all`: set it to sparse for what is out of the ordinary, or all for every metric
    TIDEGATE_STAGE is "producción", but it is the value of a tag and of a dimension, which has only letters (a to z), digits, spaces and _ . : / = + - @, and begins with no colon, aws: or rds:: set it to the deployment's name, such as production
    TIDEGATE_METRICS is "sparse,all", which is neither `sparse` nor `all`: set it to sparse for what is out of the ordinary, or all for every metric
    TIDEGATE_STAGE is "x*256", but the value of a dimension has 255 characters at most: set it to the deployment's name, such as production
    TIDEGATE_METRICS is "0", which is neither `sparse` nor `all`: set it to sparse for what is out of the ordinary, or all for every metric
    "#);
    let all = Environment::read(|name| (name == METRICS).then(|| "none".to_owned())).unwrap_err();
    assert_eq!(all.problems.len(), 3, "{all}");
}

/// Whoever turned the switch must not believe that it is on while it is not.
#[test]
fn the_switch_is_one_of_four_words_and_anything_else_is_refused() {
    let switched = |word: Option<&str>| {
        Environment::read(|name| match name {
            POLICY => Some("file:policy.toml".to_owned()),
            LEDGER_TABLE => Some("tidegate".to_owned()),
            PAUSED => word.map(str::to_owned),
            _ => None,
        })
        .map(|environment| environment.paused)
        .map_err(|error| error.to_string())
    };
    for nothing in [None, Some(""), Some("none")] {
        assert_eq!(switched(nothing), Ok(None));
    }
    for (word, paused) in [("all", Paused::All), ("in", Paused::In), ("out", Paused::Out)] {
        assert_eq!(switched(Some(word)), Ok(Some(paused)));
    }
    for wrong in ["All", "true", "all,in", "off"] {
        let told = format!(
            "TIDEGATE_PAUSED is {wrong:?}, which is no pause: set it to all, in or out for a pause, or none"
        );
        assert_eq!(switched(Some(wrong)), Err(told));
    }
}

/// EventBridge takes what is put on a bus that is not there, and tells nobody.
#[test]
fn a_bus_is_an_arn_and_never_a_name() {
    let bus = |value: &str| {
        let told = Environment::read(|name| match name {
            POLICY => Some("file:policy.toml".to_owned()),
            LEDGER_TABLE => Some("tidegate".to_owned()),
            BUS => Some(value.to_owned()),
            _ => None,
        });
        told.map(|environment| environment.bus).map_err(|error| error.to_string())
    };
    let right = "arn:aws:events:eu-west-1:123456789012:event-bus/tidegate-production-events";
    assert_eq!(bus(right), Ok(Some(right.to_owned())));
    assert_eq!(bus(" "), Ok(None));
    for wrong in [
        "tidegate-production-events",
        "arn:aws:sns:eu-west-1:123456789012:topic",
        "arn:aws:events:::event-bus/x",
    ] {
        let told = format!(
            "TIDEGATE_BUS is {wrong:?}, which is not the ARN of an event bus: set it to the ARN of the stack's bus"
        );
        assert_eq!(bus(wrong), Err(told));
    }
}

#[test]
fn what_tells_people_needs_its_topics_and_takes_a_stand_in_over_http_alone() {
    let read = |without: &str, channels: &str| {
        NotifyEnvironment::read(|name| match name {
            name if name == without => None,
            POLICY => Some("file:policy.toml".to_owned()),
            LEDGER_TABLE => Some("tidegate".to_owned()),
            CRITICAL_TOPIC | WARNING_TOPIC | AMAZON_Q_TOPIC => {
                Some(format!("arn:aws:sns:eu-west-1:123456789012:{name}"))
            }
            CHANNELS => Some(channels.to_owned()),
            _ => None,
        })
        .map_err(|error| error.problems)
    };
    let right = read("", "").unwrap();
    assert_eq!((right.channels, right.warning_topic.ends_with(WARNING_TOPIC)), (None, true));
    assert_eq!(read("", "http://127.0.0.1:4711").unwrap().channels.as_deref(), Some("http://127.0.0.1:4711"));
    assert_eq!(read("", "https://example.com").unwrap_err().len(), 1);
    for topic in [CRITICAL_TOPIC, WARNING_TOPIC, AMAZON_Q_TOPIC] {
        let told = format!("{topic} is not set: set it to the ARN of a topic of the stack");
        assert_eq!(read(topic, "").unwrap_err(), [told]);
    }
}
