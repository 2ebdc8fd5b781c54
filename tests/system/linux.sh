#!/bin/sh
# SPDX-License-Identifier: MIT
# linux.sh ADYTON ARGUMENTS...: a distribution's kernel boots, checks itself from inside and powers off. The first run
# on a computer fetches the kernel; without a network it fails and says so. With KEEP=FOLDER the folder gets the log,
# and what the machine recorded: summary.
set -u
adyton=$1
shift
. "$(dirname "$0")/linux_output.sh"
[ -z "${KEEP-}" ] || set -- "$@" --trace "$scratch/trace" --trace-size 256M
code=0
"$adyton" run linux --timeout 800 "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
[ "$code" = 0 ] || fail "exit code $code"
expect_lines 'Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP' 'SEV: SNP running at VMPL[0123]\.' \
    '^# linux: ([0-9]+) of \1 checks passed' '^adyton: success - linux ran on'
grep -q '^not ok' "$scratch/stdout" && fail 'a check failed'
[ "$(grep -c '^ok ' "$scratch/stdout")" -ge 6 ] || fail 'too few checks'
[ -n "${KEEP-}" ] || exit 0
"$adyton" trace "$scratch/trace" >"$scratch/summary" || fail 'the trace cannot be read'
mkdir -p "$KEEP" && mv "$scratch/stdout" "$KEEP/log" && mv "$scratch/summary" "$KEEP/summary"
