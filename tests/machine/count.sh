#!/bin/sh
# SPDX-License-Identifier: MIT
# count.sh RULES_IMAGE LEAST PROGRAM..: how many rules the programs have. Fails below LEAST, so that none is lost
# unnoticed, and when two have the same name, which run.sh could not tell apart.
set -eu
maker=$1 least=$2
shift 2
names=$(for program; do "$maker" list "$program" | grep -v '^$' | cut -d'|' -f1; done)
count=$(printf '%s\n' "$names" | grep -c .)
twice=$(printf '%s\n' "$names" | sort | uniq -d)
echo "$count rules in $# programs; at least $least"
if [ -n "$twice" ]; then
    echo "two rules have the name: $twice" >&2
    exit 1
fi
if [ "$count" -lt "$least" ]; then
    echo "$count rules are too few: tests/machine/CMakeLists.txt asks for $least" >&2
    exit 1
fi
