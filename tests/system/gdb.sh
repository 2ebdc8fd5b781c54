#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb.sh ADYTON DEBUGGING-MD: the commands of docs/debugging.md reach process_one_request, with symbols. The commands
# for gdb are taken from the page itself: the lines behind "(gdb) ".
set -u
adyton=$1 page=$2
. "$(dirname "$0")/gdb_session.sh"

sed -n 's/^(gdb) //p' "$page" >"$scratch/commands"
[ "$(wc -l <"$scratch/commands")" -ge 8 ] || wrong 'the page has lost its session'
# The command as printed, and nothing but the page's commands behind it.
eval "timeout 240 gdb -nx -batch $command -x \"\$scratch/commands\"" >"$scratch/gdb" 2>&1
for line in 'start () at .*svsm/boot/start.S' \
    'hit .*reakpoint 1[.0-9]*, svsm::process_one_request (' \
    '^#[0-9]* .*svsm/request/loop.cpp:' \
    'process_one_request.*svsm/request/process.cpp:[0-9]' \
    '^\* vCPU 0  VMPL0  inside' \
    'vCPU 0, VMPL1, VMSA at GPA 0x' \
    '^rip    0000000001000000' \
    '^page at GPA 0x8' \
    '0x00008000000  private, validated, VMPL0 rwus, VMPL1 ----' \
    'guest_main (info='; do
    grep -q -- "$line" "$scratch/gdb" || wrong "gdb did not print '$line'"
done
