#!/bin/sh
# SPDX-License-Identifier: MIT
# budget.sh PROGRAM CORPUS RUNS [FINDINGS [SEED]]: what `./adyton test` spends on one fuzz target. The same seed and the
# same corpus every time, so a run that passes passes again; new inputs go to a folder that is thrown away. A finding
# goes where `./adyton fuzz` keeps its own: outside the build, which is deleted more easily.
set -u
program=$1
corpus=$2
runs=$3
case ${XDG_STATE_HOME-} in /*) state=$XDG_STATE_HOME ;; *) state=${HOME:-/tmp}/.local/state ;; esac
findings=${4:-$state/adyton/fuzz/findings}
seed=${5-1}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$corpus" "$findings"
# The reproducer is what a finding leaves behind; a leak check at the end would only cost time.
"$program" -seed="$seed" -runs="$runs" -timeout=120 -rss_limit_mb=2048 -max_len=8192 -len_control=0 -verbosity=0 \
    -detect_leaks=0 -print_final_stats=1 -artifact_prefix="$findings/$(basename "$program")-" "$scratch" "$corpus"
