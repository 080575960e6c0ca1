//! The secrets of the channels: SecureStrings of Systems Manager, kept for five minutes and never told.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;
use tidegate_notify::port::{Secret, SecretError, Secrets, Which};
use tidegate_policy::names::ParameterName;

use tokio::time::timeout;

use super::call::{CALL, TOO_SLOW};
use crate::failure::{Failure, Operation};

/// Parameter Store answers 40 calls a second, which all functions of an account share.
const KEPT: Duration = Duration::from_mins(5);

/// Parameters, and what is kept of them.
#[derive(Debug)]
pub(super) struct ParameterSecrets {
    client: Client,
    kept: Mutex<BTreeMap<(ParameterName, Which), (Instant, Secret)>>,
}

impl ParameterSecrets {
    pub(super) fn new(client: Client) -> Self {
        Self { client, kept: Mutex::default() }
    }

    fn kept(&self, key: &(ParameterName, Which)) -> Option<Secret> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(read, _)| read.elapsed() < KEPT).map(|(_, secret)| secret.clone())
    }
}

impl Secrets for ParameterSecrets {
    async fn read(&self, name: &ParameterName, which: Which, fresh: bool) -> Result<Secret, SecretError> {
        let key = (name.clone(), which);
        if !fresh && let Some(secret) = self.kept(&key) {
            return Ok(secret);
        }
        let asked = match which {
            Which::Newest => name.to_string(),
            Which::Number(number) => format!("{name}:{number}"),
        };
        let client = &self.client;
        let get = client.get_parameter().name(asked).with_decryption(true).send();
        let too_slow = |_| SecretError::Unreachable { words: TOO_SLOW.to_owned() };
        let sent = timeout(CALL, get).await.map_err(too_slow)?;
        let answer = sent.map_err(|error| {
            let failure = Failure::of(Operation::GET_PARAMETER, &error);
            let told = |fix: &str| format!("{name}: {fix} ({})", failure.code.as_deref().unwrap_or_default());
            match failure.code.as_deref() {
                Some("ParameterNotFound" | "ParameterVersionNotFound") => {
                    SecretError::Missing { words: told("create it as a SecureString in the function's Region") }
                }
                Some("InvalidKeyId") => SecretError::Denied { words: told("its KMS key cannot be used: enable it") },
                Some(code) if code.starts_with("AccessDenied") => SecretError::Denied {
                    words: told("deploy the stack again, whose role follows the policy, and let the role use the parameter's KMS key"),
                },
                _ => SecretError::Unreachable { words: failure.message },
            }
        })?;
        let missing = |words: &str| SecretError::Missing { words: format!("{name} {words}") };
        let parameter = answer.parameter.ok_or_else(|| missing("was not in the answer"))?;
        // In a plain text everybody who may read parameters reads it.
        if parameter.r#type != Some(ParameterType::SecureString) {
            return Err(missing("is no SecureString: write it again as one"));
        }
        let text = parameter.value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let text =
            text.ok_or_else(|| missing("is empty: write the address, the token or the key into it"))?;
        let secret = Secret { text, version: u64::try_from(parameter.version).unwrap_or(0) };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(key, (Instant::now(), secret.clone()));
        Ok(secret)
    }
}
