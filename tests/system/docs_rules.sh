#!/bin/sh
# SPDX-License-Identifier: MIT
# docs_rules.sh ROOT: every rule of the machine that a page names exists. A page that promises a missing rule would be
# believed. A name is a word in backquotes of four parts or more; Suite.name in other-svsms.md is a unit test.
set -u
cd "$1" || exit 2
rules=$(mktemp) && trap 'rm -f "$rules"' EXIT
grep -ohE '^[A-Z_]*RULE\([a-z0-9_]+' tests/machine/rules/*.cpp | sed 's/.*(//' >"$rules"
bad=0 found=0
for page in docs/machine.md docs/other-svsms.md; do
    for name in $(grep -oE '`[a-z0-9]+(_[a-z0-9]+){3,}`' "$page" | tr -d '`' | sort -u); do
        found=$((found + 1))
        grep -qx "$name" "$rules" || { echo "$page: there is no rule $name" && bad=1; }
    done
done
for name in $(grep -oE '`[A-Z][A-Za-z]+\.[a-z0-9_]+`' docs/other-svsms.md | tr -d '`' | sort -u); do
    grep -rqF "TEST(${name%.*}, ${name#*.})" tests/unit || { echo "docs/other-svsms.md: there is no test $name" && bad=1; }
done
[ $found -gt 15 ] || { echo "only $found names of rules were found" && bad=1; }
exit $bad
