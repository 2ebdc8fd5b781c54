#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [--prepared] [NAME...]: takes checks out of a copy of the SVSM, one at a time (rules.txt), and shows which test
# fails: the unit tests first, then the sequence fuzzer with the budget that `./adyton test` gives it; runs of the
# machine that the rule names must turn red as well. Exit code 1 when one survives or was not decided, 2 when a rule
# does not fit the source or the copy itself is not fit. Needs what ./adyton needs; leaves build/mutations behind, so
# that the next run compiles less.
#   --check     only checks that every rule fits the source; builds nothing
#   --prepare   only makes the copy, builds it and shows that it passes as it is
#   --prepared  does not do that again
set -eu
root=$(dirname "$(readlink -f -- "$0")")/../..
root=$(readlink -f -- "$root")
rules=$root/tests/mutations/rules.txt
work=$root/build/mutations
tree=$work/tree
build=$tree/build/dev
log=$work/log
# Ends a mutation that would never finish: far longer than any run takes.
longest=1800

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

# Reads one line of the rules into $name, $runs, $file, $from and $to; fails on a line that holds no rule.
read_rule() { # line
    IFS='|' read -r name file from to <<EOF
$1
EOF
    file=$(trim "${file:-}") from=$(trim "${from:-}") to=$(trim "${to:-}")
    case $name in *+*) runs=$(trim "${name#*+}") name=${name%%+*} ;; *) runs= ;; esac
    name=$(trim "$name")
    case $name in '' | \#*) return 1 ;; esac
}
mutate() { sed "s~$from~$to~" "$1"; } # file

# Each rule takes something out, or it would prove nothing: all that do not are named before anything is built.
check_rules() {
    bad=0 names=' ' mutated=$(mktemp) || fail 'cannot make a file'
    trap 'rm -f "$mutated"' EXIT
    complain() { printf 'error: rules.txt: %s: %s\n' "$name" "$*" >&2 && bad=$((bad + 1)); }
    while IFS= read -r line; do
        read_rule "$line" || continue
        case $names in *" $name "*) complain 'the name comes twice' ;; esac
        names="$names$name "
        if [ ! -f "$root/$file" ]; then
            complain "there is no file '$file'"
        elif [ -z "$from" ]; then
            complain 'it does not say what to look for'
        elif ! mutate "$root/$file" >"$mutated"; then
            complain 'sed does not take it'
        elif cmp -s "$root/$file" "$mutated"; then
            complain "nothing in $file is '$from'"
        fi
        for run in $runs; do
            grep -qh "^${run#machine.} *|" "$root"/tests/system/*runs.txt || complain "no run is called '$run'"
        done
    done <"$rules"
    [ "$names" != ' ' ] || { name=all && complain 'there are none'; }
    [ $bad = 0 ] || fail "$bad rules do not fit; tests/mutations/README.md says how a rule is written"
}
build() { ninja -C "$build" "$1" >"$log" 2>&1; } # target

# 0: passes. 1: fails, with the name of the test in $noticed. 2: undecided, with the reason there.
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

# 0: the machine passes. 1: it does not, with the reason in $reason. What a run prints names it.
machine_run() { # name
    ctest --test-dir "$build" -R "^$1\$" --no-tests=error --output-on-failure >"$log" 2>&1 && return 0
    reason=$(sed -n 's/^FAIL: //p' "$log" | head -n 1)
    return 1
}

# What failed, in $verdict; status 0 when a test fails and every run that the rule names.
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
    [ -z "$runs" ] || build programs || { verdict='DOES NOT COMPILE' && return 1; }
    for run in $runs; do
        machine_run "$run" && verdict="$verdict; $run STAYS GREEN" && return 1
        verdict="$verdict; $run: $reason"
    done
}

is_fuzzer_sound=no
check_fuzzer() {
    [ $is_fuzzer_sound = no ] && [ $prepared = no ] || return 0
    build fuzz_sequence || fail "the fuzzer does not build; see $log"
    fuzzer || fail "the fuzzer finds something as it is: $noticed; see $log"
    is_fuzzer_sound=yes
}
is_wanted() { # names...
    [ $# = 0 ] || case " $* " in *" $name "*) ;; *) return 1 ;; esac
}

# A test that fails without any mutation would "notice" every one. The fuzzer is looked at when it is needed.
prepare() { # names...
    rm -f "$work/is-prepared"
    copy
    [ -e "$build/build.ninja" ] || cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-19 \
        -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_ASM_COMPILER=clang-19 >"$log" 2>&1 ||
        fail "the copy cannot be configured; see $log"
    build svsm_tests || fail "the copy does not build as it is; see $log"
    unit_tests || fail "the copy fails as it is: $noticed; see $log"
    while IFS= read -r line; do
        read_rule "$line" && [ -n "$runs" ] && is_wanted "$@" || continue
        build programs || fail "the copy's programs do not build; see $log"
        for run in $runs; do machine_run "$run" || fail "$run fails as it is: $reason; see $log"; done
    done <"$rules"
}

# ---- main

check_rules
[ "${1-}" != --check ] || exit 0
mkdir -p "$work"
# Two runs in one copy would test each other's mutations.
exec 9>"$work/lock"
flock -n 9 || fail 'another run of the mutations is under way'
prepared=no
case ${1-} in
    --prepare) prepare && check_fuzzer && touch "$work/is-prepared" && exit 0 ;;
    --prepared)
        shift
        prepared=yes
        [ -e "$work/is-prepared" ] || fail 'there is no copy yet; run.sh --prepare makes one'
        ;;
    -*) fail "there is no option $1; see the beginning of $0" ;;
    *) prepare "$@" ;;
esac

survivors=0 tried=0
while IFS= read -r line; do
    read_rule "$line" && is_wanted "$@" || continue
    tried=$((tried + 1))
    cp "$tree/$file" "$work/original" && mutate "$work/original" >"$work/mutated"
    cp "$work/mutated" "$tree/$file"
    judge || survivors=$((survivors + 1))
    cp "$work/original" "$tree/$file"
    printf '%-30s %s\n' "$name" "$verdict"
done <"$rules"
[ $tried != 0 ] || fail "no rule is called '$*'"
[ $survivors = 0 ]
