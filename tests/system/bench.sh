#!/bin/sh
# SPDX-License-Identifier: MIT
# bench.sh ADYTON BUDGET: the budget is kept; two runs count the same; ten instructions more would be noticed.
set -u
adyton=$1 budget=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
wrong() {
    printf 'FAIL: %s\n' "$*"
    cat "$scratch/stdout" "$scratch/stderr"
    exit 1
}
bench() { "$adyton" bench --quick "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null; }

bench --json "$scratch/first.json" --plot "$scratch/plot.svg" || wrong 'the budget is exceeded'
cat "$scratch/stdout"
awk 'length > 80 { exit 1 }' "$scratch/stdout" || wrong 'a line is longer than 80 columns'
grep -q '</svg>' "$scratch/plot.svg" || wrong 'no picture'
for name in call.query_protocol call.remap_ca call.pvalidate.4k.per_entry call.pvalidate.2m.per_entry \
    call.pvalidate.4k.per_entry.zeroing ap_start.per_ap boot.total image.bytes memory.bytes.4cpus; do
    grep -q "\"name\": \"$name\"" "$scratch/first.json" || wrong "no result $name"
done

# The limit that the call path would have exceeded, had it ten instructions more than allowed.
counted=$(awk '$1 == "call.query_protocol" { print $2 }' "$scratch/stdout")
sed "s/^\"call.query_protocol\" = [0-9]*$/\"call.query_protocol\" = $((counted - 10))/" "$budget" >"$scratch/tight.toml"
bench --json - --budget "$scratch/tight.toml" --compare "$scratch/first.json"
[ $? = 1 ] || wrong 'ten instructions more than the budget are not noticed'
mv "$scratch/stdout" "$scratch/second.json" # which had stdout for itself
grep -q "call.query_protocol .*(+10)" "$scratch/stderr" || wrong 'the difference is not told'
grep -q 'bench --accept' "$scratch/stderr" || wrong 'how to accept it is not told'
cmp "$scratch/first.json" "$scratch/second.json" || wrong 'two runs count differently'

ln -s flame "$scratch/flame.svg"
# The profile counts the same: a guest that does nothing but QUERY_PROTOCOL, by call stack and by entry.
"$adyton" profile storm --svg "$scratch/flame.svg" >"$scratch/stdout" 2>"$scratch/stderr" || wrong 'no profile'
profiled=$(awk '/ steps of REP STOS in / { print $1, $(NF - 3) }' "$scratch/stdout")
alone=$(sed -n '/"call.query_protocol.1cpus"/,/value/s/.*"value": \([0-9]*\).*/\1/p' "$scratch/first.json")
# The first entry comes back into the launch, not into the loop: what that costs is there once, and is less than a call.
# One instruction more in every call would be twenty thousand.
echo "$profiled" | awk -v alone="$alone" '{ once = $1 - alone * $2; exit !($2 > 1000 && once >= 0 && once < alone) }' ||
    wrong "the profile has $profiled instructions and calls, the bench $alone for a call"
[ -L "$scratch/flame.svg" ] || wrong 'the link to the flame graph was replaced'
grep -q 'svsm::process_one_request' "$scratch/stdout" || wrong 'the profile does not know process_one_request'
grep -q '<title>svsm::process_one_request: ' "$scratch/flame.svg" || wrong 'nor does the flame graph'

bench --budget "$scratch/tight.toml" --accept || wrong 'the budget cannot be accepted'
grep -q "^\"call.query_protocol\" = $counted$" "$scratch/tight.toml" || wrong 'the budget was not written'
