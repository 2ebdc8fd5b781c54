#!/bin/sh
# SPDX-License-Identifier: MIT
# misuse.sh ADYTON CASE: one way to use the program wrongly. Exit code 2, one sentence, nothing left behind.
# CMake reads the names of the cases from this file.
set -u
. "$(dirname "$0")/common.sh"

demo=$bin/guests/demo.elf
# A copy of the demo guest with other bytes at an offset of its ELF header.
patched() { # file offset octal-escapes
    cp "$demo" "$1" && chmod u+w "$1"
    # shellcheck disable=SC2059
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

case $name in
    cpus-0) refused '--cpus 0 is not possible; choose 1 to 254' run --cpus 0 ;;
    cpus-255) refused '--cpus 255 is not possible; choose 1 to 254: QEMU has APIC ids for 255 CPUs' run --cpus 255 ;;
    cpus-1000) refused '--cpus 1000 is not possible; choose 1 to 254' run --cpus 1000 ;;
    cpus-beyond-64-bits) refused '--cpus 99999999999999999999 is not possible' run --cpus 99999999999999999999 ;;
    cpus-negative) refused 'cpus' run --cpus -1 ;;
    cpus-text) refused '--cpus four is not possible' run --cpus four ;;
    cpus-empty) refused 'cpus' run --cpus= ;;
    vmpl-0) refused '--vmpl 0 runs the guest without an SVSM; leave out --svsm, --svsm-size, --svsm-at and --own-report' run --vmpl 0 --svsm-size 8M ;;
    launch-rights) refused '--launch-rights rwx is not possible; choose none, all, or letters of rwus' run --launch-rights rwx ;;
    host-data) refused '--host-data 12 is not possible; write 32 bytes as 64 hexadecimal digits' run --host-data 12 ;;
    vmpl-0-profile) refused 'profile counts the SVSM, and with --vmpl 0 there is none' profile --vmpl 0 ;;
    vmpl-4) refused '--vmpl 4 is not possible; choose 0 to 3' run --vmpl 4 ;;
    own-report-word) refused '--own-report tcb=3 is not possible; choose off, or least versions as fmc=N' run --own-report tcb=3 ;;
    own-report-twice) refused '--own-report names snp twice' image build --own-report snp=1,snp=2 -o out ;;
    own-report-number) refused '--own-report snp 256 is not possible; choose 1 to 255' run --own-report snp=256 ;;
    vmpl-0-own-report) refused 'leave out --svsm, --svsm-size, --svsm-at and --own-report' run --vmpl 0 --own-report off ;;
    memory-too-little) refused '--memory 64M is too little' run --memory 64M ;;
    memory-just-too-little) refused '--memory 159M is too little' run --memory 159M ;;
    memory-text) refused 'is not a size' run --memory lots ;;
    memory-fraction) refused 'whole number of MiB' run --memory 262145K ;;
    memory-overflow) refused 'does not fit into 64 bits' run --memory 99999999999G ;;
    memory-beyond-machine) refused 'more than' run --memory 2048G ;;
    memory-beyond-host) ulimit -v 4000000 && refused 'allocate memory' run --memory 8G ;;
    timeout-0) refused '--timeout 0 is not possible' run --timeout 0 ;;
    timeout-text) refused '--timeout soon is not possible' run --timeout soon ;;
    c-bit-63) refused '--c-bit 63 is not possible' run --c-bit 63 ;;
    sev-features-unknown) refused "no SEV feature 'fast'" run --sev-features fast ;;
    sev-features-refused) refused '--sev-features vtom is not possible' image build --sev-features vtom -o out ;;
    cpu-features-unknown) refused "no CPU feature 'avx512'; choose from: xsave pku cx16" run --cpu-features avx512 ;;
    cpu-features-need-each-other) refused 'pku needs xsave as well' run --cpu-features pku ;;
    sev-features-linux) refused 'Linux does not support restricted injection' run linux --sev-features restricted-injection ;;
    c-bit-of-another-image)
        "$adyton" image build bare --c-bit 51 -o epyc.igvm >/dev/null
        refused 'epyc.igvm was built for C-bit 51, and --c-bit asks for a machine that has 47' run epyc.igvm --c-bit 47
        ;;
    c-bit-below-memory)
        observe run bare --memory 4G --c-bit 32 --cpus 1
        expect_code 2
        expect_stderr 'the machine cannot have C-bit 32: '
        ;;
    host-property-unknown) refused "'e820-hole,nice' is no list of host properties" run --host-property e820-hole,nice ;;
    adversary-unknown) refused "no adversary 'nice'" run --adversary nice ;;
    long-list-on-a-terminal)
        NO_COLOR=1 script -qec "'$adyton' run --adversary nice" /dev/null </dev/null | tr -d '\r' >lines
        grep -q "^adyton: error: there is no adversary 'nice'; choose one of: " lines || wrong 'no sentence'
        [ "$(wc -l <lines)" -gt 3 ] || wrong 'the list is not folded'
        awk 'length > 80 { exit 1 }' lines || wrong 'a line is longer than 80 columns'
        ;;
    trace-size-alone) refused 'name a file with --trace' run --trace-size 8M ;;
    trace-size-tiny) refused '--trace-size 1K is not possible' run --trace t --trace-size 1K ;;
    trace-into-nowhere) refused 'cannot write ./nosuch/t: No such file' run --trace ./nosuch/t ;;
    trace-into-a-folder) refused 'it is a folder' run --trace . ;;
    trace-of-nothing) refused 'cannot read nosuch.trace' trace nosuch.trace ;;
    trace-of-another-file) refused 'is not a trace' trace "$demo" ;;
    command-unknown) refused "there is no command 'fly'; see adyton --help\$" fly ;;
    completion-unknown) refused "no completion for 'fish'; choose one of: bash zsh" completion fish ;;
    option-unknown) refused 'not expected: --fast; see adyton run --help$' run --fast ;;
    option-before-its-command) refused 'not expected: --cpus; see adyton --help$' --cpus run ;;
    option-of-a-command-below) refused '--fast; see adyton image build --help$' image build -o x --fast ;;
    command-below-missing) refused "'adyton image' needs one more word; see adyton image --help\$" image ;;
    command-below-unknown) refused 'see adyton image --help$' image burn ;;
    option-value-missing) refused '--cpus needs a value; see adyton run --help$' run --cpus ;;
    file-missing) refused 'FILE is missing; see adyton trace --help$' trace ;;
    argument-too-many) refused 'demo; see adyton run --help$' run demo demo ;;

    out-elsewhere) refused "--out belongs to the guest 'linux' and to images" run demo --out out ;;
    out-deterministic) refused '--out is a disk of one run; leave out --deterministic' run linux --deterministic --out out ;;
    out-in-nowhere)
        "$adyton" image build bare -o bare.igvm >/dev/null
        refused '--out nosuch/out: there is no folder nosuch' run bare.igvm --out nosuch/out
        ;;
    out-not-empty)
        "$adyton" image build bare -o bare.igvm >/dev/null && mkdir out && touch out/mine
        refused '--out out is not empty; name a new folder' run bare.igvm --out out
        ;;
    nonce-without-out) refused '--nonce goes to the guest over the disk of --out' run linux --nonce aa ;;
    nonce-short) refused '--nonce aa is neither 128 hexadecimal digits nor a file' run linux --nonce aa --out out ;;
    firmware-elsewhere) refused "--firmware FILE belongs to the guests 'firmware' and 'linux'" run demo --firmware debian ;;
    firmware-of-an-image) refused "write adyton image build firmware" image build demo --firmware debian -o out ;;
    firmware-place) refused "takes a file, or debian" run firmware --firmware 0xffc00000,4M ;;
    firmware-missing) refused 'cannot read nosuch: No such file' run firmware --firmware nosuch ;;
    firmware-empty) : >f && refused 'f is not a firmware for SEV-SNP: a firmware file is whole pages' run firmware --firmware f ;;
    firmware-one-byte) printf x >f && refused 'whole pages of 4 KiB, and at most 16 MiB of them' run firmware --firmware f ;;
    firmware-odd) truncate -s 4097 f && refused 'whole pages of 4 KiB' run firmware --firmware f --vmpl 0 ;;
    firmware-17m) truncate -s 17M f && refused 'at most 16 MiB' image build firmware --firmware f -o out ;;
    firmware-zeros) truncate -s 4M f && refused "does not end with OVMF's table of blocks" run firmware --firmware f ;;
    firmware-release) refused "cannot be a release of Debian" run firmware --firmware debian:../x ;;
    firmware-initrd-alone) refused 'without a kernel the firmware starts from a disk' run firmware --initrd "$demo" ;;
    firmware-kernel-and-disk) : >d && refused 'starts the kernel of --kernel and looks at no disk' run firmware --kernel "$demo" --disk d ;;
    kernel-hashes-word) refused '--kernel-hashes yes is not possible; choose on or off' run linux --firmware debian --kernel-hashes yes ;;
    kernel-hashes-alone) refused '--kernel-hashes covers a kernel that firmware starts without a disk' run firmware --kernel-hashes on ;;
    kernel-hashes-elsewhere) refused '--kernel-hashes belongs to firmware' run linux --kernel-hashes on ;;
    kernel-hashes-of-an-image) refused '--kernel-hashes belongs to a kernel behind firmware' image build firmware --kernel-hashes on -o out ;;
    firmware-loader) refused '--loader runs before a kernel that no firmware starts' run linux --firmware debian --loader "$demo" ;;
    firmware-memory) refused '--memory 159M is too little' run firmware --memory 159M ;;
    firmware-memory-of-devices) refused '--memory 2500M is not possible with firmware; choose up to 2G' run firmware --memory 2500M ;;
    firmware-trace) refused '--trace-size 1G leaves firmware too little low memory; choose at most 64M' run firmware --memory 3G --trace t --trace-size 1G ;;
    firmware-no-svsm) refused '--vmpl 0 runs the guest without an SVSM' run firmware --vmpl 0 --svsm-size 8M ;;
    firmware-gapped-ids) refused 'firmware is told APIC ids without gaps' run firmware --host-property gapped-apic-ids ;;
    debian-kernel) refused 'command line are on the disk; leave out --kernel' run debian --append quiet ;;
    debian-loader) refused "--loader lilo is not possible with the guest 'debian'" run debian --loader lilo ;;
    debian-deterministic) refused "its disk answers when the host does" run debian --deterministic ;;
    debian-out) refused "for the checks of the guest 'linux'" run debian --out out ;;
    debian-pipe) refused '--interactive wants a terminal' run debian --interactive ;;
    debian-release) refused 'cannot be a release of Debian' run debian --release ../x ;;
    debian-image) refused 'write adyton image build firmware' image build debian -o out ;;
    svsm-at-elsewhere) refused '--svsm-at belongs to firmware' run demo --svsm-at 0x8000000 ;;
    svsm-at-odd) refused '--svsm-at 0x8001000 is not possible; write a multiple of 2 MiB' run firmware --svsm-at 0x8001000 ;;
    svsm-at-low) refused '--svsm-at 0x200000 is not possible' run firmware --svsm-at 0x200000 ;;
    linux-option-elsewhere) refused "belong to the guest 'linux'" run demo --kernel k ;;
    linux-kernel-missing) refused 'cannot read nosuch' run linux --kernel nosuch --initrd "$demo" ;;
    linux-loader-elsewhere) refused "belong to the guest 'linux'" run demo --loader "$demo" ;;
    linux-loader-missing) refused 'cannot read nosuch' run linux --loader nosuch --kernel "$demo" --initrd "$demo" ;;
    linux-loader-empty) : >l && refused 'l is empty' run linux --loader l --kernel "$demo" --initrd "$demo" ;;
    linux-kernel-elf) refused 'bzImage or vmlinuz' run linux --kernel "$demo" --initrd "$demo" ;;
    linux-kernel-text) echo hello >vmlinuz && refused 'not a Linux kernel' run linux --kernel vmlinuz --initrd "$demo" ;;
    linux-disk-missing) refused '--disk nosuch: there is no such file' run linux --disk nosuch ;;
    linux-disk-elsewhere) refused "belong to the guest 'linux'" run demo --disk "$demo" ;;
    linux-disk-of-another-format)
        truncate -s 1M cloud.img
        printf 'QFI\373' | dd of=cloud.img conv=notrunc 2>/dev/null
        refused 'cloud.img looks like a qcow2 image, .*; write cloud.img,format=qcow2 - or' run linux --disk cloud.img
        refused 'cloud.img looks like a qcow2 image' run linux --disk cloud.img,snapshot
        refused 'cloud.img looks like a qcow2 image, not like a vdi one' run linux --disk cloud.img,format=vdi
        ;;
    linux-disk-not-of-that-format) truncate -s 1M a && refused 'a does not look like a qcow2 image' run linux --disk a,format=qcow2 ;;
    linux-disk-format-unknown) : >a && refused "no disk format 'zip'; choose raw, qcow2, vmdk, vhdx, vdi or vhd" run linux --disk a,format=zip ;;
    linux-disk-word-unknown) : >a && refused "--disk a: 'rw' is not known; write FILE" run linux --disk a,rw ;;
    linux-disk-words-contradict) : >a && refused "'ro' contradicts the first" run linux --disk a,ro,snapshot ;;
    linux-disk-fifo) mkfifo a && refused 'a is neither a file nor a block device' run linux --disk a ;;
    linux-disk-without-value) refused 'disk' run linux --disk ;;
    linux-net-unknown) refused "'smb=/' is not known" run linux --net user,smb=/ ;;
    linux-net-deterministic) refused 'exclude each other' run linux --net user --deterministic ;;

    bench-linux-with-quick) refused 'only --json, --compare and --qemu go with it' bench --linux --quick ;;
    bench-linux-with-svsm) refused 'only --json, --compare and --qemu go with it' bench --linux --svsm "$bin/svsm.elf" ;;
    bench-linux-compare-missing) refused 'cannot read nosuch' bench --linux --compare nosuch.json ;;

    guest-unknown) refused "no guest 'nosuch'; known guests: .*demo" run nosuch ;;
    guest-path-missing) refused 'cannot read ./nosuch.elf: no such file' run ./nosuch.elf ;;
    guest-directory) refused 'is not a regular file' run "$scratch" ;;
    guest-unreadable)
        cp "$demo" secret.elf && chmod 000 secret.elf
        # Root reads everything; for root the nearest thing is a file that cannot be read at all.
        if [ -r secret.elf ]; then refused 'is not a regular file' run /dev/null; else refused 'cannot read' run ./secret.elf; fi
        ;;
    guest-fifo) mkfifo pipe.elf && refused 'is not a regular file' run ./pipe.elf ;;
    guest-empty) : >empty.elf && refused 'is empty' run ./empty.elf ;;
    guest-text) echo hello >hello.elf && refused 'is not an ELF file' run ./hello.elf ;;
    guest-header-cut) head -c 40 "$demo" >cut.elf && refused 'is truncated' run ./cut.elf ;;
    guest-program-headers-cut) head -c 100 "$demo" >cut.elf && refused 'is truncated' run ./cut.elf ;;
    guest-segment-cut) head -c 5000 "$demo" >cut.elf && refused 'is truncated: the segment' run ./cut.elf ;;
    guest-for-arm) patched arm.elf 18 '\267\000' && refused 'for AArch64' run ./arm.elf ;;
    guest-for-32-bit) patched old.elf 18 '\003\000' && refused 'for 32-bit x86' run ./old.elf ;;
    guest-relocatable) patched shared.elf 16 '\003\000' && refused 'not a static executable' run ./shared.elf ;;
    guest-without-segments) patched none.elf 56 '\000\000' && refused 'no segments' run ./none.elf ;;
    guest-entry-outside) patched lost.elf 24 '\000\000\000\000' && refused 'starts at' run ./lost.elf ;;
    guest-linked-high) refused 'link it between 16 and 112 MiB' run "$bin/svsm.elf" ;;

    image-not-igvm) echo hello >hello.igvm && refused 'is not a usable IGVM image' run ./hello.igvm ;;
    image-empty) : >empty.igvm && refused 'is not a usable IGVM image' run ./empty.igvm ;;
    image-cut)
        "$adyton" image build -o whole.igvm >/dev/null && head -c 8000 whole.igvm >cut.igvm
        refused 'is not a usable IGVM image' run ./cut.igvm
        ;;
    image-damaged)
        "$adyton" image build -o whole.igvm >/dev/null
        printf 'x' | dd of=whole.igvm bs=1 seek=100 conv=notrunc 2>/dev/null
        refused 'checksum' run ./whole.igvm
        ;;
    image-with-vmpl)
        "$adyton" image build -o whole.igvm >/dev/null
        refused 'fixed when it is built' run ./whole.igvm --vmpl 2
        ;;
    image-as-guest)
        "$adyton" image build -o whole.igvm >/dev/null
        refused 'is an image already' image build ./whole.igvm -o other.igvm
        ;;
    image-output-missing) refused 'output' image build ;;
    image-output-impossible) refused 'cannot write' image build -o "$scratch/nowhere/x.igvm" ;;
    image-inspect-elf) refused 'is not a usable IGVM image' image inspect "$demo" ;;
    image-inspect-missing) refused 'cannot read' image inspect nosuch.igvm ;;
    svsm-not-elf) echo hello >svsm.elf && refused 'is not an ELF file' run --svsm svsm.elf ;;
    svsm-linked-low) refused 'outside the 8192 KiB' run --svsm "$demo" ;;

    qemu-missing) refused 'there is no QEMU at' run --qemu "$scratch/nosuch" ;;
    qemu-not-on-path)
        PATH=$scratch/work
        export PATH
        code=0
        "$adyton" run >"$scratch/out/stdout" 2>"$scratch/out/stderr" || code=$?
        PATH=/usr/bin:/bin
        expect_code 2
        expect_stderr '^adyton: error: qemu-system-x86_64 was not found on PATH'
        ;;
    qemu-not-executable) : >plain && refused 'is not a program' run --qemu ./plain ;;
    qemu-not-a-program) echo garbage >garbage && chmod +x garbage && refused 'cannot execute' run --qemu ./garbage ;;
    qemu-ends-at-once) refused 'QEMU ended with status 1' run --qemu /bin/false ;;
    qemu-ends-well-at-once) refused 'QEMU ended with status 0' run --qemu /bin/true ;;
    seed-alone) refused '--seed chooses the random numbers of --deterministic' run --seed 2 ;;
    seed-0) refused '--seed 0 is not possible; choose 1 to 999999999' run --deterministic --seed 0 ;;
    qemu-cpu-unknown) refused "CPU model 'pentium99'" run --qemu-cpu pentium99 ;;
    qemu-cpu-without-svm) refused 'has no AMD-V' run --qemu-cpu Nehalem ;;
    qemu-cpu-bmi2-off) refused 'lacks BMI1, BMI2 or MOVBE' run --qemu-cpu EPYC,-bmi2 ;;
    qemu-cpu-movbe-off) refused 'lacks BMI1, BMI2 or MOVBE' run --qemu-cpu EPYC,-movbe ;;
    qemu-cpu-svm-off) refused 'has no AMD-V' run --qemu-cpu EPYC,-svm ;;
    machine-missing)
        mkdir other && cp "$adyton" "$bin/svsm.elf" other/ && adyton=other/adyton
        refused 'snpemu.elf is missing' run "$demo"
        ;;
    test-without-match) refused "no test matches 'nosuchtest'" test nosuchtest ;;
    test-coverage-of-a-part) refused 'see adyton test --help$' test --coverage some ;;

    fuzz-target-unknown) fuzz_targets && refused "no fuzz target 'nosuch'; there are elf, trace" fuzz nosuch ;;
    fuzz-target-outside) fuzz_targets && refused "no fuzz target '../elf'" fuzz ../elf ;;
    fuzz-targets-too-many) refused 'see adyton fuzz --help$' fuzz elf trace ;;
    fuzz-seconds-0) fuzz_targets && refused '--seconds 0 is not possible' fuzz elf --seconds 0 ;;
    fuzz-seconds-text) fuzz_targets && refused '--seconds long is not possible' fuzz elf --seconds long ;;
    fuzz-seconds-missing) refused 'seconds' fuzz elf --seconds ;;
    fuzz-corpus-is-a-file) fuzz_targets && : >file && refused 'cannot make the folder .*/file/elf; name another' fuzz --corpus file ;;
    fuzz-without-a-home) fuzz_targets && unset XDG_STATE_HOME HOME && refused 'neither XDG_STATE_HOME nor HOME is set' fuzz ;;
    fuzz-option-unknown) refused 'see adyton fuzz --help$' fuzz --minutes 1 ;;
    fuzz-seed-elsewhere) fuzz_targets && refused 'belong to the target machine' fuzz elf --seed 1 ;;
    fuzz-programs-elsewhere) fuzz_targets && refused 'belong to the target machine' fuzz --programs 3 ;;
    fuzz-machine-missing) fuzz_targets && refused "no fuzz target 'machine'" fuzz machine --seed 1 ;;
    fuzz-seed-text) refused '--seed x is not possible' fuzz machine --seed x ;;
    fuzz-without-targets) copied_adyton && refused 'holds no fuzz targets; run ./adyton fuzz' fuzz ;;
    *) wrong 'there is no such case' ;;
esac
