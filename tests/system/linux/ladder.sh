#!/bin/sh
# SPDX-License-Identifier: MIT
# ladder.sh FOLDER RUNG: one rung of the bring-up ladder (docs/linux.md), judged by the log of a boot with four CPUs and
# the summary of its trace, which linux.sh left in the folder.
set -u
folder=$1 rung=$2

fail() {
    printf 'FAIL %s: %s\n--- summary of the trace\n' "$rung" "$*"
    cat "$folder/summary"
    exit 1
}
said() { grep -qE -- "$1" "$folder/log" || fail "the log has no line '$1'"; }
# counted NAME LEAST: the number behind the words NAME in the summary.
counted() {
    number=$(sed -nE "s/^ *$1 +([0-9]+)( .*)?\$/\\1/p" "$folder/summary" | head -n 1)
    [ "${number:-0}" -ge "$2" ] || fail "'$1' was counted ${number:-0} times, not $2"
}
# exact NAME: what the machine counted for itself, which no full ring buffer can shorten; the last column.
exact() {
    number=$(sed -nE "s/^ *$1 .* ([0-9]+)\$/\\1/p" "$folder/summary" | tail -n 1)
    [ "${number:-0}" -ge "$2" ] || fail "the machine counted '$1' ${number:-0} times, not $2"
}

case $rung in
    # A kernel that knows what it is, and whose ports are exits, exceptions and requests, each of them.
    M4-features)
        said 'Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP'
        counted 'port I\/O' 10000
        counted 'exception' 10000
        counted 'port output 0x3f8' 5000
        ;;
    # The SVSM below it: .bss..decrypted alone is 512 pages, one call each.
    M6-calls)
        said 'SEV: SNP running at VMPL1\.'
        exact calls_pvalidate 512
        exact calls_remap_ca 1
        ;;
    # Memory that guest and host share, asked for in both ways, and user space.
    M7-shared-memory)
        said 'software IO TLB: mapped'
        said '^ok 1 - the kernel runs at the VMPL that was asked for \(VMPL 1\)'
        counted 'run VMPL' 1
        counted 'MSR: page state change' 512
        counted 'page state change' 1
        ;;
    M8-processors)
        said 'smp: Brought up 1 node, 4 CPUs'
        said '^ok [0-9]+ - every processor is up \(4 of 4\)'
        exact calls_create_vcpu 3
        counted 'ap-start' 3
        ;;
    # Local APICs and the I/O APIC: each access is a #VC and a request.
    M9-device-memory)
        counted 'MMIO read' 100
        counted 'MMIO write' 1000
        ;;
    # A disk through bounce buffers, the kernel somewhere else each time, processors that leave and come back.
    M12-disk-and-hotplug)
        said 'EXT4-fs \(vda\): mounted filesystem'
        said '^ok [0-9]+ - a disk can be read and written through shared memory'
        said '^ok [0-9]+ - every other processor leaves and returns'
        exact calls_delete_vcpu 3
        grep -q 'Command line:.* nokaslr' "$folder/log" && fail 'the kernel was told to stay where it is'
        ;;
    *) fail 'there is no such rung' ;;
esac
exit 0
