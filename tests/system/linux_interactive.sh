#!/bin/sh
# SPDX-License-Identifier: MIT
# linux_interactive.sh ADYTON CASE: a shell in a distribution's kernel whose keyboard is a pipe.
#   piped     every line arrives, in order and whole, also while nothing in the guest reads; the end of the pipe ends it
#   no-stdin  closed from the beginning: the shell ends as soon as it has begun
set -u
adyton=$1
. "$(dirname "$0")/linux_output.sh"
lines=300 data_lines=2000
data() { seq 1 $data_lines | sed 's/.*/line & of what nobody reads for some time/'; }
got() { echo first && seq 1 $lines; }
# The console shows what is typed as well, anywhere between what is printed, so the guest keeps and sums up.
script() {
    echo 'uname -s | sed s/Linux/first/ >/tmp/got'
    seq 1 $lines | sed 's/.*/echo & >>\/tmp\/got/'
    # More than terminal and driver can keep for a program that sleeps (68 KiB): the feeder has to wait.
    echo "stty -echo; sleep 8; head -c $(data | wc -c) >/tmp/data; echo; sha256sum /tmp/data /tmp/got"
    data
    # Takes one end of input; the shell gets the next.
    echo 'cat >/tmp/rest; echo "rest: $(cat /tmp/rest)"'
    printf 'an incomplete line'
}
expect_sum() { # of stdin, file in the guest
    grep -q "^$(sha256sum | cut -d' ' -f1)  $1" "$scratch/text" || fail "$1 is not what was typed"
}
boot() { # more arguments...; stdin is the test's, so this may run in a shell of its own
    "$adyton" run linux --interactive --cpus 1 --append quiet "$@" >"$scratch/stdout" 2>"$scratch/stderr"
    echo $? >"$scratch/code"
    tr -d '\r' <"$scratch/stdout" >"$scratch/text"
}
expect_success() {
    [ "$(cat "$scratch/code")" = 0 ] || fail "exit code $(cat "$scratch/code")"
    grep -q '^adyton: success' "$scratch/text" || fail 'no summary'
}

case $2 in
    piped)
        [ "$(data | wc -c)" -gt 80000 ] || fail 'the test has too few data to prove anything'
        script | boot --timeout 800
        expect_success
        got | expect_sum /tmp/got || exit 1
        data | expect_sum /tmp/data || exit 1
        grep -q 'rest: an incomplete line$' "$scratch/text" || fail 'the last line did not arrive'
        ;;
    no-stdin)
        # Without --timeout, which would end it as well; it must not come to that.
        boot <&-
        expect_success
        ;;
    *) fail "there is no case $2" ;;
esac
exit 0
