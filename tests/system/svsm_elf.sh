#!/bin/sh
# SPDX-License-Identifier: MIT
# svsm_elf.sh SVSM-ELF OBJDUMP: what the shipped program is made of. docs/security-model.md promises it.
set -u
elf=$1 objdump=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'FAIL: %s\n' "$*"
    exit 1
}

# Segments: "    LOAD off ... align ..." and on the next line "         filesz ... memsz ... flags r-x".
"$objdump" -p "$elf" >"$scratch/headers" || fail "$objdump cannot read $elf"
[ "$(grep -c 'flags ' "$scratch/headers")" -ge 4 ] || fail 'the program headers were not understood'
grep -q 'flags rwx' "$scratch/headers" && fail 'a segment is writable and executable'
[ "$(grep -c 'flags r-x' "$scratch/headers")" = 1 ] || fail 'there is more than one segment of code, or none'

"$objdump" -d --no-show-raw-insn --no-leading-addr "$elf" >"$scratch/code" || fail 'no disassembly'
awk -v fail="$scratch/wrong" '
    # <name>:
    /^<.*>:$/ || /^[0-9a-f]+ <.*>:$/ { name = $NF; guarded = 0; next }
    NF == 0 { next }
    {
        gsub(/^[ \t]+/, "")
        indirect = $0 ~ /^(call|jmp)q?[ \t]+\*/
        if (indirect && $0 ~ /^jmp/) print name " jumps through a register or a table: " $0 >fail
        else if (indirect && previous !~ /^ud2/) print name " calls without a look at the type: " $0 >fail
        else if (indirect) calls++
        if ($0 ~ /__stack_chk_guard/) reads[name] = 1
        if ($0 ~ /^call.*__stack_chk_fail/ || $0 ~ /^j.*__stack_chk_fail/) checks[name] = 1
        previous = $0
    }
    END {
        for (name in reads) if (name in checks) frames++
        printf "calls %d\nframes %d\n", calls, frames
    }' "$scratch/code" >"$scratch/counts"
cat "$scratch/counts"
[ -e "$scratch/wrong" ] && { cat "$scratch/wrong"; fail 'a jump or call is not guarded'; }
calls=$(sed -n 's/^calls //p' "$scratch/counts") frames=$(sed -n 's/^frames //p' "$scratch/counts")
[ "$calls" -ge 1 ] || fail 'no indirect call was seen; the boot has one for its list of steps'
[ "$frames" -ge 5 ] || fail "only $frames functions guard their frames"
exit 0
