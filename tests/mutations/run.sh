#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [NAME...]: takes checks out of a copy of the SVSM, one at a time (rules.txt), and shows which test notices:
# the unit tests first, then the sequence fuzzer with the budget that `./adyton test` gives it. Exit code 1 when one
# survives. Needs what ./adyton needs; leaves build/mutations behind, so that the next run compiles less.
set -eu
root=$(dirname "$(readlink -f -- "$0")")/../..
root=$(readlink -f -- "$root")
work=$root/build/mutations
tree=$work/tree
log=$work/log
mkdir -p "$tree"

# Files of the index and changes that were not committed yet alike; rules are tried on what is there.
copy() { (cd "$root" && git ls-files -z | xargs -0 tar -cf -) | tar -xf - -C "$tree" --keep-newer-files 2>/dev/null || true; }
build() { ninja -C "$work/build" svsm_tests fuzz_sequence >"$log" 2>&1; }
trim() { printf '%s' "$1" | sed 's/^ *//; s/ *$//'; }

copy
[ -e "$work/build/build.ninja" ] || cmake -S "$tree" -B "$work/build" -G Ninja -DCMAKE_C_COMPILER=clang-19 \
    -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_ASM_COMPILER=clang-19 >"$log"
build || { echo "error: the copy does not build as it is; see $log" >&2; exit 2; }

noticed_by() {
    if ! timeout 300 "$work/build/bin/svsm_tests" --gtest_brief=1 >"$log" 2>&1; then
        printf 'unit test %s' "$(sed -n 's/^\[  FAILED  \] \([^ ]*\).*/\1/p' "$log" | head -n 1)"
    elif ! "$tree/tests/fuzz/budget.sh" "$work/build/bin/fuzz/sequence" "$tree/tests/fuzz/corpus/sequence" \
        3000 "$work/findings" >"$log" 2>&1; then
        printf 'fuzzer: %s' "$(sed -n 's/^FINDING: //p; s/.*ERROR: //p' "$log" | head -n 1)"
    fi
}

survivors=0
while IFS='|' read -r name file from to; do
    name=$(trim "$name") file=$(trim "$file") from=$(trim "$from") to=$(trim "$to")
    case $name in '' | \#*) continue ;; esac
    [ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
    cp "$tree/$file" "$work/original"
    sed "s~$from~$to~" "$work/original" >"$tree/$file"
    if cmp -s "$work/original" "$tree/$file"; then
        verdict='RULE DOES NOT FIT THE SOURCE ANY MORE'
        survivors=$((survivors + 1))
    elif ! build; then
        verdict="DOES NOT COMPILE: $(grep -m 1 'error:' "$log")"
        survivors=$((survivors + 1))
    else
        verdict=$(noticed_by)
        [ -n "$verdict" ] || { verdict=SURVIVED; survivors=$((survivors + 1)); }
    fi
    cp "$work/original" "$tree/$file"
    printf '%-30s %s\n' "$name" "$verdict"
done <"$root/tests/mutations/rules.txt"
[ $survivors = 0 ]
