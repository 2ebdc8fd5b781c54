#!/bin/sh
# SPDX-License-Identifier: MIT
# bench_machine.sh ADYTON: how many exits of the CPU each event of a guest is. They are what the machine's time goes
# into, and they are exact.
set -u
adyton=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
wrong() {
    printf 'FAIL: %s\n' "$*"
    cat "$scratch/stdout" "$scratch/stderr"
    exit 1
}
"$adyton" bench --machine --json "$scratch/machine.json" >"$scratch/stdout" 2>"$scratch/stderr" || wrong 'it does not run'
cat "$scratch/stdout"
awk 'length > 80 { exit 1 }' "$scratch/stdout" || wrong 'a line is longer than 80 columns'
value() { sed -n "/\"machine.$1\"/,/value/s/.*\"value\": \([0-9]*\).*/\1/p" "$scratch/machine.json"; }

# For a thousand of each. A #VC is one; WRMSR and VMGEXIT are one together; RDMSR is one; What VMPL0 has validated is shown to it.
while read -r event exits; do
    [ "$(value "$event.exits_per_1000")" = "$exits" ] ||
        wrong "$event: $(value "$event.exits_per_1000") exits in a thousand, not $exits"
    [ "$(value "$event.ticks")" -gt 0 ] || wrong "$event: no time was measured"
done <<END
rdmsr 1000
in 2000
cpuid 2000
event 1000
msr 2000
pvalidate 1000
touch 0
END
# Walks of the guest's tables are found again: without that, IN takes 8,900 instructions and an event 3,400.
[ "$(value in.instructions)" -le 4500 ] || wrong "IN: $(value in.instructions) instructions of the machine"
[ "$(value event.instructions)" -le 2700 ] || wrong "event: $(value event.instructions) instructions of the machine"
# SHA-384 of BearSSL, 35 blocks of 128 bytes for a page and its entry: 30 instructions a byte and not more.
[ "$(value measured_page.instructions)" -le $((30 * 4096)) ] || wrong "$(value measured_page.instructions) for a measured page"

"$adyton" bench --machine --quick >"$scratch/stdout" 2>"$scratch/stderr" && wrong 'it takes --quick'
grep -q -- '--machine measures the machine alone' "$scratch/stderr" || wrong 'it does not say why not'
