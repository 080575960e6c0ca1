fn main() {
    let seed: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let case = tidegate_fuzz::Case::drawn(seed, tidegate_fuzz::Options::default()).unwrap();
    let small = tidegate_fuzz::shrink(&case, &tidegate_fuzz::tamper::Untouched, 60).unwrap();
    println!("{}", small.case.document);
    println!("{} of {} events, {} runs, lasting {:?}", small.case.script.len(), small.events_before, small.runs, small.case.lasting);
    let last = small.outcome.violations.first().unwrap().clone();
    for line in small.outcome.recorded.iter().filter(|l| l.minute + 120 > last.minute && (l.target == last.target || l.kind == "world" || l.kind == "attempt")) {
        println!("{:5} {} {:8} {} {}", line.minute, line.target, line.kind, line.code, line.detail);
    }
    println!("{last:#?}");
}
