#!/bin/sh
# SPDX-License-Identifier: MIT
# debian.sh ADYTON CASE ARGUMENTS...: a whole Debian behind OVMF. `checks`: it checks itself and powers off. `raw` and
# `qcow2`: its disk as an image of a user's, as far as the login. The first run on a computer makes the disk.
set -u
adyton=$1 case=$2
shift 2
. "$(dirname "$0")/linux_output.sh"
login='adyton login: root'
disk=${XDG_CACHE_HOME:-$HOME/.cache}/adyton/system/trixie/system.img

big_endian() { # bytes, value
    digits=$(printf "%0$(($1 * 2))x" "$2")
    while [ -n "$digits" ]; do
        rest=${digits#??}
        # shellcheck disable=SC2059
        printf "\\$(printf %03o $((0x${digits%"$rest"})))"
        digits=$rest
    done
}

# A qcow2 with nothing of its own: all it has lies in the raw disk. [QEMU docs/interop/qcow2.txt]
write_qcow2() { # base
    cluster=65536 size=$(stat -c %s "$1")
    {
        printf 'QFI\373'
        big_endian 4 2
        big_endian 8 104 && big_endian 4 ${#1} # the base's name
        big_endian 4 16 && big_endian 8 "$size" && big_endian 4 0
        big_endian 4 $((size / (cluster * cluster / 8) + 1)) && big_endian 8 $cluster
        big_endian 8 $((2 * cluster)) && big_endian 4 1
        big_endian 4 0 && big_endian 8 0
        big_endian 4 $((0xe2792aca)) && big_endian 4 3 && printf 'raw\0\0\0\0\0' && big_endian 8 0 && big_endian 8 0
        printf '%s' "$1"
    } >"$scratch/header"
    truncate -s $((4 * cluster)) "$scratch/cloud.img"
    dd if="$scratch/header" of="$scratch/cloud.img" conv=notrunc 2>/dev/null
    big_endian 8 $((3 * cluster)) | dd of="$scratch/cloud.img" bs=$cluster seek=2 conv=notrunc 2>/dev/null
    for count in 1 1 1 1; do big_endian 2 $count; done |
        dd of="$scratch/cloud.img" bs=$cluster seek=3 conv=notrunc 2>/dev/null
}

case $case in
    checks) set -- debian --timeout 1500 "$@" ;;
    raw) set -- firmware --disk "$disk,snapshot" --until "$login" --memory 1G --timeout 1500 "$@" ;;
    qcow2)
        write_qcow2 "$disk"
        set -- firmware --disk "$scratch/cloud.img,snapshot,format=qcow2" --until "$login" --memory 1G --timeout 1500 \
            "$@"
        ;;
    *) exit 2 ;;
esac
code=0
"$adyton" run "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
[ "$code" = 0 ] || fail "exit code $code"
expect_lines "$login"
if [ "$case" != checks ]; then
    expect_lines '^adyton: success - firmware ran on'
    exit 0
fi
expect_lines 'SEV: SNP running at VMPL[0123]\.' '^ok 1 - systemd has started everything \(running\)' \
    '^ok 2 - no unit has failed' '^# debian: ([0-9]+) of \1 checks passed' '^adyton: success - debian ran on'
exit 0
