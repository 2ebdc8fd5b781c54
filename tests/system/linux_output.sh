#!/bin/sh
# SPDX-License-Identifier: MIT
# For scripts to read: $scratch, a folder for a run's files stdout and stderr; the function fail, which shows both and
# ends the script; expect_lines, which fails for the first pattern that no line of stdout has.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'FAIL: %s\n--- stdout, its end\n' "$*"
    tail -n 120 "$scratch/stdout"
    printf -- '--- stderr\n'
    cat "$scratch/stderr"
    exit 1
}
expect_lines() {
    for line in "$@"; do
        grep -qE -- "$line" "$scratch/stdout" || fail "there is no line '$line'"
    done
}
