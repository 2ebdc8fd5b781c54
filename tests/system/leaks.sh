#!/bin/sh
# SPDX-License-Identifier: MIT
# leaks.sh ADYTON RULES_IMAGE: a host that watches the SVSM's ciphers learns nothing of the key. Two runs with other keys of
# the AMD-SP, instruction by instruction alike: the times in a trace are counts of instructions, so equal traces are equal
# exits, equal touches of pages, and as many instructions in between.
set -u
adyton=$1 maker=$2
bin=$(dirname "$adyton")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
wrong() {
    printf 'FAIL: %s\n' "$*"
    exit 1
}
run() { # seed, where its console goes, words
    seed=$1 console=$2
    shift 2
    "$adyton" run "$@" --cpus 1 --timeout 200 --deterministic --seed "$seed" >"$console" 2>err </dev/null || {
        cat "$console" err
        wrong "seed $seed"
    }
}

# Another seed is another AMD-SP: the id of the report is random, and comes beside the keys.
"$maker" build "$bin/rules/messages.elf" x.igvm a_report_says_what_was_launched_and_who_asks || wrong 'no image'
for seed in 1 2; do
    run $seed report.$seed x.igvm
    grep -q '^# report ' report.$seed || wrong 'the guest printed no report'
done
! cmp -s report.1 report.2 || wrong 'another seed changes nothing: this test sees nothing'

# Six reports: one for the SVSM at its boot, five for its guest.
for seed in 1 2; do
    run $seed console.$seed bench --trace trace.$seed
    "$adyton" trace trace.$seed --format text >text.$seed || wrong 'no trace'
done
[ "$(grep -c 'guest request' text.1)" -ge 6 ] || wrong "$(grep -c 'guest request' text.1) messages, not six"
cmp text.1 text.2 || {
    diff text.1 text.2 | head -20
    wrong 'with another key the SVSM does something else'
}
