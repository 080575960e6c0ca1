//! The fixed template, and the three lines in which one deployment of it differs from another.

use std::path::Path;

use crate::stack::Store;

/// `infra/template.yaml`.
pub const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

/// What the binaries were built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Graviton: what is deployed, at four fifths of the price.
    Arm64,
    /// What most machines for trying things out are.
    X86_64,
}

impl Architecture {
    /// As Lambda writes it.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Arm64 => "arm64",
            Architecture::X86_64 => "x86_64",
        }
    }

    /// Of an ELF binary, by the machine in its header (`e_machine`: 183 and 62); `None` of anything else.
    pub fn of_binary(start: &[u8]) -> Option<Architecture> {
        let machine = start.strip_prefix(b"\x7fELF").and_then(|rest| rest.get(14..16))?;
        match machine {
            [183, 0] => Some(Architecture::Arm64),
            [62, 0] => Some(Architecture::X86_64),
            _ => None,
        }
    }
}

/// The template for these binaries, in `code` (a folder for each function, as cargo-lambda leaves them), and for a policy in this store.
pub fn settled(architecture: Architecture, store: Store, code: &Path) -> String {
    let stored = match store {
        Store::Standard | Store::Advanced => STORED,
        Store::Package => "        TIDEGATE_POLICY: file:policy.toml\n",
    };
    TEMPLATE
        .replace(ARCHITECTURE, &format!("    Architectures: [{}]\n", architecture.name()))
        .replace(STORED, stored)
        .replace(CODE, &format!("CodeUri: {}/", code.display()))
}

const ARCHITECTURE: &str = "    Architectures: [arm64]\n";
const STORED: &str = "        TIDEGATE_POLICY: !Sub \"ssm:/${AWS::StackName}/policy\"\n";
const CODE: &str = "CodeUri: ../target/lambda/";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{FUNCTIONS, binaries};

    #[test]
    fn each_line_that_differs_is_there_and_is_the_only_one() {
        for (line, times) in [(ARCHITECTURE, 1), (STORED, 1), (CODE, binaries().len())] {
            assert_eq!(TEMPLATE.matches(line).count(), times, "{line:?}");
        }
        let settled = settled(Architecture::X86_64, Store::Package, Path::new("/code"));
        for line in [
            "    Architectures: [x86_64]\n",
            "TIDEGATE_POLICY: file:policy.toml\n",
            "CodeUri: /code/rds-replicas\n",
        ] {
            assert_eq!(settled.matches(line).count(), 1, "{line:?}");
        }
        assert_eq!(settled.lines().count(), TEMPLATE.lines().count());
    }

    #[test]
    fn the_template_names_what_belongs_to_a_function_as_the_code_does() {
        for function in FUNCTIONS {
            let ids = [function.logical_id.to_owned(), function.role(), function.logs(), function.wake()];
            for id in ids {
                assert!(TEMPLATE.contains(&format!("\n  {id}:\n")), "{id}");
            }
        }
        for binary in binaries() {
            assert!(TEMPLATE.contains(&format!("CodeUri: ../target/lambda/{binary}\n")));
        }
    }

    /// Else the alarm clears between two looks at the same stuck target, and goes off again at each.
    #[test]
    fn a_stuck_transition_stays_in_alarm_from_one_look_to_the_next() {
        let every = |every: &str| {
            let text = format!(
                "[[target]]\nname = \"c\"\nkind = \"redis-nodes\"\ngroup = \"c\"\nmin = 2\nmax = 3\nscale_out = [\"cpu > 70% for 10m\"]\nevaluate_every = {every:?}\n"
            );
            tidegate_policy::document::parse(&text)
        };
        assert!(every("1h").is_ok() && every("61m").is_err(), "an hour is the longest between two looks");
        let (_, alarm) = TEMPLATE.split_once("\n  StuckTransition:\n").unwrap();
        let number = |property: &str| -> u64 {
            let (_, rest) = alarm.split_once(&format!("      {property}: ")).unwrap();
            rest.lines().next().unwrap().parse().unwrap()
        };
        assert_eq!(number("DatapointsToAlarm"), 1);
        // A look may be late by a minute or two.
        assert!(number("Period") * number("EvaluationPeriods") > 3_600 + 2 * 60);
    }

    #[test]
    fn the_template_ends_with_its_resources() {
        let last =
            TEMPLATE.lines().rfind(|line| line.starts_with(|letter: char| letter.is_ascii_alphabetic()));
        assert_eq!(last, Some("Resources:"), "what follows from a policy is written below");
    }

    #[test]
    fn binaries_say_what_they_were_built_for() {
        let header =
            |machine: [u8; 2]| [b"\x7fELF\x02\x01\x01", [0; 9].as_slice(), &[3, 0], &machine].concat();
        assert_eq!(Architecture::of_binary(&header([183, 0])), Some(Architecture::Arm64));
        assert_eq!(Architecture::of_binary(&header([62, 0])), Some(Architecture::X86_64));
        assert_eq!(Architecture::of_binary(&header([3, 0])), None);
        assert_eq!(Architecture::of_binary(b"#!/bin/sh"), None);
    }
}
