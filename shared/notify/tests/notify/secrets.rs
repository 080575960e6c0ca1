//! No address, key or token in anything that is told, and no address that leads inside.

use proptest::prelude::*;
use tidegate_notify::endpoint::url::{UnfitAddress, checked};
use tidegate_notify::pagerduty::routing_key::RoutingKey;
use tidegate_notify::redact::{SAID, cleaned, failure};
use tidegate_notify::slack::credential::{Credential, UnfitCredential};

const WEBHOOK: &str = "https://hooks.slack.com/services/T0123ABCD/B0123ABCD/XyZ0123456789abcdefGHIJ";
const TOKEN: &str = "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx";
const KEY: &str = "0123456789abcdef0123456789ABCDEF";

/// prometheus/alertmanager#1822, pgEdge/ai-dba-workbench#498: the address of a webhook in the log. Kometa-Team/Kometa#3472: in the message itself.
#[test]
fn an_answer_that_echoes_a_secret_is_told_without_it() {
    let echoes = [
        format!("Post \"{WEBHOOK}\": context deadline exceeded"),
        format!("no such hook: {}", WEBHOOK.replace('/', "\\/")),
        "no such path: /services/T0123ABCD/B0123ABCD/XyZ0123456789abcdefGHIJ".to_owned(),
        "unknown hook XyZ0123456789abcdefGHIJ".to_owned(),
        format!("{{\"error\":\"invalid_auth\",\"token\":\"{TOKEN}\"}}"),
        format!("routing key {KEY} is unknown"),
        format!("Authorization: Bearer {TOKEN}"),
    ];
    for echo in &echoes {
        // Whether or not whoever asks knows the secret.
        for secrets in [&[][..], &[WEBHOOK, TOKEN, KEY]] {
            let told = failure("hooks.slack.com", Some(404), echo, secrets).to_string();
            for part in ["XyZ0123456789abcdefGHIJ", "T0123ABCD/B0123ABCD", "AbCdEfGhIjKlMnOpQrStUvWx", KEY] {
                assert!(!told.contains(part), "{part} of {echo} in {told}");
            }
            assert!(told.starts_with("hooks.slack.com answered 404: "), "{told}");
        }
    }
}

#[test]
fn the_words_of_an_error_stay() {
    for words in [
        "channel_is_archived",
        "restricted_action_read_only_channel",
        "Length of 'routing_key' is incorrect (should be 32 characters)",
    ] {
        assert_eq!(cleaned(words, &[WEBHOOK, TOKEN, KEY]), words);
    }
    assert_eq!(cleaned(&format!("a\r\nb\u{1b}[31m {}", "c d ".repeat(100)), &[]).chars().count(), SAID);
    assert!(cleaned("a\r\nb\u{1b}[31m", &[]).chars().all(|letter| !letter.is_control()));
}

#[test]
fn what_holds_a_secret_does_not_show_it() {
    let shown = [
        format!("{:?}", Credential::read(WEBHOOK).unwrap()),
        format!("{:?}", Credential::read(TOKEN).unwrap()),
        format!("{:?}", RoutingKey::read(KEY).unwrap()),
    ];
    assert_eq!(shown, ["Webhook([redacted])", "Bot([redacted])", "RoutingKey([redacted])"]);
}

#[test]
fn a_secret_of_slack_is_a_webhook_or_the_token_of_a_bot() {
    assert!(matches!(Credential::read(&format!(" {WEBHOOK}\n")), Ok(Credential::Webhook(_))));
    assert!(matches!(Credential::read(TOKEN), Ok(Credential::Bot(_))));
    for other in ["xoxp-1-2-3", "xapp-1-2", "xoxe.xoxb-1"] {
        assert_eq!(Credential::read(other), Err(UnfitCredential::NotOfABot), "{other}");
    }
    for other in [
        "https://hooks.slack.com.evil.example/services/T/B/X",
        "https://example.com/services/T/B/X",
        "https://hooks.slack.com/workflows/T/A/1/X",
    ] {
        assert_eq!(Credential::read(other), Err(UnfitCredential::NotAWebhook), "{other}");
    }
    assert!(matches!(Credential::read("#alerts"), Err(UnfitCredential::Address(UnfitAddress::Unreadable))));
}

/// synapticcybersecurity/hekate#56: an address that passes, and leads inside. What a client would connect to is what counts.
#[test]
fn an_address_is_of_https_without_credentials_and_not_inside() {
    let right =
        ["https://alerts.example.com/hook?key=1", "https://alerts.example.com:8443/", "https://1.1.1.1/"];
    for address in right {
        assert!(checked(address).is_ok(), "{address}");
    }
    let wrong = [
        ("alerts.example.com/hook", UnfitAddress::Unreadable),
        ("https://", UnfitAddress::Unreadable),
        ("http://alerts.example.com/hook", UnfitAddress::NotHttps),
        ("file:///etc/passwd", UnfitAddress::NotHttps),
        ("https://user@alerts.example.com/", UnfitAddress::Credentials),
        ("https://user:secret@alerts.example.com/", UnfitAddress::Credentials),
    ];
    for (address, why) in wrong {
        assert_eq!(checked(address), Err(why), "{address}");
    }
    // Numbers in every spelling that clients take.
    let inside = [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0xa9fea9fe/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.0.0.1/",
    ];
    for address in inside {
        assert!(matches!(checked(address), Err(UnfitAddress::Ip(_))), "{address}");
    }
}

#[test]
fn no_error_quotes_the_address() {
    for address in [
        "http://alerts.example.com/s3cr3tpath",
        "https://user:s3cr3tpath@a.example/",
        "s3cr3tpath",
        "https://10.0.0.1/s3cr3tpath",
    ] {
        let told = format!("{0} {0:?}", checked(address).unwrap_err());
        assert!(!told.contains("s3cr3tpath"), "{told}");
    }
}

proptest! {
    #[test]
    fn whatever_an_answer_says_no_secret_is_in_what_is_told(
        before in "\\PC{0,40}",
        after in "\\PC{0,40}",
        escaped in any::<bool>(),
    ) {
        let secret = if escaped { WEBHOOK.replace('/', "\\/") } else { WEBHOOK.to_owned() };
        let said = format!("{before}{secret}{after} {before}{TOKEN}{after}{KEY}");
        for secrets in [&[][..], &[WEBHOOK, TOKEN, KEY]] {
            let told = cleaned(&said, secrets);
            for part in ["XyZ0123456789abcdefGHIJ", "AbCdEfGhIjKlMnOpQrStUvWx", KEY] {
                prop_assert!(!told.contains(part), "{told}");
            }
            prop_assert!(told.chars().count() <= SAID);
            prop_assert!(!told.chars().any(char::is_control));
        }
    }
}
