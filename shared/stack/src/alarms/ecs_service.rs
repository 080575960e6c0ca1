//! The alarms of services: their CPU, whether any task answers, and how many answers are errors.

use tidegate_policy::policy::{EcsService, LoadBalancer, Target};
use tidegate_policy::units::Count;

use super::alarm::{Alarm, Breach, METRICS_AN_ALARM, Missing, Severity, Side, Watched};
use crate::series::{self, Series};

/// Errors in five minutes below which their share of requests says little: two of ten requests are 20%, and nothing to tell anybody.
const ERRORS_WORTH_TELLING: u32 = 10;
/// Requests in five minutes, likewise: ten requests that all fail are one client.
const REQUESTS_WORTH_TELLING: u32 = 100;

/// Those of one target.
pub(super) fn alarms<'a>(target: &'a Target, kind: &'a EcsService) -> Vec<Alarm<'a>> {
    let mut alarms =
        vec![cpu(target, kind, "cpu-critical", 90.0, 2), cpu(target, kind, "cpu-warning", 80.0, 3)];
    match &kind.load_balancer {
        Some(balancer) => alarms.extend([unhealthy(target, kind, balancer), errors(target, kind, balancer)]),
        None if may_rest_at_none(target) => {}
        None => alarms.push(no_tasks(target, kind)),
    }
    alarms
}

/// Whether the policy lets it have no task at all; no window goes below `min`.
fn may_rest_at_none(target: &Target) -> bool {
    target.scaling.min == Count::ZERO
}

/// CPU above `threshold` for so many times five minutes.
fn cpu<'a>(target: &'a Target, kind: &EcsService, what: &'static str, threshold: f64, of: u32) -> Alarm<'a> {
    let severity = if threshold >= 90.0 { Severity::Critical } else { Severity::Warning };
    Alarm {
        target,
        what,
        description: format!(
            "CPU of the service {cluster}/{service} has been above {threshold}% for {minutes} minutes. Look at what target {name} has decided and whether its new tasks start, then at the newest deployment; Tidegate adds tasks where the target's rules ask for them, up to {max}.",
            cluster = kind.cluster,
            service = kind.service,
            minutes = of * 5,
            name = target.name,
            max = target.scaling.max,
        ),
        watched: Watched::Metric(series::service(kind, "CPUUtilization", "Average")),
        breach: Breach {
            side: Side::Above,
            threshold,
            period: 300,
            at_least: of,
            of,
            // ECS publishes nothing while no task runs.
            missing: Missing::NotBreaching,
        },
        severity: Some(severity),
        wakes: true,
    }
}

/// No task answers health checks. Where none is what the policy allows, some task must be there and unhealthy.
fn unhealthy<'a>(target: &'a Target, kind: &EcsService, balancer: &LoadBalancer) -> Alarm<'a> {
    let healthy = series::balancer(balancer, "HealthyHostCount", "Maximum");
    let may_rest = may_rest_at_none(target);
    let (watched, side, missing) = if may_rest {
        let unhealthy = series::balancer(balancer, "UnHealthyHostCount", "Maximum");
        let (mut metrics, mut expressions) = (Vec::new(), Vec::new());
        add_sum("healthy", healthy, &mut metrics, &mut expressions);
        add_sum("unhealthy", unhealthy, &mut metrics, &mut expressions);
        expressions.push(("all_unhealthy", "IF(healthy < 1 AND unhealthy >= 1, 1, 0)".to_owned()));
        (Watched::Math { metrics, expressions }, Side::Above, Missing::NotBreaching)
    } else {
        // A target group without any target publishes nothing.
        let watched = match <[Series; 1]>::try_from(healthy) {
            Ok([healthy]) => Watched::Metric(healthy),
            Err(healthy) => {
                let (mut metrics, mut expressions) = (Vec::new(), Vec::new());
                add_sum("healthy", healthy, &mut metrics, &mut expressions);
                Watched::Math { metrics, expressions }
            }
        };
        (watched, Side::Below, Missing::Breaching)
    };
    Alarm {
        target,
        what: "unhealthy",
        description: format!(
            "No task of the service {cluster}/{service} has been healthy behind its load balancer for three minutes. Look at the service's events and the log of the newest deployment; Tidegate keeps as many tasks as target {name} asks for, and does not mend what fails in them.",
            cluster = kind.cluster,
            service = kind.service,
            name = target.name,
        ),
        watched,
        breach: Breach {
            side,
            threshold: if may_rest { 0.0 } else { 1.0 },
            period: 60,
            at_least: 3,
            of: 3,
            missing,
        },
        severity: Some(Severity::Critical),
        wakes: true,
    }
}

/// Reads the series of all target groups as one, called `name`: as it is where there is one, else the sum.
fn add_sum(
    name: &'static str,
    series: Vec<Series>,
    metrics: &mut Vec<(String, Series)>,
    expressions: &mut Vec<(&'static str, String)>,
) {
    if series.len() == 1 {
        metrics.extend(series.into_iter().map(|series| (name.to_owned(), series)));
        return;
    }
    let mut terms = Vec::new();
    for (nth, series) in series.into_iter().enumerate() {
        let id = format!("{name}{nth}");
        // A group without tasks or requests has no points: it adds nothing.
        terms.push(format!("FILL({id}, 0)"));
        metrics.push((id, series));
    }
    expressions.push((name, terms.join(" + ")));
}

/// No task runs: each task gives one sample of CPU a minute.
fn no_tasks<'a>(target: &'a Target, kind: &EcsService) -> Alarm<'a> {
    Alarm {
        target,
        what: "no-tasks",
        description: format!(
            "No task of the service {cluster}/{service} has run for five minutes. Look at the service's events and why its tasks stop; Tidegate asks for at least {min}, and does not mend what fails in them.",
            cluster = kind.cluster,
            service = kind.service,
            min = target.scaling.min,
        ),
        watched: Watched::Metric(series::service(kind, "CPUUtilization", "SampleCount")),
        breach: Breach {
            side: Side::Below,
            threshold: 1.0,
            period: 60,
            at_least: 5,
            of: 5,
            missing: Missing::Breaching,
        },
        severity: Some(Severity::Critical),
        wakes: true,
    }
}

/// More than one answer in a hundred is of the 5XX class, and they are enough to mean something. What the load balancer answers itself counts too:
/// 502, 503 and 504 where no task answers, which no metric of a target group has. One metric has them all, and a service with five target groups
/// leaves no room for it.
fn errors<'a>(target: &'a Target, kind: &EcsService, balancer: &LoadBalancer) -> Alarm<'a> {
    let (mut metrics, mut expressions) = (Vec::new(), Vec::new());
    let failed = series::balancer(balancer, "HTTPCode_Target_5XX_Count", "Sum");
    let requests = series::balancer(balancer, "RequestCount", "Sum");
    let (errors, answers, whose) = if failed.len() + requests.len() < METRICS_AN_ALARM {
        let refused = series::whole_balancer(balancer, "HTTPCode_ELB_5XX_Count", "Sum");
        add_sum("failed", failed, &mut metrics, &mut expressions);
        metrics.push(("refused".to_owned(), refused));
        expressions.push(("errors", "failed + refused".to_owned()));
        add_sum("requests", requests, &mut metrics, &mut expressions);
        // A request that no target was chosen for is in no target group's count.
        expressions.push(("answers", "requests + refused".to_owned()));
        ("errors", "answers", "and of its load balancer in its stead ")
    } else {
        add_sum("failed", failed, &mut metrics, &mut expressions);
        add_sum("requests", requests, &mut metrics, &mut expressions);
        ("failed", "requests", "")
    };
    // Beside what is there, metric math takes what is missing as 0. Nothing is filled in: what is filled in too early keeps an alarm quiet.
    let rate = format!(
        "IF({errors} >= {ERRORS_WORTH_TELLING} AND {answers} >= {REQUESTS_WORTH_TELLING}, 100 * {errors} / {answers}, 0)"
    );
    expressions.push(("rate", rate));
    Alarm {
        target,
        what: "errors",
        description: format!(
            "More than 1% of the answers of {cluster}/{service} {whose}have been 5XX for ten minutes ({ERRORS_WORTH_TELLING} errors and {REQUESTS_WORTH_TELLING} requests in five minutes at least). Look at the log of its tasks and the newest deployment, and at the targets' health; Tidegate adds tasks only where load explains the errors and target {name} has a rule for it.",
            cluster = kind.cluster,
            service = kind.service,
            name = target.name,
        ),
        watched: Watched::Math { metrics, expressions },
        breach: Breach {
            side: Side::Above,
            threshold: 1.0,
            period: 300,
            at_least: 2,
            of: 2,
            missing: Missing::NotBreaching,
        },
        severity: Some(Severity::Warning),
        wakes: true,
    }
}
