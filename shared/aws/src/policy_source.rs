//! Where the policy comes from: a file of the package, or a parameter.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use aws_sdk_ssm::types::ParameterType;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use tidegate_policy::document::{self, Problem};
use tidegate_policy::names::Stage;
use tidegate_policy::policy::Policy;

use crate::environment::PolicyPlace;

/// How long a parameter is good for: a changed policy is followed within this, and a quiet minute makes no call for it.
pub const PARAMETER_KEPT: SignedDuration = SignedDuration::from_mins(5);

/// Why there is no policy. Nothing is scaled without one.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file could not be read.
    #[error(
        "the policy file {} cannot be read: {reason}: put it into the function's package as UTF-8 text, or let TIDEGATE_POLICY name another",
        path.display()
    )]
    ReadFile {
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        #[source]
        reason: io::Error,
    },
    /// The parameter could not be read.
    #[error("GetParameter of the policy {name} failed: {message}")]
    GetParameter {
        /// As it was named.
        name: String,
        /// What SSM said, and the fix where we know it.
        message: String,
    },
    /// The document is not sound.
    #[error("{}", listed(place, problems))]
    Parse {
        /// Where the document is.
        place: PolicyPlace,
        /// All that is wrong with it, in its order.
        problems: Vec<Problem>,
    },
}

/// One line a problem, as `tidegate validate` writes them: `policy.toml:3:8: …`, or `ssm:/tidegate/policy:3:8: …`.
fn listed(place: &PolicyPlace, problems: &[Problem]) -> String {
    let place = match place {
        PolicyPlace::File(path) => path.display().to_string(),
        PolicyPlace::Parameter(_) => place.to_string(),
    };
    let lines: Vec<_> = problems.iter().map(|problem| format!("{place}:{problem}")).collect();
    lines.join("\n")
}

/// A policy, and which it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// As this deployment follows it.
    pub policy: Policy,
    /// The first twelve digits of the document's SHA-256: the same for the same text, wherever it stands.
    pub version: String,
}

/// Twelve hexadecimal digits, as a short hash of a commit: two documents of one deployment do not share them.
fn version(text: &str) -> String {
    Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the policy afresh, as this deployment follows it.
///
/// # Errors
/// When the place cannot be read, or what is there is no sound policy.
pub async fn load(place: &PolicyPlace, stage: &Stage, ssm: &Client) -> Result<Loaded, PolicyError> {
    let text = match place {
        PolicyPlace::File(path) => read_file(path)?,
        PolicyPlace::Parameter(name) => read_parameter(name, ssm).await?,
    };
    document::parse_with(&text, &|name: &str| read_beside(place, name))
        .map(|policy| Loaded { policy: policy.in_stage(stage), version: version(&text) })
        .map_err(|problems| PolicyError::Parse { place: place.clone(), problems })
}

/// A file that the policy names, which stands beside it.
fn read_beside(place: &PolicyPlace, name: &str) -> Result<String, String> {
    match place {
        PolicyPlace::File(path) => {
            let file = path.with_file_name(name);
            std::fs::read_to_string(&file).map_err(|reason| {
                format!("{reason}: put it as UTF-8 text into the function's package, at {}", file.display())
            })
        }
        PolicyPlace::Parameter(_) => {
            let mend = "write its dates into the policy, as dates = [\"2026-12-25\"], or put both into the function's package";
            Err(format!("no file stands beside a parameter: {mend}"))
        }
    }
}

fn read_file(path: &Path) -> Result<String, PolicyError> {
    std::fs::read_to_string(path).map_err(|reason| PolicyError::ReadFile { path: path.to_owned(), reason })
}

async fn read_parameter(name: &str, ssm: &Client) -> Result<String, PolicyError> {
    let failed = |message: String| PolicyError::GetParameter { name: name.to_owned(), message };
    let answer = ssm
        .get_parameter()
        .name(name)
        // Of a plain String this changes nothing.
        .with_decryption(true)
        .send()
        .await
        .map_err(|error| failed(refusal(&error, ssm)))?;
    let parameter = answer.parameter.ok_or_else(|| failed("the answer held no parameter".to_owned()))?;
    if let Some(ParameterType::StringList) = parameter.r#type {
        let message = "it is a StringList, which is no text: make it a String or a SecureString (up to 8 KB as an advanced \
                       parameter; a longer policy goes into a file of the package)";
        return Err(failed(message.to_owned()));
    }
    parameter.value.ok_or_else(|| failed("it has no value: write the policy into it".to_owned()))
}

/// What SSM said and what to do about it.
fn refusal(error: &SdkError<GetParameterError>, ssm: &Client) -> String {
    let Some((code, said)) =
        error.as_service_error().and_then(|said| Some((said.code()?, said.message().unwrap_or_default())))
    else {
        return causes(error);
    };
    let mend = match code {
        "ParameterNotFound" | "ParameterVersionNotFound" => {
            let region = ssm.config().region().map_or("of the function", AsRef::as_ref);
            format!(
                "it does not exist in Region {region}: create it as a String, or let TIDEGATE_POLICY name another"
            )
        }
        "AccessDeniedException"
            if said.contains("kms:") || said.contains("KMS") || said.contains("ciphertext") =>
        {
            "access is denied: allow kms:Decrypt on the key of the SecureString in the function's role"
                .to_owned()
        }
        "AccessDeniedException" => {
            "access is denied: allow ssm:GetParameter on the parameter in the function's role, and \
                                    kms:Decrypt on its key if it is a SecureString"
                .to_owned()
        }
        "InvalidKeyId" => {
            "its KMS key cannot be used: enable the key, or write the parameter again with another".to_owned()
        }
        _ => return if said.is_empty() { code.to_owned() } else { format!("{code}: {said}") },
    };
    if said.is_empty() { format!("{mend} ({code})") } else { format!("{mend} ({code}: {said})") }
}

/// The policy of a warm process. It is read at the first wake-up; a parameter again after [`PARAMETER_KEPT`], a file never, since a
/// package does not change under a process.
///
/// A bad policy is an error at every wake-up until it is mended: the last good one is never used in its stead, or a person who
/// lowered a maximum with a typing error would be believed to have lowered nothing.
#[derive(Debug)]
pub struct PolicySource {
    place: PolicyPlace,
    stage: Stage,
    ssm: Client,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    policy: Arc<Loaded>,
    read_at: Timestamp,
}

impl PolicySource {
    /// The policy of this place, for this deployment. Nothing is read yet.
    pub fn new(place: PolicyPlace, stage: Stage, ssm: Client) -> Self {
        Self { place, stage, ssm, kept: Mutex::new(None) }
    }

    /// The policy as it is at `now`.
    ///
    /// # Errors
    /// As [`load`]'s.
    pub async fn policy(&self, now: Timestamp) -> Result<Arc<Loaded>, PolicyError> {
        if let Some(policy) = self.still_good(now) {
            return Ok(policy);
        }
        let policy = Arc::new(load(&self.place, &self.stage, &self.ssm).await?);
        *self.lock() = Some(Kept { policy: Arc::clone(&policy), read_at: now });
        Ok(policy)
    }

    /// Reads afresh from now on, however young what is kept is: it may name targets that are gone.
    pub fn forget(&self) {
        *self.lock() = None;
    }

    /// What is kept, if it may still be used; what is too old is forgotten here, before anything can fail.
    fn still_good(&self, now: Timestamp) -> Option<Arc<Loaded>> {
        let mut kept = self.lock();
        let good = kept.as_ref().is_some_and(|kept| match self.place {
            PolicyPlace::File(_) => true,
            // A clock that went back says nothing of the age.
            PolicyPlace::Parameter(_) => {
                let age = now.duration_since(kept.read_at);
                SignedDuration::ZERO <= age && age < PARAMETER_KEPT
            }
        });
        if !good {
            *kept = None;
        }
        kept.as_ref().map(|kept| Arc::clone(&kept.policy))
    }

    /// Never held across a wait. What a panicked holder left is whole: it is replaced in one assignment.
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error with its causes: "dispatch failure" alone helps nobody.
fn causes(error: &dyn std::error::Error) -> String {
    let reasons = std::iter::successors(error.source(), |reason| reason.source());
    reasons.fold(error.to_string(), |text, reason| format!("{text}: {reason}"))
}
