#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh ADYTON EXIT-CODE EXPECTATIONS ARGUMENTS...: one run of the machine; EXPECTATIONS are regular expressions for
# stdout, or for stderr behind "2> ", separated by " && ".
set -u
adyton=$1 wanted=$2 expectations=$3
shift 3
case " $* " in *' --timeout '*) ;; *) set -- "$@" --timeout 120 ;; esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
code=0
"$adyton" run "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
fail() {
    printf 'FAIL: %s\n--- stdout\n' "$*"
    cat "$scratch/stdout"
    printf -- '--- stderr\n'
    cat "$scratch/stderr"
    exit 1
}
[ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted"
# A wrong run is explained on stderr, a right one is silent there, but for what the machine had to refuse on the way.
[ "$wanted" = 0 ] && grep -qv '^adyton: note: ' "$scratch/stderr" && fail 'a successful run wrote to stderr'
[ "$wanted" != 0 ] && [ ! -s "$scratch/stderr" ] && fail 'a failed run gave no diagnosis'
while [ -n "$expectations" ]; do
    expectation=${expectations%% && *}
    case $expectations in *' && '*) expectations=${expectations#* && } ;; *) expectations= ;; esac
    stream=stdout
    case $expectation in '2> '*) stream=stderr expectation=${expectation#2> } ;; esac
    grep -qE -- "$expectation" "$scratch/$stream" || fail "$stream does not match '$expectation'"
done
exit 0
