#!/bin/sh
# SPDX-License-Identifier: MIT
# hardened.sh ADYTON: what only a running SVSM shows, through gdb: where VMPCK0 is, and what CR4 says.
set -u
adyton=$1 here=$(dirname "$0")
cpus=2
. "$here/gdb_session.sh"
eval "timeout 240 gdb -nx -batch $command -x \"\$here/hardened.py\"" >"$scratch/gdb" 2>&1
for line in '^before: VMPCK0 in 1 page(s) of the region$' \
    '^after: [0-9]\{3,\} pages mapped, VMPCK0 in 0 of them$' \
    '^after: VMPCK0 in 1 page(s) of the region$' \
    '^after: VMPCK0 in 0 page(s) of the guest.s boot region$' \
    '^cr4: SMEP SMAP UMIP$' \
    '^cr0    [0-9a-f]*  cr3    [0-9a-f]*  cr4    0000000000300ef8$'; do
    grep -q -- "$line" "$scratch/gdb" || wrong "gdb did not print '$line'"
done
