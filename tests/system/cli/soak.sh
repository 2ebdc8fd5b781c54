#!/bin/sh
# SPDX-License-Identifier: MIT
# soak.sh ADYTON CASE: many runs of a machine that a script plays. CMake reads the names of the cases.
set -u
. "$(dirname "$0")/common.sh"

PID_FILE=$scratch/pid SAYS='! kind=report value=0\n' CONSOLE='ok 1 something\n' THEN=end
export PID_FILE SAYS CONSOLE THEN

# A QEMU that behaves as the shell commands say: $run is the number of the run, from 1.
qemu_that() { # shell-commands
    cat >qemu <<EOF
#!/bin/sh
case " \$* " in *' --version '*) exec sh '$here/fake_qemu.sh' --version ;; esac
echo >>runs
run=\$(wc -l <runs)
$1
. '$here/fake_qemu.sh'
EOF
    chmod +x qemu
}
soak() { observe soak demo --qemu ./qemu "$@"; }

case $name in
    all-succeed)
        qemu_that :
        soak --runs 3 --cpus 1,2
        expect_code 0
        expect_stdout '^10\.9\.8 +multi +1 +3 +0 +[0-9.]+ s +[0-9.]+ s$'
        expect_stdout '^10\.9\.8 +multi +2 +3 +0 '
        [ "$(wc -l <runs)" = 6 ] || wrong 'not 6 runs'
        [ ! -e soak-failures ] || wrong 'something was kept'
        awk 'length > 80 { exit 1 }' "$scratch/out/stdout" "$scratch/out/stderr" || wrong 'a line is longer than 80 columns'
        ;;
    one-fails)
        qemu_that '[ $run != 2 ] || SAYS="~ the last event\n! kind=deadlock\n"'
        soak --runs 3 --keep kept
        expect_code 1
        expect_stdout '^10\.9\.8 +multi +4 +3 +1 '
        expect_stdout 'run 2 of QEMU 10\.9\.8, multi, CPUs 4: every vCPU rests'
        expect_stderr '2/3 .*FAILED'
        file=kept/demo-qemu-10.9.8-multi-4cpus-run2.log
        grep -q 'the last event' $file && grep -q '^ok 1 something$' $file || wrong 'the failed run left too little'
        [ "$(ls kept | wc -l)" = 1 ] || wrong 'more than that was kept'
        ;;
    deterministic-runs-differ)
        qemu_that '[ $run != 3 ] || CONSOLE="ok 1 something else\n"'
        soak --runs 3 --mode deterministic
        expect_code 1
        expect_stdout 'run 3 .*: its console differs from that of the first run$'
        grep -q 'something else' soak-failures/*run3.log || wrong 'the other console was not kept'
        ;;
    other-runs-may-differ)
        qemu_that 'CONSOLE="ok 1 in run $run\n"'
        soak --runs 2
        expect_code 0
        ;;
    machine-never-starts)
        qemu_that 'exit 1'
        soak --runs 5
        expect_code 2
        expect_stderr 'adyton: error: QEMU ended with status 1 before the machine started'
        [ "$(wc -l <runs)" = 1 ] || wrong 'it tried again'
        ;;
    interrupted)
        qemu_that '[ $run != 2 ] || THEN=hang SAYS= PID_FILE=$PID_FILE.2'
        env --default-signal=INT "$adyton" soak demo --qemu ./qemu --runs 9 >"$scratch/out/stdout" \
            2>"$scratch/out/stderr" </dev/null &
        runner=$!
        while [ ! -s "$PID_FILE.2" ]; do sleep 0.05; done
        kill -INT $runner
        code=0
        wait $runner || code=$?
        expect_code 130
        expect_stdout '^10\.9\.8 +multi +4 +1 +0 '
        ;;
    qemu-missing) refused 'there is no QEMU at' soak demo --qemu ./nosuch ;;
    runs-0) refused '--runs 0 is not possible' soak demo --runs 0 ;;
    mode-unknown) refused "no mode 'parallel'" soak demo --mode parallel ;;
    guest-unknown)
        qemu_that :
        observe soak nosuch --qemu ./qemu
        expect_code 2
        expect_stderr "adyton: error: there is no guest 'nosuch'"
        ;;
    *) wrong 'there is no such case' ;;
esac
