//! Whose credentials these are, and in which Region: what a person at a keyboard is told before anything else is asked.

use aws_config::{Region, SdkConfig};
use aws_sdk_sts::config::ProvideCredentials;

use crate::calls::CallCounter;
use crate::failure::{Failure, Operation};

/// The one call that needs no permission.
const WHO: Operation = Operation { name: "GetCallerIdentity", action: "sts:GetCallerIdentity", also: &[] };

/// Codes of STS for credentials that the Region does not know: they are wrong, or the Region is not enabled in their account
/// (Account Management reference, "Specify which AWS Regions your account can use").
const UNKNOWN_HERE: [&str; 2] = ["InvalidClientTokenId", "UnrecognizedClientException"];

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account's twelve digits.
    pub account: String,
    /// The user, or the role and its session.
    pub arn: String,
    /// The Region of every regional call.
    pub region: String,
}

/// Why nothing can be asked at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// No variable and no profile names a Region.
    #[error(
        "no Region is set: set AWS_REGION, as AWS_REGION=eu-west-1, or write `region` into the profile that AWS_PROFILE names"
    )]
    NoRegion,
    /// Neither variables nor a profile hold credentials that this program can use.
    #[error(
        "no credentials: {why}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; those of a single sign-on or of a \
         `credential_process` come from `eval \"$(aws configure export-credentials --format env)\"`"
    )]
    NoCredentials {
        /// What the SDK looked at in vain.
        why: String,
    },
    /// They hold elsewhere, and not in this Region.
    #[error(
        "the Region {region} is not enabled in account {account}: enable it with `aws account enable-region --region-name {region}`, or \
         deploy to another"
    )]
    RegionNotEnabled {
        /// The Region.
        region: String,
        /// Whose.
        account: String,
    },
    /// AWS takes the credentials nowhere.
    #[error("AWS refuses the credentials: {said}: {mend}")]
    Refused {
        /// AWS's code and words.
        said: String,
        /// What to do.
        mend: &'static str,
    },
    /// No answer.
    #[error(
        "AWS does not answer in the Region {region}: {why}: check the Region's name, and that this machine reaches the Internet"
    )]
    Unreachable {
        /// The Region.
        region: String,
        /// What happened.
        why: String,
    },
}

/// Asks AWS who calls. One call, or two where the Region does not know the credentials.
///
/// # Errors
/// Whatever keeps every other call from being answered: all that is missing here, else what AWS says.
pub async fn caller(config: &SdkConfig, calls: &CallCounter) -> Result<Caller, Vec<AccessError>> {
    let region = config.region().map(ToString::to_string).filter(|region| !region.is_empty());
    let credentials = match config.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.map(drop).map_err(|error| causes(&error)),
        None => Err(NOWHERE.to_owned()),
    };
    let region = match (region, credentials) {
        (Some(region), Ok(())) => region,
        (region, credentials) => {
            let no_region = region.is_none().then_some(AccessError::NoRegion);
            let no_credentials = credentials.err().map(|why| AccessError::NoCredentials { why });
            return Err([no_region, no_credentials].into_iter().flatten().collect());
        }
    };
    match ask(config, calls, &region).await {
        Ok(caller) => Ok(caller),
        Err(failure) if UNKNOWN_HERE.iter().any(|code| failure.is(code)) => {
            Err(vec![elsewhere(config, calls, region, failure).await])
        }
        Err(failure) => Err(vec![refused(failure, region)]),
    }
}

/// Whether credentials that one Region does not know hold in the one that every account of the partition has.
async fn elsewhere(config: &SdkConfig, calls: &CallCounter, region: String, here: Failure) -> AccessError {
    let always = if region.starts_with("cn-") {
        "cn-north-1"
    } else if region.starts_with("us-gov-") {
        "us-gov-west-1"
    } else {
        "us-east-1"
    };
    if region == always {
        return refused(here, region);
    }
    match ask(config, calls, always).await {
        Ok(Caller { account, .. }) => AccessError::RegionNotEnabled { region, account },
        Err(_) => refused(here, region),
    }
}

fn refused(failure: Failure, region: String) -> AccessError {
    let Some(code) = failure.code.as_deref() else {
        return AccessError::Unreachable { region, why: failure.message };
    };
    let mend = match code {
        "ExpiredToken" | "ExpiredTokenException" => "they are over: sign in again",
        "SignatureDoesNotMatch" => "check the secret key, and the clock of this machine",
        "RequestExpired" => "set the clock of this machine",
        _ => "check AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
    };
    // The table's own advice is for a function's role.
    let said = crate::failure::known_code(code).and_then(|known| failure.message.strip_suffix(known.advice));
    let said = said.unwrap_or(&failure.message).trim_end_matches(": ").to_owned();
    AccessError::Refused { said, mend }
}

async fn ask(config: &SdkConfig, calls: &CallCounter, region: &str) -> Result<Caller, Failure> {
    let client = aws_sdk_sts::Client::from_conf(
        aws_sdk_sts::config::Builder::from(config)
            .region(Region::new(region.to_owned()))
            .interceptor(calls.clone())
            .build(),
    );
    let said = client.get_caller_identity().send().await;
    let said = said.map_err(|error| Failure::of(WHO, &error))?;
    Ok(Caller {
        account: said.account.unwrap_or_default(),
        arn: said.arn.unwrap_or_default(),
        region: region.to_owned(),
    })
}

/// What the SDK says in many lines, one for each place that it looked at.
const NOWHERE: &str = "neither variables nor a profile nor a role hold any";

/// Why there are none, with the causes: "an error occurred while loading credentials" alone helps nobody.
fn causes(error: &dyn std::error::Error) -> String {
    let reasons = std::iter::successors(error.source(), |reason| reason.source());
    let said = reasons.fold(error.to_string(), |text, reason| format!("{text}: {reason}"));
    if said.contains("no credentials found in chain") {
        NOWHERE.to_owned()
    } else {
        said.trim_end_matches('.').replace('\n', " ")
    }
}
