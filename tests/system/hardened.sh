#!/bin/sh
# SPDX-License-Identifier: MIT
# hardened.sh ADYTON: what can only be seen in a running SVSM, through gdb: where VMPCK0 is, and what CR4 says.
set -u
adyton=$1 here=$(dirname "$0")
scratch=$(mktemp -d)
machine=
# Kills our own run if the session could not.
cleanup() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT
wrong() {
    printf 'FAIL: %s\n--- gdb\n' "$*"
    cat "$scratch/gdb"
    printf -- '--- adyton\n'
    cat "$scratch/run"
    exit 1
}
: >"$scratch/gdb"
"$adyton" run demo --cpus 2 --gdb 0 >"$scratch/run" 2>&1 </dev/null &
machine=$!
tries=0
until grep -q '^  gdb ' "$scratch/run"; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || wrong 'no command for gdb was printed'
    kill -0 $machine 2>/dev/null || wrong 'the machine ended early'
    sleep 0.1
done
command=$(sed -n 's/^  gdb //p' "$scratch/run")
eval "timeout 240 gdb -nx -batch $command -x \"\$here/hardened.py\"" >"$scratch/gdb" 2>&1
for line in '^before: VMPCK0 in 1 page(s) of the region$' \
    '^after: [0-9]\{3,\} pages mapped, VMPCK0 in 0 of them$' \
    '^after: VMPCK0 in 1 page(s) of the region$' \
    '^after: VMPCK0 in 0 page(s) of the guest.s boot region$' \
    '^cr4: SMEP SMAP UMIP$' \
    '^cr0    [0-9a-f]*  cr3    [0-9a-f]*  cr4    0000000000300e68$'; do
    grep -q -- "$line" "$scratch/gdb" || wrong "gdb did not print '$line'"
done
