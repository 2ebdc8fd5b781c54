#!/bin/sh
# SPDX-License-Identifier: MIT
# Stands in for QEMU: what $SAYS holds goes to the machine channel (descriptor 4), $CONSOLE to the console (3).
# Then it does what $THEN says. Its process number lands in $PID_FILE, its arguments in $ARGUMENTS_FILE, one a line.
# Asked for its version, it tells one.
case " $* " in *' --version '*) echo 'QEMU emulator version 10.9.8 (a stand-in)' && exit 0 ;; esac
echo $$ >"$PID_FILE"
[ -z "${ARGUMENTS_FILE-}" ] || printf '%s\n' "$@" >"$ARGUMENTS_FILE"
printf '%b' "${CONSOLE-}" >&3
printf '%b' "${SAYS-}" >&4
case ${THEN-end} in
    end) exit 1 ;;
    hang) exec sleep 1000 ;;
    answer) # The monitor's command `nmi` is the request for the states of the vCPUs.
        while read -r word && [ "$word" != nmi ]; do :; done
        printf '? cpu=0 vmpl=1 state=running rip=0x1000000\n! kind=%s\n' "$word" >&4
        ;;
    die) kill -SEGV $$ ;;
esac
