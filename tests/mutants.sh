#!/bin/sh
# Breaks the core line by line and says which lines no test needs: `make mutants`. The cheapest tests come first, and only what they let
# pass is shown to the next: most lines need the named situations alone, which take a second where the properties take a minute.
set -eu

mutants=$1 # the program
which=$2   # "changed BASE", or "shard K/N"
only=$3    # empty, or "judge": plan/ alone, by the tests in which the checker and the watchers judge

out=target/mutants
export CARGO_TARGET_DIR="$PWD/$out/built"
properties="properties wide agreement adversary"
rm -rf $out/situations $out/properties $out/simulations
mkdir -p $out/situations $out/properties $out/simulations

# mutate STAGE ARGUMENTS...: what was broken is in STAGE/mutants.out. A mutant that is missed (2), or for which time runs out (3), is no failure.
mutate() {
  stage=$1; shift
  "$mutants" mutants --colors never --output "$out/$stage" "$@" || case $? in 2|3) ;; *) exit 1 ;; esac
}

# again STAGE OF ARGUMENTS...: the same for what stage OF missed: everything else counts as caught before.
again() {
  stage=$1; missed=$out/$2/mutants.out/missed.txt; shift 2
  mkdir -p "$out/$stage/mutants.out"
  if test -s "$missed"; then
    "$mutants" mutants --list --file 'shared/policy/src/**' | grep -vxF -f "$missed" > "$out/$stage/mutants.out/caught.txt"
    mutate "$stage" --iterate --file 'shared/policy/src/**' "$@"
  else
    : > "$out/$stage/mutants.out/missed.txt"
  fi
}

core="--test-package tidegate-policy --cargo-arg=--lib --cargo-arg=--test=core"
if test "$only" = judge; then
  files="--file shared/policy/src/plan/**"
else
  files="--file shared/policy/src/plan/** --file shared/policy/src/decide/** --file shared/policy/src/check/** --file shared/policy/src/evaluate/**"
fi
case $which in
  shard\ *) chosen="--shard ${which#shard } --sharding round-robin $files" ;;
  changed\ *)
    base=$(git merge-base "${which#changed }" HEAD)
    test "$base" != "$(git rev-parse HEAD)" || base=HEAD~1
    git diff "$base" -- shared/policy/src > $out/changed.diff
    chosen="--in-diff $out/changed.diff"
    test "$only" != judge || chosen="$chosen $files"
    core="--test-package tidegate-policy"
    ;;
esac

# Properties and simulations are arithmetic: unoptimised they take longer than the compiler saves.
optimised=
for crate in policy reconcile simulator; do
  optimised="$optimised --cargo-arg=--config=profile.mutants.package.tidegate-$crate.opt-level=1"
done

# Simulations take a minute by themselves, more beside other work: what only runs late was not noticed.
slow="--minimum-test-timeout 300"

set -f # What follows holds patterns that are not the shell's.
if test "$only" = judge; then
  mutate situations $chosen --test-package tidegate-policy --cargo-arg=--test=core $optimised -- -- every_plan_
  again simulations situations $slow $optimised --test-package tidegate-simulator,tidegate-tests -- -- \
    no_mishap_breaks keeps_the_invariants keep_the_invariants no_script no_mixture
else
  skipped=$(printf ' --skip %s' $properties)
  mutate situations $chosen $core -- -- $skipped
  again properties situations $core $optimised -- -- $properties
  again simulations properties $slow $optimised --test-package tidegate-simulator,tidegate-tests -- -- no_mishap simulations service_days
fi
# Where time ran out somebody would have noticed.
lines() { cat "$@" 2> /dev/null | wc -l; }
first=$out/situations/mutants.out
viable=$(lines $first/caught.txt $first/timeout.txt $first/missed.txt)
missed=$out/simulations/mutants.out/missed.txt
echo "$((viable - $(lines $missed))) of $viable viable mutants were noticed ($(lines $first/unviable.txt) did not compile). Survivors:"
cat $missed 2> /dev/null || true
