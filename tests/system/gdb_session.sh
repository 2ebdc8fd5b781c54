#!/bin/sh
# SPDX-License-Identifier: MIT
# For scripts to read: runs the demo, stopped for gdb, and ends it with the script. Before: $adyton and, if it matters, $cpus.
# After: $command, gdb's arguments as adyton printed them; $machine, the process; $scratch, a folder whose file gdb is the
# session's output and run the machine's; and the function wrong, which shows both and fails.
scratch=$(mktemp -d)
machine=
# Kills our own run if the session could not.
cleanup() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT
wrong() {
    printf 'FAIL: %s\n--- gdb\n' "$*"
    cat "$scratch/gdb"
    printf -- '--- adyton\n'
    cat "$scratch/run"
    exit 1
}
: >"$scratch/gdb"
"$adyton" run demo --cpus "${cpus:-4}" --gdb 0 >"$scratch/run" 2>&1 </dev/null &
machine=$!
tries=0
until grep -q '^  gdb ' "$scratch/run"; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || wrong 'no command for gdb was printed'
    kill -0 $machine 2>/dev/null || wrong 'the machine ended early'
    sleep 0.1
done
command=$(sed -n 's/^  gdb //p' "$scratch/run")
