#!/bin/sh
# SPDX-License-Identifier: MIT
# many_vcpus.sh ADYTON GUEST VCPUS RESULT...: GUEST runs on VCPUS, ends well and prints every RESULT (grep -E).
set -u
adyton=$1 guest=$2 vcpus=$3
shift 3
fail() {
    echo "$guest on $vcpus vCPUs: $1"
    exit 1
}

output=$("$adyton" run "$guest" --cpus "$vcpus" --timeout 3500 2>&1 </dev/null)
code=$?
printf '%s\n' "$output"
[ "$code" -eq 0 ] || fail "exit code $code; repeat it with $adyton run $guest --cpus $vcpus --timeout 3500"
for result; do
    printf '%s\n' "$output" | grep -qE -- "$result" || fail "the output has no line with \"$result\""
done
