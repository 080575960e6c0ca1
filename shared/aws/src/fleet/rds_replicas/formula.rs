//! The formulas that stand in RDS parameter groups instead of a number, worked out.
//!
//! After "Specifying DB parameters" of the RDS user guide: `{DBInstanceClassMemory/12582880}`, `LEAST(…)`, `GREATEST(…)`, `SUM(…)` and
//! `{log(…)*1000}`. A quotient loses its decimals, functions are written in any case, variables in exactly one, and `log` is to the
//! base 2. `+` and `-` are not in the guide, and read all the same. Whatever else stands there is not understood, never guessed.

/// How deep braces and functions may stand in each other; those of RDS are two deep.
const DEEPEST: usize = 16;

/// The whole number that `formula` comes to where `DBInstanceClassMemory` is `memory` bytes.
///
/// `None` where it is not understood, divides by zero, has no result, or needs a memory that is not known.
pub(super) fn evaluate(formula: &str, memory: Option<u64>) -> Option<i64> {
    let mut parser = Parser { rest: formula, memory, depth: 0 };
    let value = parser.sum(Quotient::Whole)?.trunc();
    parser.skip_blanks();
    if !parser.rest.is_empty() || value.abs() >= LARGEST_EXACT {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number far within the range, as was just checked"
    )]
    Some(value as i64)
}

/// Above this a float skips whole numbers: 2^53. Sixteen terabytes times 500.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// What becomes of a quotient's decimals.
#[derive(Clone, Copy)]
enum Quotient {
    /// They are cut off, as the guide says.
    Whole,
    /// They stay: inside `log`. Cutting them off there would make Aurora's 1000 connections of a 16 GiB class a 180.
    Exact,
}

/// A recursive descent: a sum of products of values.
struct Parser<'f> {
    rest: &'f str,
    memory: Option<u64>,
    depth: usize,
}

impl Parser<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes `symbol` if it comes next.
    fn takes(&mut self, symbol: char) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The longest beginning of what is left of which every character is `wanted`.
    fn word(&mut self, wanted: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn sum(&mut self, quotient: Quotient) -> Option<f64> {
        let mut value = self.product(quotient)?;
        loop {
            if self.takes('+') {
                value += self.product(quotient)?;
            } else if self.takes('-') {
                value -= self.product(quotient)?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self, quotient: Quotient) -> Option<f64> {
        let mut value = self.value(quotient)?;
        loop {
            if self.takes('*') {
                value *= self.value(quotient)?;
            } else if self.takes('/') {
                let divided = value / self.value(quotient)?;
                value = match quotient {
                    Quotient::Whole => divided.trunc(),
                    Quotient::Exact => divided,
                };
            } else {
                return Some(value);
            }
            // By zero, or beyond what a float counts exactly.
            if value.is_nan() || value.abs() >= LARGEST_EXACT {
                return None;
            }
        }
    }

    /// A number, a variable, a function, or something in braces.
    fn value(&mut self, quotient: Quotient) -> Option<f64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = if self.takes('{') {
            let inner = self.sum(quotient)?;
            self.takes('}').then_some(inner)
        } else if self.takes('(') {
            let inner = self.sum(quotient)?;
            self.takes(')').then_some(inner)
        } else if self.takes('-') {
            self.value(quotient).map(|value| -value)
        } else if self.rest.starts_with(|character: char| character.is_ascii_digit()) {
            let digits = self.word(|character| character.is_ascii_digit());
            digits.parse().ok().filter(|number| *number < LARGEST_EXACT)
        } else {
            self.named(quotient)
        };
        self.depth -= 1;
        value
    }

    fn named(&mut self, quotient: Quotient) -> Option<f64> {
        let name = self.word(|character| character.is_ascii_alphanumeric()).to_owned();
        if name == "DBInstanceClassMemory" {
            #[expect(clippy::cast_precision_loss, reason = "an instance has terabytes, not petabytes")]
            return self.memory.map(|bytes| bytes as f64);
        }
        let function = name.to_ascii_lowercase();
        if !self.takes('(') {
            return None;
        }
        let quotient = if function == "log" { Quotient::Exact } else { quotient };
        let mut value = self.sum(quotient)?;
        if function == "log" {
            // Rounded: the guide of Aurora gives 12xlarge and 24xlarge (log 5.7 and 6.7) 6000 and 7000 connections, 8xlarge (5.03) 5000.
            return (self.takes(')') && value > 0.0).then(|| value.log2().round());
        }
        while self.takes(',') {
            let next = self.sum(quotient)?;
            value = match function.as_str() {
                "least" => value.min(next),
                "greatest" => value.max(next),
                "sum" => value + next,
                _ => return None,
            };
        }
        let known = matches!(function.as_str(), "least" | "greatest" | "sum");
        (known && self.takes(')')).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 4 GiB, round enough to reckon with.
    const MEMORY: u64 = 4_000_000_000;

    #[test]
    fn formulas_come_to_what_the_guide_says() {
        for (formula, value) in [
            ("1000", 1000),
            (" 1000 ", 1000),
            ("{DBInstanceClassMemory/12582880}", 317),
            ("{ DBInstanceClassMemory / 12582880 }", 317),
            ("{DBInstanceClassMemory*3/4}", 3_000_000_000),
            // A quotient is cut off before it is multiplied.
            ("{7/2*2}", 6),
            ("{7*2/2}", 7),
            ("LEAST({DBInstanceClassMemory/9531392},5000)", 419),
            ("least({DBInstanceClassMemory/9531392}, 400)", 400),
            ("Greatest({DBInstanceClassMemory/9868951},80)", 405),
            ("GREATEST(80)", 80),
            ("SUM({DBInstanceClassMemory/12582880},10,5)", 332),
            ("SUM(LEAST(3,4),GREATEST(3,4))", 7),
            ("{log(DBInstanceClassMemory/1000000000)*45}", 90),
            ("{log(8)*10}", 30),
            ("{2+3*4-1}", 13),
            ("{(2+3)*4}", 20),
            ("SUM(3,-5)", -2),
        ] {
            assert_eq!(evaluate(formula, Some(MEMORY)), Some(value), "{formula}");
        }
    }

    #[test]
    fn what_is_not_understood_has_no_value() {
        for formula in [
            "",
            "{}",
            "{",
            "LEAST()",
            "LEAST(1,,2)",
            "LEAST(1,2",
            "MOST(1,2)",
            "log(1,2)",
            "{log(0)}",
            "{1/0}",
            "{0/0}",
            "{DBInstanceClassMemory/}",
            "{dbinstanceclassmemory/2}",
            "{DBInstanceVCPU*100}",
            "IF({DBInstanceClassHugePagesDefault},1,2)",
            "1 2",
            "1.5",
            "1e3",
            "99999999999999999999",
            "{99999999999*99999999999}",
            "off",
            "-",
            "ünïcode",
        ] {
            assert_eq!(evaluate(formula, Some(MEMORY)), None, "{formula}");
        }
        assert_eq!(evaluate("LEAST({DBInstanceClassMemory/2},5000)", None), None, "the memory is not known");
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(evaluate(&deep, Some(MEMORY)), None);
        assert_eq!(evaluate(&"-".repeat(100_000), Some(MEMORY)), None);
    }

    proptest! {
        #[test]
        fn no_text_stops_it(
            formula in "([0-9]{1,12}|[-+*/(){}, ]|DBInstanceClassMemory|LEAST|sum|log|é){0,24}",
            memory in proptest::option::of(any::<u64>()),
        ) {
            let _ = evaluate(&formula, memory);
        }
    }
}
