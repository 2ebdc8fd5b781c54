#!/bin/sh
# SPDX-License-Identifier: MIT
# firmware.sh ADYTON CASE ARGUMENTS...: Debian's OVMF, unmodified. `menu`: it validates its memory and comes to its shell.
# `linux FIRMWARE`: it starts Debian's kernel, which checks itself and powers off. `no-loader`: its disk is empty. The first
# run on a computer fetches firmware and kernel.
set -u
adyton=$1 case=$2
shift 2
. "$(dirname "$0")/linux_output.sh"
shell='UEFI Interactive Shell'
case $case in
    menu) set -- firmware --until "$shell" --timeout 150 "$@" ;;
    linux) set -- linux --timeout 800 --firmware "$@" ;;
    no-loader)
        truncate -s 16M "$scratch/disk"
        set -- firmware --disk "$scratch/disk" --timeout 300 "$@"
        ;;
    *) exit 2 ;;
esac
code=0
"$adyton" run "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
if [ "$case" = no-loader ]; then
    [ "$code" = 1 ] || fail "exit code $code"
    expect_lines 'found no boot loader on its disks, and waits in its shell'
    exit 0
fi
[ "$code" = 0 ] || fail "exit code $code"
if [ "$case" = menu ]; then
    expect_lines "$shell" '^adyton: success - firmware ran on'
    exit 0
fi
expect_lines 'efi: EFI v2\.[0-9]+ by Debian distribution of EDK II' 'SEV: SNP running at VMPL[0123]\.' \
    '^# linux: ([0-9]+) of \1 checks passed' '^adyton: success - firmware ran on'
grep -q '^not ok' "$scratch/stdout" && fail 'a check failed'
exit 0
