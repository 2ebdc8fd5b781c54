#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [NAME...]: takes checks out of a copy of the SVSM, one at a time (rules.txt), and shows which test notices:
# the unit tests first, then the sequence fuzzer with the budget that `./adyton test` gives it. Exit code 1 when one
# survives or was not decided, 2 when the copy itself is not fit. Needs what ./adyton needs; leaves build/mutations
# behind, so that the next run compiles less.
set -eu
root=$(dirname "$(readlink -f -- "$0")")/../..
root=$(readlink -f -- "$root")
work=$root/build/mutations
tree=$work/tree
build=$tree/build/dev
log=$work/log
# Only there so that a mutation which waits for ever comes to an end: far longer than anything takes.
longest=1800
mkdir -p "$work"

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}
trim() { printf '%s' "$1" | sed 's/^ *//; s/ *$//'; }

# What is committed and what is not yet, alike. A file that differs is written anew, with the time of now: one that an
# interrupted run left mutated is newer than the object that was made of it.
copy() {
    git -C "$root" ls-files --cached --others --exclude-standard >"$work/files" || fail 'git does not list the files'
    [ -s "$work/files" ] || fail 'git lists no files'
    while IFS= read -r file; do
        cmp -s "$root/$file" "$tree/$file" && continue
        mkdir -p "$tree/$(dirname "$file")" || fail "cannot make a folder for $file"
        cp "$root/$file" "$tree/$file" || fail "cannot copy $file"
    done <"$work/files"
}
build() { ninja -C "$build" "$1" >"$log" 2>&1; } # target

# 0: passes. 1: notices, with the name of the test in $noticed. 2: cannot tell, with the reason there.
unit_tests() {
    code=0
    timeout $longest "$build/bin/svsm_tests" --gtest_fail_fast >"$log" 2>&1 || code=$?
    case $code in
        0) return 0 ;;
        124) noticed="the unit tests hang in $(sed -n 's/^\[ RUN      \] //p' "$log" | tail -n 1)" && return 2 ;;
    esac
    # The last that began: a crash has no line that says FAILED.
    noticed=$(sed -n 's/^\[ RUN      \] //p' "$log" | tail -n 1)
    failed=$(sed -n 's/^\[  FAILED  \] \([^ ,]*\.[^ ,]*\).*/\1/p' "$log" | head -n 1)
    noticed="unit test ${failed:-$noticed}"
    return 1
}

runs=$(sed -n '/add_fuzzer(sequence/,/)/s/.*RUNS \([0-9]*\).*/\1/p' "$root/tests/fuzz/CMakeLists.txt")
[ -n "$runs" ] || fail 'tests/fuzz/CMakeLists.txt does not say how many games the fuzzer plays'
fuzzer() {
    code=0
    timeout $longest "$tree/tests/fuzz/budget.sh" "$build/bin/fuzz/sequence" "$tree/tests/fuzz/corpus/sequence" \
        "$runs" "$work/findings" >"$log" 2>&1 || code=$?
    [ $code != 0 ] || return 0
    noticed=$(sed -n 's/^FINDING: //p; s/.*ERROR: AddressSanitizer: /AddressSanitizer: /p' "$log" | head -n 1)
    [ -n "$noticed" ] || { noticed="the fuzzer ended with status $code: $(tail -n 1 "$log")" && return 2; }
    noticed="fuzzer: $noticed"
    return 1
}

# Who notices, in $verdict; status 0 when somebody does.
judge() {
    status=0
    verdict='DOES NOT COMPILE'
    build svsm_tests || return 1
    unit_tests || status=$?
    if [ $status = 0 ]; then
        cp "$work/original" "$tree/$file" && check_fuzzer && cp "$work/mutated" "$tree/$file"
        build fuzz_sequence || return 1
        fuzzer || status=$?
    fi
    case $status in
        0) verdict=SURVIVED && return 1 ;;
        1) verdict=$noticed ;;
        *) verdict="UNDECIDED: $noticed" && return 1 ;;
    esac
}

copy
[ -e "$build/build.ninja" ] || cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-19 \
    -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_ASM_COMPILER=clang-19 >"$log" 2>&1 ||
    fail "the copy cannot be configured; see $log"
# A test that fails without any mutation would "notice" every one. The fuzzer is looked at when it is needed.
build svsm_tests || fail "the copy does not build as it is; see $log"
unit_tests || fail "the copy fails as it is: $noticed; see $log"
is_fuzzer_sound=no
check_fuzzer() {
    [ $is_fuzzer_sound = no ] || return 0
    build fuzz_sequence || fail "the fuzzer does not build; see $log"
    fuzzer || fail "the fuzzer finds something as it is: $noticed; see $log"
    is_fuzzer_sound=yes
}

survivors=0 tried=0
while IFS='|' read -r name file from to; do
    name=$(trim "$name") file=$(trim "${file:-}") from=$(trim "${from:-}") to=$(trim "${to:-}")
    case $name in '' | \#*) continue ;; esac
    [ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
    tried=$((tried + 1))
    cp "$tree/$file" "$work/original" || fail "$name: there is no $file"
    sed "s~$from~$to~" "$work/original" >"$work/mutated" || fail "$name is not a rule for sed"
    if cmp -s "$work/original" "$work/mutated"; then
        verdict='RULE DOES NOT FIT THE SOURCE ANY MORE'
        survivors=$((survivors + 1))
    else
        cp "$work/mutated" "$tree/$file"
        judge || survivors=$((survivors + 1))
    fi
    cp "$work/original" "$tree/$file"
    printf '%-30s %s\n' "$name" "$verdict"
done <"$root/tests/mutations/rules.txt"
[ $tried != 0 ] || fail "no rule is called '$*'"
[ $survivors = 0 ]
