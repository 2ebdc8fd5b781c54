#!/bin/sh
# SPDX-License-Identifier: MIT
# page_moves.sh ADYTON: an image starts with either policy, and the boot zeroes the guest's 245 MiB, 31 million steps
# of REP STOS at VMPL0, unless the policy forbids the host to move pages (docs/adr/0027).
set -u
adyton=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { printf 'page_moves.sh: %s\n' "$*"; exit 1; }

steps() { # NAME OPTIONS...: builds the image, runs it, prints the ticks inside VMPL0
    name=$1
    shift
    "$adyton" image build bare "$@" -o "$scratch/$name.igvm" >&2 || return 1
    "$adyton" run "$scratch/$name.igvm" --cpus 1 --deterministic --trace "$scratch/trace" >&2 </dev/null || return 1
    "$adyton" trace "$scratch/trace" | sed -n 's/^ *VMPL0 .* \([0-9][0-9]*\)$/\1/p'
}

move=$(steps move) || fail 'the image whose pages may move did not run'
stay=$(steps stay --no-page-swap) || fail 'the image whose pages stay did not run'
[ "$move" -gt 31000000 ] || fail "pages may move, and VMPL0 took $move steps only: memory was not zeroed"
[ "$stay" -lt 3000000 ] || fail "pages stay, and VMPL0 took $stay steps: more than it needs"
"$adyton" image inspect "$scratch/move.igvm" | grep -q 'guest policy *0x30000$' || fail 'policy of move.igvm'
"$adyton" image inspect "$scratch/stay.igvm" | grep -q 'guest policy *0x2030000$' || fail 'policy of stay.igvm'
