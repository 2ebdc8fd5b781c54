#!/bin/sh
# SPDX-License-Identifier: MIT
# docs_tests.sh ROOT BUILD: every test that a page names is one of ctest's. Readers would believe a page that promises a
# missing test. `Suite.name` and `group.name` in backquotes are names of tests; `Suite.DefectNN_...` and names that end
# in `*` or `-` are beginnings.
set -u
cd "$1" || exit 2
names=$(mktemp) && trap 'rm -f "$names"' EXIT
ctest --test-dir "$2" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$names"
bad=0 found=0
for page in docs/attacks.md docs/security-model.md docs/fuzzing.md docs/conformance.md docs/termination-codes.md \
    docs/page-states.md; do
    for name in $(grep -oE '`([A-Z][A-Za-z0-9]+\.[a-z_0-9]{6,}|(machine|cli|fuzz|linux|ladder|soak|mutations|tree|docs)\.[a-z0-9_-]+\*?)`' "$page" |
        tr -d '`*' | sort -u); do
        found=$((found + 1))
        case $name in *-) grep -qF -- "$name" "$names" ;; *) grep -qxF -- "$name" "$names" ;; esac ||
            { echo "$page: there is no test $name" && bad=1; }
    done
done
[ $found -gt 60 ] || { echo "only $found names of tests were found" && bad=1; }
exit $bad
