#!/bin/sh
# SPDX-License-Identifier: MIT
# start_cost.sh ADYTON: what the machine executes up to the first VMRUN, the start of its other CPUs aside, does not depend
# on the size of the guest's memory.
set -u
adyton=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'FAIL: %s\n' "$*"
    exit 1
}
cost() {
    "$adyton" run bare --cpus 1 --deterministic --memory "$1" --svsm-size 16M --trace "$scratch/trace" >"$scratch/out" 2>&1 ||
        { cat "$scratch/out"; fail "it does not run with $1"; }
    grep -a '^start_instructions ' "$scratch/trace" | cut -d' ' -f2
}
small=$(cost 160M) large=$(cost 6G) huge=$(cost 64G)
echo "instructions to the first VMRUN: $small with 160 MiB, $large with 6 GiB, $huge with 64 GiB"
[ "${small:-0}" -gt 0 ] || fail 'nothing was counted'
# Devices have a leaf for each GiB, and at the ends of a range for each 2 MiB, fewer than a thousand. A table of pages that
# is filled took 33 million with 6 GiB.
for more in "$large" "$huge"; do
    [ $((more - small)) -lt 200000 ] || fail "$((more - small)) instructions more than with 160 MiB"
done
