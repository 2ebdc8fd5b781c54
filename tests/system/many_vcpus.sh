#!/bin/sh
# SPDX-License-Identifier: MIT
# many_vcpus.sh SOURCE BUILD VCPUS build: configures and builds the programs for VCPUS in the folder BUILD.
# many_vcpus.sh SOURCE BUILD VCPUS GUEST RESULT...: they run GUEST on VCPUS, which ends well and prints every RESULT, an
# extended regular expression.
set -u
source=$1 build=$2 vcpus=$3 guest=$4
shift 4
if [ "$guest" = build ]; then
    cmake -S "$source" --preset release -B "$build" -DADYTON_MAX_VCPUS="$vcpus" >/dev/null || exit 1
    exec cmake --build "$build" --target programs
fi

fail() {
    echo "$guest on $vcpus vCPUs: $1"
    exit 1
}

output=$("$build/bin/adyton" run "$guest" --cpus "$vcpus" --timeout 3000 2>&1 </dev/null)
code=$?
printf '%s\n' "$output"
[ "$code" -eq 0 ] || fail "exit code $code; repeat it with $build/bin/adyton run $guest --cpus $vcpus"
for result; do
    printf '%s\n' "$output" | grep -qE -- "$result" || fail "the output has no line with \"$result\""
done
more=$((vcpus + 1))
refusal=$("$build/bin/adyton" run "$guest" --cpus "$more" 2>&1 </dev/null) && fail "--cpus $more is accepted"
printf '%s\n' "$refusal" | grep -q "choose 1 to $vcpus" || fail "--cpus $more is refused for another reason: $refusal"
