fn main() {
    let mut args = std::env::args().skip(1);
    let from: u64 = args.next().unwrap().parse().unwrap();
    let to: u64 = args.next().unwrap().parse().unwrap();
    let began = std::time::Instant::now();
    std::panic::set_hook(Box::new(|_| ()));
    let (mut bad, mut minutes, mut attempts) = (0, 0, 0);
    let mut laws = std::collections::BTreeMap::new();
    let mut rests = Vec::new();
    for seed in from..to {
        let case = match tidegate_fuzz::Case::drawn(seed, tidegate_fuzz::Options::default()) {
            Ok(case) => case,
            Err(why) => { println!("seed {seed}: {why}"); continue }
        };
        let out = tidegate_fuzz::run(&case);
        minutes += out.minutes; attempts += out.attempts;
        rests.extend(out.rest);
        if let Some(v) = out.violations.first() {
            bad += 1;
            *laws.entry(v.law.name()).or_insert(0) += 1;
            println!("seed {seed} minute {} {} {}: {}", v.minute, v.target, v.law.name(), v.detail);
        }
    }
    rests.sort();
    let secs = began.elapsed().as_secs_f64();
    println!("{bad} bad; {laws:?}; {minutes} minutes, {attempts} attempts, {:.2} seeds/s; rest max {:?} median {:?}", (to - from) as f64 / secs, rests.last(), rests.get(rests.len() / 2));
}
