//! Blue/green deployments of the Region: one read an observation, which says of every source whether one binds it.

use aws_sdk_rds::types::BlueGreenDeployment;
use tidegate_policy::names::InstanceId;
use tidegate_policy::observation::{BlueGreen, BlueGreenMember};
use tidegate_policy::policy::Engine;

use crate::failure::{Failure, Operation};

/// A hundred deployments a page: a Region with more than these is not read to its end, and then nothing is known.
const PAGES_AT_MOST: usize = 10;

/// Whether RDS has blue/green deployments of the engine (RDS user guide, "Overview of Amazon RDS Blue/Green Deployments"): of the others nothing
/// is asked.
pub(super) fn has_deployments(engine: Engine) -> bool {
    match engine {
        Engine::MySql | Engine::MariaDb | Engine::Postgres => true,
        Engine::Oracle | Engine::SqlServer | Engine::Db2 => false,
    }
}

/// Every deployment of the Region, all pages; else why they are not known.
pub(super) async fn describe_all(client: &aws_sdk_rds::Client) -> Result<Vec<BlueGreen>, String> {
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_AT_MOST {
        let page = client.describe_blue_green_deployments().max_records(100).set_marker(marker).send().await;
        let page = page.map_err(|error| Failure::of(Operation::DESCRIBE_DEPLOYMENTS, &error).message)?;
        found.extend(page.blue_green_deployments().iter().map(deployment));
        marker = page.marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
    Err(format!("the Region has more than {PAGES_AT_MOST} pages of blue/green deployments"))
}

/// Those that this source takes part in, on either side.
pub(super) fn of_source(
    source: &InstanceId,
    all: &Result<Vec<BlueGreen>, String>,
) -> Result<Vec<BlueGreen>, String> {
    let is_about = |deployment: &&BlueGreen| {
        let mut members = deployment.members.iter();
        members.any(|member| member.blue.as_ref() == Some(source) || member.green.as_ref() == Some(source))
    };
    all.as_ref().map(|all| all.iter().filter(is_about).cloned().collect()).map_err(Clone::clone)
}

fn deployment(deployment: &BlueGreenDeployment) -> BlueGreen {
    let named = [deployment.blue_green_deployment_name(), deployment.blue_green_deployment_identifier()];
    let name = named.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or("without a name");
    let whole = BlueGreenMember { blue: instance(deployment.source()), green: instance(deployment.target()) };
    let parts = deployment.switchover_details().iter().map(|detail| BlueGreenMember {
        blue: instance(detail.source_member()),
        green: instance(detail.target_member()),
    });
    BlueGreen {
        name: name.to_owned(),
        status: deployment.status().unwrap_or_default().to_owned(),
        members: std::iter::once(whole).chain(parts).collect(),
    }
}

/// The instance that an ARN names: `arn:aws:rds:eu-west-1:123456789012:db:orders`. A cluster's is none.
fn instance(arn: Option<&str>) -> Option<InstanceId> {
    let (_, id) = arn?.split_once(":db:")?;
    Some(InstanceId::new(id.to_ascii_lowercase()))
}
