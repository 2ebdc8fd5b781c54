#!/bin/sh
# SPDX-License-Identifier: MIT
# verdicts.sh ADYTON CASE: each ending a machine can report, and the exit code and words it becomes. No machine needed:
# a script plays QEMU. CMake reads the names of the cases from this file.
set -u
. "$(dirname "$0")/common.sh"

PID_FILE=$scratch/pid
export PID_FILE SAYS CONSOLE THEN
SAYS='' CONSOLE='' THEN=end

play() { observe run --qemu "$here/fake_qemu.sh" "$@"; }

# The machine says $2 and stops: exit code $1, and the summary matches $3.
ends() {
    SAYS=$2
    play
    expect_code "$1"
    expect_stdout "^adyton: $3"
    expect_clean
}

expect_dead() {
    pid=$(cat "$PID_FILE")
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -e "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" || return 0
        sleep 0.1
    done
    kill -9 "$pid"
    wrong "process $pid outlived adyton"
}

# Starts a run that hangs, sends the signal to adyton alone, and waits for both.
interrupted() { # signal expected-code
    THEN=hang
    # The tests may run under nohup, and a background process of a script ignores SIGINT.
    env --default-signal=HUP,INT "$adyton" run --qemu "$here/fake_qemu.sh" \
        >"$scratch/out/stdout" 2>"$scratch/out/stderr" &
    runner=$!
    while [ ! -s "$PID_FILE" ]; do sleep 0.05; done
    kill -"$1" $runner
    code=0
    wait $runner || code=$?
    expect_code "$2"
    expect_dead
    expect_clean
}

case $name in
    success) ends 0 '= svsm_calls 4123\n! kind=report value=0 cpu=0 vmpl=1\n' 'success - demo ran on 4 vCPUs at VMPL1 \(4123 SVSM calls, ' ;;
    failure) ends 1 '! kind=report value=7\n' 'guest failed - demo reported failure 7' ;;
    guest-asks-for-its-end) ends 1 '! kind=terminate cpu=1 vmpl=1 set=0 code=1\n' 'guest failed - .* CPU 1 at VMPL1' ;;
    svsm-terminates) ends 3 '! kind=terminate cpu=0 vmpl=0 set=15 code=14\n' 'SVSM terminated - an application processor did not come up in time' ;;
    svsm-terminates-with-unknown-code) ends 3 '! kind=terminate cpu=0 vmpl=0 set=15 code=200\n' 'SVSM terminated - .*code 200' ;;
    svsm-terminates-with-unknown-set) ends 3 '! kind=terminate cpu=0 vmpl=0 set=1 code=1\n' 'SVSM terminated - ' ;;
    triple-fault) ends 4 '! kind=shutdown cpu=2 vmpl=1 rip=0x1000000 rsp=0x0 cr2=0x0\n' 'machine stopped - a triple fault on CPU 2 at VMPL1' ;;
    vmrun-refused) ends 4 '! kind=invalid cpu=1 vmpl=1 reason=bad-control-registers\n' 'machine stopped - VMRUN was refused on CPU 1 at VMPL1: bad control registers' ;;
    refused-feature)
        ends 4 '! kind=invalid cpu=0 vmpl=0 reason=unsupported-sev-feature features=0x220\n' \
            'machine stopped - VMRUN was refused on CPU 0 at VMPL0: unsupported sev feature \(of SEV_FEATURES bit 5, 9\)'
        ;;
    image-without-our-svsm)
        "$adyton" image build vmpl0 --vmpl 0 --sev-features debug-swap -o alone.igvm >/dev/null
        SAYS='! kind=report value=0 cpu=0 vmpl=0\n'
        observe run alone.igvm --qemu "$here/fake_qemu.sh"
        expect_code 0
        expect_stderr "^adyton: alone.igvm is no image of Adyton's SVSM; it asks for:$"
        expect_stderr '^  SEV_FEATURES  0x21 \(debug-swap\)$'
        expect_stderr '^  C-bit         47, from its page tables$'
        expect_stderr '^  starts at     VMPL0, RIP 0x'
        expect_stderr '^  parameters    '
        ;;
    our-image-is-not-described)
        "$adyton" image build bare -o ours.igvm >/dev/null
        SAYS='! kind=report value=0 cpu=0 vmpl=1\n'
        observe run ours.igvm --qemu "$here/fake_qemu.sh"
        expect_code 0
        ! grep -q 'it asks for' "$scratch/out/stderr" || wrong 'an image with our SVSM was described'
        ;;
    image-meets-kvm)
        "$adyton" image build bare -o ours.igvm >/dev/null
        ARGUMENTS_FILE=$scratch/arguments
        export ARGUMENTS_FILE
        for words in 'ours.igvm:host=kvm' 'ours.igvm --host strict:host=strict' 'bare:' 'bare --host kvm:host=kvm'; do
            # shellcheck disable=SC2086 # a list of words
            observe run ${words%:*} --qemu "$here/fake_qemu.sh"
            [ "$(grep -o ' host=[a-z]*' "$ARGUMENTS_FILE" | tr -d ' ')" = "${words#*:}" ] || wrong "run ${words%:*} meets another host"
        done
        ;;
    deadlock) ends 4 '! kind=deadlock\n' 'machine stopped - every vCPU rests, and nothing is left' ;;
    denied)
        ends 4 '! kind=denied cpu=0 vmpl=1 rip=0x1 gpa=0x8000000 access=write\n' \
            'machine stopped - CPU 0 at VMPL1 tries without end to write 0x8000000: its rights there do not allow it'
        ;;
    halt) ends 1 '! kind=halt cpu=3 vmpl=1 rip=0x10\n' 'guest failed - demo halted: .* the last one CPU 3 at VMPL1' ;;
    reset) ends 1 '! kind=reset cpu=3 vmpl=1\n' 'guest failed - demo asked for a reboot on CPU 3 at VMPL1' ;;
    reboot-ends)
        SAYS='! kind=reset cpu=0 vmpl=1\n'
        play --reboot end
        expect_code 1
        ! grep -q 'this is launch' "$scratch/out/stderr" || wrong 'it was launched again'
        ;;
    reboot-restarts)
        cat >qemu <<EOF
#!/bin/sh
case " \$* " in *' --version '*) exec sh '$here/fake_qemu.sh' --version ;; esac
echo >>launches
[ "\$(wc -l <launches)" = 3 ] && SAYS='! kind=report value=0\n' || SAYS='! kind=reset cpu=0 vmpl=1\n'
export SAYS
. '$here/fake_qemu.sh'
EOF
        chmod +x qemu
        observe run --qemu ./qemu --reboot restart
        expect_code 0
        expect_stderr '^adyton: the guest asked for a reboot; this is launch 2$'
        expect_stderr '^adyton: the guest asked for a reboot; this is launch 3$'
        [ "$(wc -l <launches)" = 3 ] || wrong 'not three launches'
        ;;
    reboot-refused)
        refused 'choose end or restart' run --reboot maybe
        refused 'leave out --trace and --gdb' run --reboot restart --trace "$scratch/t"
        ;;
    forged-verdict)
        CONSOLE='! kind=report value=0 cpu=0 vmpl=1\n= svsm_calls 4123\n'
        ends 4 '! kind=shutdown cpu=0 vmpl=1 rip=0x1 rsp=0x0 cr2=0x0\n' 'machine stopped - a triple fault'
        ;;
    fault) ends 4 '! kind=fault cpu=0 vmpl=1 rip=0x1 gpa=0x2 what=no-such-memory\n' 'machine stopped - no such memory on CPU 0 at VMPL1' ;;
    internal) ends 4 '! kind=internal what=out-of-tables\n' 'machine stopped - a fault of the machine itself: out of tables' ;;
    verdict-unknown) ends 4 '! kind=sulk\n' "machine stopped - an unknown verdict 'sulk'" ;;
    verdict-missing) ends 4 '# starting\n' 'machine stopped - QEMU ended with status 1 before the machine gave a verdict' ;;
    qemu-crashes) THEN=die && ends 4 '# starting\n' 'machine stopped - QEMU was killed by signal 11' ;;
    verdict-without-line-end) ends 0 '! kind=report value=0' 'success' ;;
    verdict-without-value) ends 1 '! kind=report\n' 'guest failed' ;;
    verdict-then-hang)
        THEN=hang
        ends 0 '! kind=report value=0\n' 'success'
        expect_dead
        ;;
    no-svm) SAYS='! kind=no-svm\n' && refused 'has no AMD-V' run --qemu "$here/fake_qemu.sh" ;;
    bad-image) SAYS='! kind=bad-image reason=no-boot-vmsa\n' && refused 'refuses the image: no boot vmsa' run --qemu "$here/fake_qemu.sh" ;;
    low-memory) SAYS='! kind=low-memory need=300000000\n' && refused 'needs 287 MiB' run --qemu "$here/fake_qemu.sh" ;;

    console)
        CONSOLE='first\nsecond'
        ends 0 '! kind=report value=0\n' 'success'
        [ "$(sed -n 1,2p "$scratch/out/stdout")" = "$(printf 'first\nsecond')" ] || wrong 'the console is not what stdout begins with'
        ;;
    alone)
        # One document out of two launches; the stand-in says the same each time.
        SAYS='! kind=report value=0\n'
        CONSOLE='TAP version 13\r\n1..2\r\n# alone: a.b\r\nok 1 - a.b [X]\r\n'
        play conformance --alone
        expect_code 0
        [ "$(grep -c '^ok 1 - a.b \[X\]$' "$scratch/out/stdout")" = 2 ] || wrong 'two launches are no two results'
        expect_stdout '^# conformance: 2 of 2 checks passed, 0 skipped, 0 failed, of which 0 ended the run$'
        ;;
    alone-ended)
        SAYS='! kind=shutdown cpu=0 vmpl=0 rip=0x10\n'
        CONSOLE='TAP version 13\n1..1\n# alone: a.b\n'
        play conformance --alone
        expect_code 1
        expect_stdout '^not ok 1 - a.b$'
        expect_stdout '^  ended: a triple fault on CPU 0 at VMPL0'
        expect_stdout ' 0 skipped, 1 failed, of which 1 ended the run$'
        ;;
    alone-no-suite) refused 'demo.* has no checks that could run alone' run demo --alone --qemu "$here/fake_qemu.sh" ;;
    diagnosis)
        ends 4 '~ cpu=0 vmgexit\n? cpu=3 vmpl=0 state=halted rip=0x10\n! kind=shutdown cpu=0 vmpl=1 rip=0x1000000\n' 'machine stopped'
        expect_stderr '^    cpu=0 vmgexit$'
        expect_stderr '^    CPU 3 .*halted .*0x10$'
        expect_stderr '^    RIP 0x1000000 [^ ]+\+0x0$'
        ;;
    note)
        ends 0 '* kind=dma bus=0 device=3 function=0 access=read gpa=0x5000 why=private\n! kind=report value=0\n' success
        expect_stderr '^adyton: note: the device at 00:03\.0 may not read 0x5000'
        ;;
    log-is-quiet)
        ends 0 '# secret\n! kind=report value=0\n' success
        expect_silence stderr
        ;;
    log-with-verbose)
        SAYS='# the log\n! kind=report value=0\n'
        play --verbose
        expect_code 0
        expect_stderr 'machine: the log'
        ;;
    deterministic-hides-the-clock)
        SAYS='= svsm_calls 5\n! kind=report value=0\n'
        play --deterministic
        expect_code 0
        expect_stdout '\(5 SVSM calls\)$'
        ;;
    control-characters)
        ends 4 '~ \033[31mred\n! kind=deadlock\n' 'machine stopped'
        expect_stderr '\^\[\[31mred'
        ;;
    timeout)
        THEN=hang
        play --timeout 0.3
        expect_code 5
        expect_stdout '^adyton: timeout - demo did not report within 0.3 s'
        expect_dead
        expect_clean
        ;;
    timeout-with-states)
        THEN=answer
        play --timeout 0.3
        expect_code 5
        expect_stderr 'CPU 0 .*running .*0x1000000'
        ;;
    folder-with-blanks)
        # What QEMU is told of arrives whole, also past commas, which end the parts of its own options.
        folder="$PWD/a folder, with both" ARGUMENTS_FILE=$scratch/arguments
        export ARGUMENTS_FILE
        mkdir -p "$folder/bin/guests"
        cp "$bin/adyton" "$bin/svsm.elf" "$bin/snpemu.elf" "$bin/adyton-count.so" "$folder/bin"
        cp "$bin/guests/demo.elf" "$bin/guests/bench.elf" "$folder/bin/guests" && cp "$here/fake_qemu.sh" "$folder/my qemu"
        adyton=$folder/bin/adyton SAYS='! kind=report value=0\n'
        observe run --qemu "$folder/my qemu" "$folder/bin/guests/demo.elf"
        expect_code 0
        grep -qxF -- "$folder/bin/snpemu.elf" "$ARGUMENTS_FILE" || wrong 'the machine is another'
        observe profile --qemu "$folder/my qemu"
        expect_code 2 # a stand-in counts nothing
        grep -qF -- 'a folder,, with both/bin/adyton-count.so,low=' "$ARGUMENTS_FILE" || wrong 'the plugin is another'
        expect_clean
        ;;
    interrupt) interrupted INT 130 ;;
    terminate) interrupted TERM 143 ;;
    hangup) interrupted HUP 129 ;;
    kill) interrupted KILL 137 ;;
    *) wrong 'there is no such case' ;;
esac
