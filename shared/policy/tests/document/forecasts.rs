//! What a document says of a forecast: whether it acts, what shortage and actions are worth, and the rule that acts when it is wrong.

use insta::assert_snapshot;
use tidegate_policy::policy::{Forecast, ForecastMode};
use tidegate_policy::units::Percent;

use crate::{edited, minutes, scaling, told, with};

fn forecast(fields: &str) -> Forecast {
    scaling(&[&format!("forecast = {{ {fields} }}")]).forecast.unwrap_or_else(|| panic!("no forecast"))
}

#[test]
fn every_key_left_out_takes_its_documented_default() {
    assert_eq!(scaling(&[]).forecast, None);
    let usual = Forecast {
        mode: ForecastMode::Shadow,
        price: 27.0,
        objective: Percent(85.0),
        horizon: minutes(60),
        start_cost: 8.0,
    };
    assert_eq!(forecast(""), usual);
    assert_eq!(forecast("mode = 'shadow'"), usual);
    assert_eq!(forecast("mode = 'act'"), Forecast { mode: ForecastMode::Act, ..usual });
}

#[test]
fn every_key_is_read_up_to_its_bounds() {
    let least = forecast("mode = 'act', price = 5, objective = '50%', horizon = '20m', start_cost = 0");
    assert_eq!(
        (least.price, least.objective, least.horizon, least.start_cost),
        (5.0, Percent(50.0), minutes(20), 0.0)
    );
    let most = forecast("mode = 'act', price = 500, objective = '95%', horizon = '1h', start_cost = 200");
    assert_eq!(
        (most.price, most.objective, most.horizon, most.start_cost),
        (500.0, Percent(95.0), minutes(60), 200.0)
    );
}

#[test]
fn its_mode_is_one_of_two() {
    assert_snapshot!(with("forecast = { mode = 'on' }"), @r#"11:21: forecast.mode: "on" is no mode: write "shadow", which recommends, or "act", which acts once it is proven"#);
    assert_snapshot!(with("forecast = { mode = 1 }"), @r#"11:21: forecast.mode: expected "shadow" or "act", found the number 1: write forecast.mode = "shadow""#);
    assert_snapshot!(with("forecast = 'act'"), @r#"11:12: forecast: expected a table, found the text "act": write forecast = { mode = "shadow" }"#);
    assert_snapshot!(with("forecast = { mod = 'act' }"), @r#"11:14: unknown key "mod" in "forecast": did you mean "mode"?"#);
}

#[test]
fn its_numbers_are_within_bounds() {
    assert_snapshot!(with("forecast = { objective = '49%' }"), @"11:26: forecast.objective: 49% leaves too little or too much room: write 50% to 95%");
    assert_snapshot!(with("forecast = { objective = '96%' }"), @"11:26: forecast.objective: 96% leaves too little or too much room: write 50% to 95%");
    assert_snapshot!(with("forecast = { objective = '0.85' }"), @r#"11:26: forecast.objective: an objective is a percentage: write "85%""#);
    assert_snapshot!(with("forecast = { objective = 85 }"), @r#"11:26: forecast.objective: expected a percentage in quotes, found the number 85: write forecast.objective = "85%""#);
    assert_snapshot!(with("forecast = { horizon = '19m' }"), @"11:24: forecast.horizon: 19m is too short: write 20m or more");
    assert_snapshot!(with("forecast = { horizon = '2h' }"), @"11:24: forecast.horizon: 2h is too long: nothing is known of what comes after an hour, so write 1h or less");
    assert_snapshot!(with("forecast = { horizon = '90s' }"), @"11:24: forecast.horizon: 1m30s is too short: write 20m or more");
    assert_snapshot!(with("forecast = { price = 4 }"), @"11:22: forecast.price: 4 is out of range: write 5 to 500");
    assert_snapshot!(with("forecast = { price = 501 }"), @"11:22: forecast.price: 501 is out of range: write 5 to 500");
    assert_snapshot!(with("forecast = { price = '27' }"), @r#"11:22: forecast.price: expected a whole number, found the text "27": write forecast.price = 27"#);
    assert_snapshot!(with("forecast = { start_cost = -1 }"), @"11:27: forecast.start_cost: -1 is out of range: write 0 to 200");
    assert_snapshot!(with("forecast = { start_cost = 201 }"), @"11:27: forecast.start_cost: 201 is out of range: write 0 to 200");
}

#[test]
fn a_rule_on_cpu_acts_when_it_is_wrong() {
    let without = |mode: &str| {
        told(&edited(&[
            "scale_out = [\"connections > 70% for 10m\"]",
            &format!("forecast = {{ mode = '{mode}' }}"),
        ]))
    };
    assert_snapshot!(without("act"), @r#"11:12: target "orders" has a forecast and no scale_out rule on cpu, which acts when the forecast is wrong, and whose points it learns from: add one, as "primary cpu > 90% for 2m""#);
    assert_snapshot!(without("shadow"), @r#"11:12: target "orders" has a forecast and no scale_out rule on cpu, which acts when the forecast is wrong, and whose points it learns from: add one, as "primary cpu > 90% for 2m""#);
    for rule in ["primary cpu > 70% for 10m", "replica cpu > 70% for 10m"] {
        let rules = format!("scale_out = [\"{rule}\", \"connections > 70% for 10m\"]");
        assert_eq!(told(&edited(&[&rules, "min = 1", "forecast = { mode = 'act' }"])), "nothing");
    }
}

#[test]
fn the_rule_that_is_told_to_add_can_be_added() {
    let rules = "scale_out = [\"connections > 70% for 10m\", \"primary cpu > 90% for 2m\"]";
    assert_eq!(told(&edited(&[rules, "forecast = { mode = 'act' }"])), "nothing");
}
