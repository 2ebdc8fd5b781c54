#!/bin/sh
# SPDX-License-Identifier: MIT
# output.sh ADYTON CASE: what a user named is written into, and stays what it is. As the user of the tests, and if that
# is root, as another user too: root may do what the program must not. CMake reads the names of the cases.
set -u
. "$(dirname "$0")/common.sh"

chmod 755 "$scratch" "$scratch/work" # for somebody else
mkdir "$scratch/theirs" && chmod 777 "$scratch/theirs"
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
is_root() { [ "$(id -u)" = 0 ]; }
# Runs "$@" as another user if we are root: twice the same test, or once where it only makes sense for them.
as_others() { if is_root; then $nobody "$@"; else "$@"; fi; }

# A device of our own, because a program that replaces it must not hit the system's. Without the right to make one the
# system's cannot be replaced either.
device() { # name minor
    if is_root && mknod "$1" c 1 "$2" 2>/dev/null && chmod 666 "$1"; then return; fi
    is_root && wrong 'root may make no device here; run this test as another user'
    case $2 in 3) ln -s /dev/null "$1" ;; 7) ln -s /dev/full "$1" ;; esac
}
build() { observe image build -o "$@"; }
mode_of() { stat -c %a "$1"; }
image=$scratch/image.igvm
"$adyton" image build -o "$image" >/dev/null || wrong 'no image to compare with'
expect_image() { cmp -s "$image" "$1" || wrong "$1 is not the image"; }
nothing_beside() { # files that may be there
    [ "$(ls -A)" = "$(printf '%s\n' "$@")" ] || wrong "left in the folder: $(ls -A | tr '\n' ' ')"
}
# stdout takes nothing: a sentence and a code, whatever the command.
full_stdout() {
    code=0
    "$adyton" "$@" >/dev/full 2>"$scratch/out/stderr" </dev/null || code=$?
    : >"$scratch/out/stdout"
    expect_code 2
    expect_stderr 'adyton: error: cannot write to stdout: No space left on device'
}

case $name in
    device)
        device null 3
        before=$(stat -c '%F %t %T' null)
        build null
        expect_code 0
        [ "$(stat -c '%F %t %T' null)" = "$before" ] || wrong 'the device is not what it was'
        nothing_beside null
        ;;
    device-full)
        device full 7
        before=$(stat -c '%F %t %T' full)
        refused 'cannot write full: No space left on device' image build -o full
        [ "$(stat -c '%F %t %T' full)" = "$before" ] || wrong 'the device is not what it was'
        ;;
    fifo)
        mkfifo fifo
        cat fifo >copy &
        build fifo
        expect_code 0
        wait
        [ -p fifo ] || wrong 'the FIFO is none any more'
        expect_image copy
        ;;
    fifo-whose-reader-goes)
        mkfifo fifo
        head -c 1 fifo >/dev/null &
        build fifo
        expect_code 141 # SIGPIPE, as for cat
        [ -p fifo ] || wrong 'the FIFO is none any more'
        ;;
    link)
        mkdir there
        echo old >there/file
        ln -s there/file link && ln -s link chain
        build chain
        expect_code 0
        [ -L chain ] && [ -L link ] || wrong 'a link was replaced'
        expect_image there/file
        ;;
    link-to-nothing-yet)
        mkdir there
        ln -s there/new link
        build link
        expect_code 0
        [ -L link ] || wrong 'the link was replaced'
        expect_image there/new
        [ "$(ls -A there)" = new ] || wrong 'something is left beside the file'
        ;;
    link-in-a-circle) ln -s b a && ln -s a b && refused 'cannot write a: Too many levels' image build -o a ;;
    link-into-nowhere) ln -s nosuch/x a && refused 'cannot write a: No such file' image build -o a ;;
    read-only-file)
        echo precious >file
        chmod 400 file
        ln -s file link
        for name_given in file link; do
            refused "cannot write $name_given: it is read-only \(mode 0400\); chmod u\+w" image build -o $name_given
        done
        [ "$(cat file)" = precious ] && [ "$(mode_of file)" = 400 ] || wrong 'the file was touched'
        # A file of another user, and one that others cannot write.
        cd "$scratch/theirs" || exit 1
        echo precious >file
        chmod 444 file
        for program in 'as_others' ''; do
            code=0
            $program "$adyton" image build -o file >"$scratch/out/stdout" 2>"$scratch/out/stderr" || code=$?
            expect_code 2
            expect_stderr 'cannot write file: it is read-only \(mode 0444\)'
        done
        chmod 644 file
        if is_root; then
            code=0
            as_others "$adyton" image build -o file >"$scratch/out/stdout" 2>"$scratch/out/stderr" || code=$?
            expect_code 2
            expect_stderr 'cannot write file: Permission denied'
        fi
        [ "$(cat file)" = precious ] || wrong 'the file was touched'
        ;;
    mode-is-kept)
        for mode in 600 640 755; do
            echo old >file && chmod $mode file
            build file
            expect_code 0
            [ "$(mode_of file)" = $mode ] || wrong "mode $(mode_of file) instead of $mode"
            expect_image file
        done
        nothing_beside file
        ;;
    mode-of-a-new-file)
        for pair in 022:644 027:640 077:600 000:666; do
            umask ${pair%:*}
            build file
            expect_code 0
            [ "$(mode_of file)" = ${pair#*:} ] || wrong "umask ${pair%:*} made mode $(mode_of file)"
            rm file
        done
        ;;
    owner-is-kept)
        # Only root can give a file to another user; for the others there is nothing to keep.
        echo old >file
        ! is_root || chown 65534:65534 file
        before=$(stat -c %u:%g file)
        build file
        expect_code 0
        [ "$(stat -c %u:%g file)" = "$before" ] || wrong "owner $(stat -c %u:%g file) instead of $before"
        expect_image file
        ;;
    readers-see-the-whole-old-file)
        echo old >file
        exec 5<file
        build file
        expect_code 0
        [ "$(cat <&5)" = old ] || wrong 'who had the old file open reads something else'
        expect_image file
        ;;
    other-names-stay)
        echo old >file && ln file other
        build file
        expect_code 0
        expect_image other
        [ "$(stat -c %h file)" = 2 ] || wrong 'the file has lost its other name'
        ;;
    closed-folder)
        # The file is theirs, the folder is not.
        mkdir closed && echo old >closed/file
        ! is_root || chown 65534:65534 closed/file
        chmod 555 closed
        code=0
        as_others "$adyton" image build -o closed/file >"$scratch/out/stdout" 2>"$scratch/out/stderr" || code=$?
        expect_code 0
        expect_image closed/file
        code=0
        as_others "$adyton" image build -o closed/new >"$scratch/out/stdout" 2>"$scratch/out/stderr" || code=$?
        expect_code 2
        expect_stderr 'cannot write closed/new: Permission denied'
        ;;
    stdout)
        build -
        expect_code 0
        expect_image "$scratch/out/stdout"
        expect_stderr '^adyton: wrote - \([0-9]+ bytes\)'
        nothing_beside
        for other in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
            # What the caller wrote there before stays before it.
            { echo first && "$adyton" image build -o $other; } >both 2>/dev/null || wrong "-o $other failed"
            [ "$(head -n 1 both)" = first ] || wrong "-o $other wrote over what was there"
            tail -c +7 both >rest && expect_image rest
        done
        ;;
    stdout-under-its-name)
        { echo first && "$adyton" image build -o out; } >out 2>/dev/null || wrong '-o out failed'
        tail -c +7 out >rest && expect_image rest
        ;;
    descriptor)
        "$adyton" image build -o /dev/fd/7 7>out >/dev/null || wrong '-o /dev/fd/7 failed'
        expect_image out
        refused 'cannot write /dev/fd/8: Bad file descriptor' image build -o /dev/fd/8
        ;;
    stdout-full)
        full_stdout image build -o -
        full_stdout
        for arguments in --help --version 'run --help' 'image build --help' man 'completion bash' 'completion zsh' \
            "image inspect $image"; do
            # Words on purpose.
            # shellcheck disable=SC2086
            full_stdout $arguments
        done
        fuzz_targets && full_stdout fuzz --list && full_stdout fuzz elf --seconds 1
        ;;
    stdout-full-in-a-run)
        PID_FILE=$scratch/pid SAYS='! kind=report value=0\n' CONSOLE='' THEN=end
        export PID_FILE SAYS CONSOLE THEN
        full_stdout run --qemu "$here/fake_qemu.sh" # its last line
        CONSOLE='hello\n' THEN=hang
        full_stdout run --qemu "$here/fake_qemu.sh" # the guest's first
        pid=$(cat "$PID_FILE")
        [ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status" || wrong 'the machine goes on'
        ;;
    stdout-closed)
        code=0
        "$adyton" --help >&- 2>"$scratch/out/stderr" || code=$?
        expect_code 2
        expect_stderr 'cannot write to stdout: Bad file descriptor'
        # The first file that is opened must not become stdout.
        code=0
        "$adyton" image build -o file >&- 2>"$scratch/out/stderr" || code=$?
        expect_code 2
        expect_image file
        ;;
    stdout-without-reader)
        # Longer than a pipe, or not: the reader is gone before.
        { sleep 0.5; "$adyton" man 2>"$scratch/out/stderr"; echo $? >code; } | :
        [ "$(cat code)" = 141 ] || wrong "exit code $(cat code) instead of SIGPIPE's"
        { sleep 0.5; trap '' PIPE; "$adyton" man 2>"$scratch/out/stderr"; echo $? >code; } | :
        [ "$(cat code)" = 2 ] || wrong "exit code $(cat code) where SIGPIPE is ignored"
        expect_stderr 'cannot write to stdout: Broken pipe'
        ;;
    names-that-are-none)
        refused 'needs the name of a file, or - for stdout' image build -o ''
        refused 'cannot write .: it is a folder' image build -o .
        refused 'cannot write new/: there is no such folder' image build -o new/
        long=$(printf '%0300d' 0)
        refused 'File name too long' image build -o "$long"
        ;;
    bench-and-profile-ask-before-they-work)
        refused 'cannot write nosuch/x: No such file' bench --json nosuch/x
        refused 'cannot write nosuch/x: No such file' bench --quick --plot nosuch/x
        refused 'cannot write nosuch/x: No such file' bench --linux --json nosuch/x
        refused 'only one output can be stdout' bench --json - --plot -
        refused 'cannot write nosuch/x: No such file' profile --svg nosuch/x
        refused 'would mix the records with' run --trace -
        : >file
        refused '--keep file is not a folder' soak --keep file
        ;;
    *) wrong 'there is no such case' ;;
esac
