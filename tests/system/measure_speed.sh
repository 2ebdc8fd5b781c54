#!/bin/sh
# SPDX-License-Identifier: MIT
# measure_speed.sh ADYTON: `image measure` of 64 MiB of data pages takes at most 1.5 times as long as `openssl dgst -sha384`
# of the same file. The two run in turns, so that what else the computer does slows both; the best of each counts.
set -u
adyton=$1
most=150 # percent
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
command -v openssl >/dev/null || { echo 'FAIL: openssl is missing: apt-get install openssl'; exit 1; }

# A guest of 64 MiB without a page of zeros: an ELF file with one segment, behind its two headers.
python3 - "$scratch/large.elf" <<'END' || exit 1
import struct, sys
size, base = 64 << 20, 0x1000000
header = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\x02\x01\x01', 2, 62, 1, base, 64, 0, 0, 64, 56, 1, 64, 0, 0)
segment = struct.pack('<IIQQQQQQ', 1, 5, 4096, base, base, size, size, 4096)
with open(sys.argv[1], 'wb') as file:
    file.write((header + segment).ljust(4096, b'\0'))
    file.write(bytes(range(1, 256)) * (size // 255 + 1))
    file.truncate(4096 + size)
END
"$adyton" image build "$scratch/large.elf" -o "$scratch/large.igvm" >/dev/null || exit 1

nanoseconds() { # words...: of one run
    begin=$(date +%s%N)
    "$@" >/dev/null || exit 1
    echo $(($(date +%s%N) - begin))
}
least_of() { [ -z "$1" ] || [ "$2" -lt "$1" ] && echo "$2" || echo "$1"; }

ours='' theirs=''
for round in 1 2 3 4 5 6 7 8; do
    theirs=$(least_of "$theirs" "$(nanoseconds openssl dgst -sha384 "$scratch/large.igvm")")
    ours=$(least_of "$ours" "$(nanoseconds "$adyton" image measure -q "$scratch/large.igvm")")
done
percent=$((ours * 100 / theirs))
echo "image measure $((ours / 1000000)) ms, openssl dgst -sha384 $((theirs / 1000000)) ms: $percent % after $round rounds"
[ "$percent" -le $most ] || { echo "FAIL: more than $most %"; exit 1; }
