//! Which deployment an invocation is of, as its events say it.

use tidegate_notify::deployment::Deployment;
use tidegate_policy::names::Stage;

/// Which deployment this is. Lambda tells a function its ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
pub(super) fn deployment(stage: &Stage, function_arn: &str, policy: &str) -> Deployment {
    let mut parts = function_arn.split(':').skip(3).map(str::to_owned);
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Deployment { stage: stage.clone(), account, region, policy: policy.to_owned() }
}
