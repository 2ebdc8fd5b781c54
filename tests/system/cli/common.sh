# SPDX-License-Identifier: MIT
# Shared by the tests of the command line: a private place to run in, and what must be true afterwards.

adyton=$1
name=$2
bin=$(dirname "$adyton")
here=$(dirname "$0")

# Everything the program could leave behind lands in $TMPDIR or in the folder it runs in.
scratch=$(mktemp -d)
trap 'chmod -R u+rwX "$scratch"; rm -rf "$scratch"' EXIT
mkdir "$scratch/tmp" "$scratch/work" "$scratch/out"
TMPDIR=$scratch/tmp XDG_STATE_HOME=$scratch/state
export TMPDIR XDG_STATE_HOME
cd "$scratch/work" || exit 1

wrong() {
    printf 'FAIL %s: %s\n' "$name" "$*"
    for file in "$scratch"/out/*; do
        printf -- '--- %s\n' "${file##*/}"
        cat "$file"
    done
    exit 1
}

# Runs adyton with the arguments; leaves its exit code in $code and its output in out/.
observe() {
    code=0
    "$adyton" "$@" >"$scratch/out/stdout" 2>"$scratch/out/stderr" </dev/null || code=$?
}

expect_code() { [ "$code" = "$1" ] || wrong "exit code $code instead of $1"; }
expect_stdout() { grep -qE -- "$1" "$scratch/out/stdout" || wrong "stdout does not match '$1'"; }
expect_stderr() { grep -qE -- "$1" "$scratch/out/stderr" || wrong "stderr does not match '$1'"; }
expect_silence() { [ ! -s "$scratch/out/$1" ] || wrong "$1 is not empty"; }
expect_clean() {
    left=$(find "$scratch/tmp" -mindepth 1)
    [ -z "$left" ] || wrong "left behind: $left"
}

# The program refuses, with one sentence and nothing else.
refused() { # regex arguments...
    sentence=$1
    shift
    observe "$@"
    expect_code 2
    expect_silence stdout
    [ "$(wc -l <"$scratch/out/stderr")" = 1 ] || wrong 'stderr is not one line'
    expect_stderr "^adyton: error: .*$sentence"
    expect_clean
}

# A copy of adyton with a build folder of its own, in which a test puts fuzz targets that do what it wants.
copied_adyton() {
    mkdir -p copy/bin/fuzz && cp "$adyton" copy/bin/ && adyton=$PWD/copy/bin/adyton
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD/copy" >copy/CMakeCache.txt
}
fuzz_target() { # name shell-commands
    printf '#!/bin/sh\n%s\n' "$2" >"copy/bin/fuzz/$1" && chmod +x "copy/bin/fuzz/$1"
}
fuzz_targets() { copied_adyton && fuzz_target elf : && fuzz_target trace :; }
