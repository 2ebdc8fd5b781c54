#!/bin/sh
# SPDX-License-Identifier: MIT
# firmware.sh ADYTON CASE ARGUMENTS...: Debian's OVMF, unmodified. `menu`: it validates its memory and comes to its shell.
# `linux`: it starts Debian's kernel, which checks itself and powers off. The first run on a computer fetches both.
set -u
adyton=$1 case=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
shell='UEFI Interactive Shell'
case $case in
    menu) set -- firmware --until "$shell" --timeout 150 "$@" ;;
    linux) set -- linux --firmware debian --timeout 800 "$@" ;;
    *) exit 2 ;;
esac
code=0
"$adyton" run "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
fail() {
    printf 'FAIL: %s\n--- stdout, its end\n' "$*"
    tail -n 120 "$scratch/stdout"
    printf -- '--- stderr\n'
    cat "$scratch/stderr"
    exit 1
}
expect() { grep -qE -- "$1" "$scratch/stdout" || fail "there is no line '$1'"; }
[ "$code" = 0 ] || fail "exit code $code"
if [ "$case" = menu ]; then
    expect "$shell"
    expect '^adyton: success - firmware ran on'
    exit 0
fi
for line in 'efi: EFI v2\.[0-9]+ by Debian distribution of EDK II' 'SEV: SNP running at VMPL[0123]\.' \
    '^# linux: ([0-9]+) of \1 checks passed' '^adyton: success - firmware ran on'; do
    expect "$line"
done
grep -q '^not ok' "$scratch/stdout" && fail 'a check failed'
exit 0
