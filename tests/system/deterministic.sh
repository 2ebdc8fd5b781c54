#!/bin/sh
# SPDX-License-Identifier: MIT
# deterministic.sh ADYTON ARGUMENTS...: two runs with --deterministic print the same bytes.
set -u
adyton=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for i in 1 2; do
    "$adyton" run "$@" --deterministic >"$scratch/$i" 2>&1 </dev/null || { cat "$scratch/$i"; exit 1; }
done
cmp "$scratch/1" "$scratch/2" || { diff "$scratch/1" "$scratch/2"; exit 1; }
grep -q '^adyton: success' "$scratch/1"
