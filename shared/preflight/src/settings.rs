//! Whether the settings of a stage deploy this stage, and are what the template takes: SAM drops a name that it does not know, and
//! CloudFormation refuses a value late.

use std::path::Path;

use tidegate_policy::names::Stage;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::parameters::Parameters;
use crate::sheet::Sheet;
use crate::stack::{self, Verb};

/// Who is told what is wrong.
const ABOUT: &str = "the settings";

/// Says what keeps the settings of `stage`, in the file at `path`, from being deployed as they are. What is removed needs no value.
pub(crate) fn judge(path: &Path, verb: Verb, stage: &Stage, template: &str, sheet: &mut Sheet) {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(reason) => {
            sheet.stop(
                ABOUT,
                format!("{shown} cannot be read: {reason}: name the file with the settings of the stages"),
            );
            return;
        }
    };
    match (against(&text, &shown, verb, stage, template), verb) {
        (Err(found), _) => found.into_iter().for_each(|said| sheet.stop(ABOUT, said)),
        (Ok(()), Verb::Deploy) => {
            sheet.checked(ABOUT, format!("those of {stage} in {shown} are what the template takes"));
        }
        (Ok(()), Verb::Destroy) => sheet.checked(ABOUT, format!("{shown} has those of {stage}")),
    }
}

/// All that is wrong, each with its place and its fix.
fn against(text: &str, path: &str, verb: Verb, stage: &Stage, template: &str) -> Result<(), Vec<String>> {
    let parameters = Parameters::of(template).map_err(|why| {
        vec![format!("the template of this program cannot be read: {why}: please report it")]
    })?;
    let place = |span: std::ops::Range<usize>| format!("{path}:{}", line(text, span.start));
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or_else(|| path.to_owned(), &place);
        vec![format!("{at}: this is no TOML: {}: correct it", error.message())]
    })?;
    let title = format!("[{stage}.deploy.parameters]");
    let Some(section) = section(document.get_ref(), stage) else {
        return Err(vec![format!("{path} has no section {title}: copy that of another stage")]);
    };
    let mut said = Vec::new();
    let name = stack::name(stage);
    if section.get("stack_name").and_then(|value| value.get_ref().as_str()) != Some(name.as_str()) {
        let at = section.get("stack_name").map_or_else(|| path.to_owned(), |value| place(value.span()));
        said.push(format!("{at}: {title} would deploy another stage: it needs stack_name = \"{name}\""));
    }
    let given = section.get("parameter_overrides");
    let at = given.map_or_else(|| path.to_owned(), |value| place(value.span()));
    let settings = match given.map(Spanned::get_ref) {
        Some(DeValue::Array(settings)) => settings.iter().collect::<Vec<_>>(),
        None => Vec::new(),
        Some(_) if verb == Verb::Destroy => return if said.is_empty() { Ok(()) } else { Err(said) },
        Some(_) => {
            said.push(format!(
                "{at}: parameter_overrides of {title} is no list: write a list, one \"Name=value\" each"
            ));
            return Err(said);
        }
    };
    let own = format!("Stage={stage}");
    if !settings.iter().any(|setting| setting.get_ref().as_str() == Some(own.as_str())) {
        said.push(format!(
            "{at}: {title} would deploy another stage: it needs \"{own}\" in parameter_overrides"
        ));
    }
    for setting in settings.iter().filter(|_| verb == Verb::Deploy) {
        let at = place(setting.span());
        let Some(written) = setting.get_ref().as_str() else {
            said.push(format!(
                "{at}: parameter_overrides of {title} has what is no text: write \"Name=value\""
            ));
            continue;
        };
        let (name, value) = written.split_once('=').unwrap_or((written, ""));
        if !written.contains('=') || !parameters.has(name) {
            let fix = match parameters.nearest(name) {
                Some(near) if near != name => format!("did you mean {near}?"),
                _ => format!("it takes Name=value, of {}", parameters.names()),
            };
            said.push(format!("{at}: '{written}' sets nothing that the template has: {fix}"));
        } else if let Some(wrong) = parameters.against(name, value).or_else(|| not_a_subscriber(name, value))
        {
            said.push(format!("{at}: {wrong}"));
        }
    }
    if said.is_empty() { Ok(()) } else { Err(said) }
}

/// Why SNS will never reach an address: it never confirms a subscription. The address is a secret, and is not quoted.
fn not_a_subscriber(name: &str, value: &str) -> Option<String> {
    let host = value.strip_prefix("https://")?.split(['/', ':', '?']).next()?.to_ascii_lowercase();
    let path = value.split_once(&host).map_or("", |(_, path)| path);
    let channel = match host.as_str() {
        "hooks.slack.com" | "hooks.slack-gov.com" => "slack",
        "events.pagerduty.com" | "events.eu.pagerduty.com" if path.starts_with("/v2/") => "pagerduty",
        _ => return None,
    };
    Some(format!(
        "{name} is an address of {host}, which never confirms a subscription of SNS and would stay silent: take it out, put it into a SecureString, and \
         write [[notify]] with channel = \"{channel}\" and secret = \"ssm:/NAME\" into the policy"
    ))
}

/// What SAM takes for `--config-env STAGE`.
fn section<'d>(document: &'d DeTable<'d>, stage: &Stage) -> Option<&'d DeTable<'d>> {
    let mut table = document;
    for key in [stage.as_str(), "deploy", "parameters"] {
        table = table.get(key)?.get_ref().as_table()?;
    }
    Some(table)
}

/// The line of a byte, from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use tidegate_stack::fixed::TEMPLATE;

    use super::*;

    const SHIPPED: &str = include_str!("../../../infra/samconfig.toml");

    fn said(text: &str, stage: &str) -> Vec<String> {
        said_before(Verb::Deploy, text, stage)
    }

    fn said_before(verb: Verb, text: &str, stage: &str) -> Vec<String> {
        against(text, "samconfig.toml", verb, &Stage::new(stage), TEMPLATE).err().unwrap_or_default()
    }

    /// The shipped settings with something else in its place.
    fn with(shipped: &str, instead: &str) -> String {
        assert!(SHIPPED.contains(shipped), "{shipped}");
        SHIPPED.replacen(shipped, instead, 1)
    }

    #[test]
    fn what_never_confirms_a_subscription_is_no_address_for_alarms() {
        let told =
            |setting: &str| said(&with("\"LogRetentionDays=7\",", &format!("\"{setting}\",")), "staging");
        for (setting, channel) in [
            ("WarningUrl=https://hooks.slack.com/services/T0/B0/aSecret", "slack"),
            ("CriticalUrl=https://events.pagerduty.com/v2/enqueue", "pagerduty"),
        ] {
            let told = told(setting).join("\n");
            assert!(
                told.contains(&format!("channel = \"{channel}\"")) && !told.contains("aSecret"),
                "{told}"
            );
        }
        for right in [
            "CriticalUrl=https://events.pagerduty.com/integration/KEY/enqueue",
            "WarningUrl=https://example.com/hooks",
        ] {
            assert_eq!(told(right), Vec::<String>::new(), "{right}");
        }
    }

    #[test]
    fn the_shipped_settings_are_what_the_template_takes() {
        for stage in ["production", "staging", "local"] {
            assert_eq!(said(SHIPPED, stage), Vec::<String>::new(), "{stage}");
        }
    }

    #[test]
    fn settings_that_would_be_dropped_or_refused_are_told_with_their_mend() {
        for (setting, mend) in [
            ("CriticalMail=oncall@example.com", "did you mean CriticalEmail?"),
            ("Pager=yes", "it takes Name=value, of CriticalEmail, CriticalUrl, "),
            ("CriticalEmail", "sets nothing that the template has: it takes Name=value"),
            (
                "CriticalUrl=http://pager",
                "CriticalUrl is 'http://pager': write an https:// address, or nothing",
            ),
            ("LogRetentionDays=8", "LogRetentionDays is '8': write one of 1, 3, 5, 7, "),
            ("ReservedConcurrency=0", "ReservedConcurrency is '0': write a number from 1, or nothing"),
        ] {
            let first = "  \"Stage=production\",\n";
            let changed = with(first, &format!("{first}  \"{setting}\",\n"));
            let found = said(&changed, "production");
            let line = line(&changed, changed.find(&format!("\"{setting}\"")).unwrap());
            let [only] = found.as_slice() else { panic!("{setting}: {found:?}") };
            assert!(only.starts_with(&format!("samconfig.toml:{line}: ")) && only.contains(mend), "{only}");
            assert_eq!(said(&changed, "staging"), Vec::<String>::new(), "another stage's");
        }
    }

    /// As `Name=value` with an equals sign in the value, and a value that is left out.
    #[test]
    fn what_is_right_is_not_told() {
        for setting in [
            "CriticalUrl=https://pager/?key=1",
            "CriticalUrl=",
            "ReservedConcurrency=1",
            "LogRetentionDays=30",
        ] {
            let first = "  \"Stage=production\",\n";
            let changed = with(first, &format!("{first}  \"{setting}\",\n"));
            assert_eq!(said(&changed, "production"), Vec::<String>::new(), "{setting}");
        }
    }

    #[test]
    fn a_section_that_is_not_there_or_deploys_another_stage_is_told() {
        assert_eq!(
            said(SHIPPED, "demo"),
            ["samconfig.toml has no section [demo.deploy.parameters]: copy that of another stage"]
        );
        // A comment is no setting.
        let commented = with("\"Stage=production\",", "# \"Stage=production\",");
        for (changed, fix) in [
            (
                with("stack_name = \"tidegate-production\"", "stack_name = \"tidegate-staging\""),
                "it needs stack_name = \"tidegate-production\"",
            ),
            (
                with("stack_name = \"tidegate-production\"\n", ""),
                "it needs stack_name = \"tidegate-production\"",
            ),
            (
                with("\"Stage=production\"", "\"Stage=staging\""),
                "it needs \"Stage=production\" in parameter_overrides",
            ),
            (commented, "it needs \"Stage=production\" in parameter_overrides"),
        ] {
            let found = said(&changed, "production");
            let [only] = found.as_slice() else { panic!("{fix}: {found:?}") };
            let words = "[production.deploy.parameters] would deploy another stage: ";
            assert!(
                only.starts_with("samconfig.toml") && only.contains(words) && only.ends_with(fix),
                "{only}"
            );
        }
    }

    #[test]
    fn what_is_removed_needs_its_section_and_no_value() {
        let changed = with("\"Stage=production\"", "\"Stage=production\", \"Pager=1\"");
        assert_eq!(said_before(Verb::Destroy, &changed, "production"), Vec::<String>::new());
        let one_text =
            "[p.deploy.parameters]\nstack_name = \"tidegate-p\"\nparameter_overrides = \"Stage=p\"\n";
        assert_eq!(said_before(Verb::Destroy, one_text, "p"), Vec::<String>::new());
        let another = one_text.replace("tidegate-p", "tidegate-q");
        let wrong = [
            (SHIPPED.to_owned(), "demo"),
            (another, "p"),
            (with("\"Stage=production\"", "\"Stage=staging\""), "production"),
        ];
        for (text, stage) in wrong {
            assert_eq!(said_before(Verb::Destroy, &text, stage).len(), 1, "{text}");
            assert!(!said(&text, stage).is_empty(), "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_comes_at_once() {
        let changed = with("stack_name = \"tidegate-production\"", "stack_name = \"other\"");
        let changed =
            changed.replacen("\"Stage=production\"", "\"Stage=other\", \"Pager=1\", 5, \"Tracing=on\"", 1);
        let found = said(&changed, "production");
        assert_eq!(found.len(), 5, "{found:#?}");
        for words in [
            "stack_name = \"tidegate-production\"",
            "\"Stage=production\"",
            "'Pager=1'",
            "no text",
            "Tracing is 'on'",
        ] {
            assert_eq!(found.iter().filter(|one| one.contains(words)).count(), 1, "{words}: {found:#?}");
        }
    }

    #[test]
    fn settings_in_one_text_and_a_file_that_is_no_toml_are_told_with_their_place() {
        let text = "[p.deploy.parameters]\nstack_name = \"tidegate-p\"\nparameter_overrides = \"Stage=p\"\n";
        assert_eq!(
            said(text, "p"),
            [
                "samconfig.toml:3: parameter_overrides of [p.deploy.parameters] is no list: write a list, one \"Name=value\" each"
            ]
        );
        let found = said("[p.deploy.parameters]\nstack_name = \n", "p");
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert!(
            only.starts_with("samconfig.toml:2: this is no TOML: ") && only.ends_with(": correct it"),
            "{only}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_told_with_its_path() {
        let mut sheet = Sheet::new("a test");
        judge(Path::new("/nowhere/samconfig.toml"), Verb::Deploy, &Stage::new("p"), TEMPLATE, &mut sheet);
        assert!(
            sheet.stops() && sheet.to_string().contains("/nowhere/samconfig.toml cannot be read: "),
            "{sheet}"
        );
    }
}
