//! Wrong in what has nothing to do with a kind: leases, answers, the ledger, and what is published.

use tidegate_fuzz::tamper::Tamper;
use tidegate_policy::history::NoticeKind;
use tidegate_policy::kind::Kind;
use tidegate_policy::record::Outcome;

use super::Variant;
use super::hooks::Hooks;

pub(crate) fn all() -> Vec<Variant> {
    vec![
        Variant { name: "heeds_no_lease", kind: Kind::EcsService, made: heeds_no_lease },
        Variant { name: "publishes_nothing", kind: Kind::RedisNodes, made: publishes_nothing },
        Variant { name: "publishes_no_alert", kind: Kind::RdsReplicas, made: publishes_no_alert },
        Variant {
            name: "forgets_what_waits_to_be_published",
            kind: Kind::EcsService,
            made: forgets_the_outbox,
        },
        Variant { name: "takes_what_was_not_done_for_done", kind: Kind::RdsReplicas, made: does_nothing },
    ]
}

fn heeds_no_lease() -> Box<dyn Tamper> {
    Box::new(Hooks { heeds_nobody: true, ..Hooks::default() })
}

fn publishes_nothing() -> Box<dyn Tamper> {
    Box::new(Hooks { published: Some(|_| Vec::new()), ..Hooks::default() })
}

fn publishes_no_alert() -> Box<dyn Tamper> {
    Box::new(Hooks {
        published: Some(|notices| {
            notices.iter().filter(|notice| notice.kind != NoticeKind::Alert).cloned().collect()
        }),
        ..Hooks::default()
    })
}

fn forgets_the_outbox() -> Box<dyn Tamper> {
    Box::new(Hooks {
        loaded: Some(|mut item| {
            item.history.outbox = Default::default();
            item
        }),
        ..Hooks::default()
    })
}

fn does_nothing() -> Box<dyn Tamper> {
    Box::new(Hooks {
        asked: Some(Box::new(|_, _| Vec::new())),
        answered: Some(|_, _| Outcome::Applied { change: None }),
        ..Hooks::default()
    })
}
