#!/bin/sh
# SPDX-License-Identifier: MIT
# required_memory.sh ADYTON REORDER: an image whose region is declared behind its parameter inserts loses the
# parameters, as it does under QEMU, and the SVSM says so with code 12; the image as it was built does not.
set -u
adyton=$1 reorder=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { printf 'required_memory.sh: %s\n' "$*"; exit 1; }

"$adyton" image build bare -o "$scratch/right.igvm" >/dev/null || fail 'no image'
"$reorder" "$scratch/right.igvm" "$scratch/wrong.igvm" || fail 'the image was not changed'
# place FILE WORDS: the line of the listing
place() { "$adyton" image inspect "$scratch/$1" | grep -n "$2" | head -n 1 | cut -d: -f1; }
[ "$(place right.igvm 'required memory')" -lt "$(place right.igvm 'parameter insert')" ] || fail 'order of right.igvm'
[ "$(place wrong.igvm 'required memory')" -gt "$(place wrong.igvm 'parameter insert')" ] || fail 'order of wrong.igvm'

"$adyton" run "$scratch/right.igvm" --cpus 1 --timeout 120 </dev/null >&2 || fail 'right.igvm did not run'
code=0
"$adyton" run "$scratch/wrong.igvm" --cpus 1 --timeout 120 --verbose </dev/null >"$scratch/out" 2>"$scratch/log" || code=$?
cat "$scratch/out"
[ "$code" = 3 ] || fail "wrong.igvm ended with $code instead of 3"
grep -q '(code 12, CPU 0)' "$scratch/out" || fail 'not code 12'
grep -q 'required memory names 2 pages that were loaded; they are empty now' "$scratch/log" || {
    grep 'launch:' "$scratch/log"
    fail 'the machine did not say what was lost'
}
