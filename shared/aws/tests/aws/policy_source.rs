//! The policy from a file and from a parameter: what is asked, how long it is kept, and that a bad one is an error until it is mended.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tidegate_aws::environment::PolicyPlace;
use tidegate_aws::policy_source::{PARAMETER_KEPT, PolicyError, PolicySource, load};
use tidegate_policy::names::Stage;

use crate::scripted::{Answer, Scripted};

const SOUND: &str = include_str!("../../../../infra/policies/production.toml");
const UNSOUND: &str = "[[target]]\nname = \"orders\"\nkind = \"rds-replica\"\nowned = 3\n";

fn parameter() -> PolicyPlace {
    PolicyPlace::Parameter("/tidegate/policy".to_owned())
}

fn stage() -> Stage {
    Stage::new("production")
}

fn holds(kind: &str, text: &str) -> Answer {
    Answer::Says(json!({ "Parameter": { "Name": "/tidegate/policy", "Type": kind, "Value": text } }))
}

fn noon() -> Timestamp {
    "2026-07-31T12:00:00Z".parse().unwrap()
}

/// A file of this test's own.
fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

async fn refused(answer: Answer) -> String {
    let ssm = Scripted::new([answer]);
    let error = load(&parameter(), &stage(), &ssm.ssm()).await.unwrap_err();
    assert_eq!(ssm.asked().len(), 1);
    error.to_string()
}

#[tokio::test]
async fn a_parameter_is_read_decrypted_and_by_its_name() {
    for kind in ["String", "SecureString"] {
        let ssm = Scripted::new([holds(kind, SOUND)]);
        assert!(!load(&parameter(), &stage(), &ssm.ssm()).await.unwrap().policy.targets.is_empty());
        let asked = ssm.asked();
        assert_eq!(asked[0].operation, "GetParameter");
        assert_eq!(asked[0].body, json!({ "Name": "/tidegate/policy", "WithDecryption": true }));
    }
}

#[tokio::test]
async fn every_refusal_names_the_parameter_and_the_mend() {
    let denied =
        "User: arn:aws:sts::1:assumed-role/f is not authorized to perform: ssm:GetParameter on resource: x";
    let sealed = "The ciphertext refers to a customer master key that does not exist or you are not allowed to access.";
    let mut told = Vec::new();
    for (code, said) in [
        ("ParameterNotFound", ""),
        ("ParameterVersionNotFound", "no version 7"),
        ("AccessDeniedException", denied),
        ("AccessDeniedException", sealed),
        ("InvalidKeyId", "the key is disabled"),
        ("ValidationException", "what else there is"),
    ] {
        told.push(refused(Answer::Refuses(code, json!({ "message": said }))).await);
    }
    told.push(refused(holds("StringList", "a,b")).await);
    told.push(refused(Answer::Says(json!({ "Parameter": { "Type": "String" } }))).await);
    told.push(refused(Answer::Says(json!({}))).await);
    insta::assert_snapshot!(told.join("\n"), @"
    GetParameter of the policy /tidegate/policy failed: it does not exist in Region eu-west-1: create it as a String, or let TIDEGATE_POLICY name another (ParameterNotFound)
    GetParameter of the policy /tidegate/policy failed: it does not exist in Region eu-west-1: create it as a String, or let TIDEGATE_POLICY name another (ParameterVersionNotFound: no version 7)
    GetParameter of the policy /tidegate/policy failed: access is denied: allow ssm:GetParameter on the parameter in the function's role, and kms:Decrypt on its key if it is a SecureString (AccessDeniedException: User: arn:aws:sts::1:assumed-role/f is not authorized to perform: ssm:GetParameter on resource: x)
    GetParameter of the policy /tidegate/policy failed: access is denied: allow kms:Decrypt on the key of the SecureString in the function's role (AccessDeniedException: The ciphertext refers to a customer master key that does not exist or you are not allowed to access.)
    GetParameter of the policy /tidegate/policy failed: its KMS key cannot be used: enable the key, or write the parameter again with another (InvalidKeyId: the key is disabled)
    GetParameter of the policy /tidegate/policy failed: ValidationException: what else there is
    GetParameter of the policy /tidegate/policy failed: it is a StringList, which is no text: make it a String or a SecureString (up to 8 KB as an advanced parameter; a longer policy goes into a file of the package)
    GetParameter of the policy /tidegate/policy failed: it has no value: write the policy into it
    GetParameter of the policy /tidegate/policy failed: the answer held no parameter
    ");
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_and_then_told_with_its_cause() {
    let ssm = Scripted::new([Answer::Lost, holds("String", SOUND)]);
    assert!(load(&parameter(), &stage(), &ssm.ssm()).await.is_ok());
    let ssm = Scripted::new([Answer::Lost, Answer::Lost, Answer::Lost]);
    let told = load(&parameter(), &stage(), &ssm.ssm()).await.unwrap_err().to_string();
    insta::assert_snapshot!(told, @"GetParameter of the policy /tidegate/policy failed: dispatch failure: io error: the connection was closed before the answer");
}

#[tokio::test]
async fn an_unsound_policy_tells_every_problem_with_its_place() {
    let told = refused(holds("String", UNSOUND)).await;
    insta::assert_snapshot!(told, @r#"
    ssm:/tidegate/policy:1:1: target "orders" has no "min": add it, as min = 1
    ssm:/tidegate/policy:1:1: target "orders" has no "max": add it, as max = 5
    ssm:/tidegate/policy:1:1: target "orders" has no "source": add it, as source = "orders-primary"
    ssm:/tidegate/policy:1:1: target "orders" has no "engine": add it, as engine = "mysql"
    ssm:/tidegate/policy:1:1: target "orders" has no "reader": add it, as reader = { zone = "Z0123456789ABC", name = "orders-ro.db.example.com", ttl = "10s" }
    ssm:/tidegate/policy:3:8: unknown kind "rds-replica": did you mean "rds-replicas"? this version supports "rds-replicas", "ecs-service" and "redis-nodes"
    ssm:/tidegate/policy:4:1: unknown key "owned" in target "orders": did you mean "owner"?
    "#);
    // Of a file, exactly what `tidegate validate` says.
    let path = file("unsound.toml", UNSOUND.as_bytes());
    let of_file = load(&PolicyPlace::File(path.clone()), &stage(), &Scripted::new([]).ssm())
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(of_file, told.replace("ssm:/tidegate/policy", &path.display().to_string()));
}

#[tokio::test]
async fn calendars_stand_beside_a_file_and_never_beside_a_parameter() {
    let policy = SOUND.replace("[calendars]\n", "[calendars]\nspain = { files = [\"spain.ics\"] }\n");
    let path = file("with-calendar.toml", policy.as_bytes());
    let calendar = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\nEND:VCALENDAR\n";
    file("spain.ics", calendar);
    let ssm = Scripted::new([]).ssm();
    assert!(load(&PolicyPlace::File(path.clone()), &stage(), &ssm).await.is_ok());
    std::fs::remove_file(path.with_file_name("spain.ics")).unwrap();
    let told = load(&PolicyPlace::File(path), &stage(), &ssm).await.unwrap_err().to_string();
    assert!(told.contains("\"spain.ics\" cannot be read: No such file or directory"), "{told}");
    let told = refused(holds("String", &policy)).await;
    assert!(
        told.contains("\"spain.ics\" cannot be read: no file stands beside a parameter: write its dates"),
        "{told}"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_with_the_cause() {
    let ssm = Scripted::new([]).ssm();
    let error = load(&PolicyPlace::File("no/such.toml".into()), &stage(), &ssm).await.unwrap_err();
    insta::assert_snapshot!(error, @"the policy file no/such.toml cannot be read: No such file or directory (os error 2): put it into the function's package as UTF-8 text, or let TIDEGATE_POLICY name another");
    let odd = file("latin1.toml", b"name = \"caf\xe9\"");
    let error = load(&PolicyPlace::File(odd), &stage(), &ssm).await.unwrap_err();
    assert!(matches!(error, PolicyError::ReadFile { .. }), "{error}");
    assert!(error.to_string().contains("UTF-8"), "{error}");
}

#[tokio::test]
async fn a_parameter_is_kept_for_five_minutes_and_then_followed() {
    let changed = SOUND.replace("creations_per_day = 48", "creations_per_day = 7");
    let ssm = Scripted::new([holds("String", SOUND), holds("String", &changed), holds("String", SOUND)]);
    let source = PolicySource::new(parameter(), stage(), ssm.ssm());
    let first = source.policy(noon()).await.unwrap();
    let almost = noon() + PARAMETER_KEPT - SignedDuration::from_secs(1);
    assert_eq!(source.policy(almost).await.unwrap(), first);
    // Read again at five minutes, and kept from then on.
    let second = source.policy(noon() + PARAMETER_KEPT).await.unwrap();
    assert_ne!(second, first);
    let later = noon() + PARAMETER_KEPT + SignedDuration::from_mins(4);
    assert_eq!(source.policy(later).await.unwrap(), second);
    // A clock that went back knows nothing of the age.
    assert_eq!(source.policy(noon()).await.unwrap(), first);
    assert_eq!(ssm.asked().len(), 3);
}

#[tokio::test]
async fn a_bad_policy_is_an_error_at_every_wake_up_until_it_is_mended() {
    let ssm = Scripted::new([
        holds("String", SOUND),
        holds("String", UNSOUND),
        Answer::Refuses("ParameterNotFound", Value::Object(serde_json::Map::new())),
        holds("String", SOUND),
    ]);
    let source = PolicySource::new(parameter(), stage(), ssm.ssm());
    let good = source.policy(noon()).await.unwrap();
    let later = noon() + PARAMETER_KEPT;
    assert!(matches!(source.policy(later).await, Err(PolicyError::Parse { .. })));
    // Even at a time at which the good one would still have been kept.
    assert!(matches!(source.policy(noon()).await, Err(PolicyError::GetParameter { .. })));
    assert_eq!(source.policy(later).await.unwrap(), good);
    assert_eq!(ssm.asked().len(), 4);
}

#[tokio::test]
async fn a_file_is_read_once_a_process() {
    let path = file("once.toml", SOUND.as_bytes());
    let source = PolicySource::new(PolicyPlace::File(path.clone()), stage(), Scripted::new([]).ssm());
    let first = source.policy(noon()).await.unwrap();
    std::fs::write(&path, UNSOUND).unwrap();
    assert_eq!(source.policy(noon() + SignedDuration::from_hours(48)).await.unwrap(), first);
}
