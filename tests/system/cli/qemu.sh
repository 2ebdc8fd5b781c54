#!/bin/sh
# SPDX-License-Identifier: MIT
# qemu.sh ADYTON CASE: which QEMU runs, and how one of another release is fetched. Scripts play QEMU, apt, dpkg-deb and
# ldd; no network. CMake reads the names of the cases from this file.
set -u
. "$(dirname "$0")/common.sh"

PID_FILE=$scratch/pid SAYS='! kind=report value=0\n' CONSOLE='' THEN=end
XDG_CACHE_HOME=$scratch/cache
STUBS=$scratch/stubs
QEMU_BEHIND=$here/fake_qemu.sh
export PID_FILE SAYS CONSOLE THEN XDG_CACHE_HOME STUBS QEMU_BEHIND
cached=$XDG_CACHE_HOME/adyton/qemu/sid-backports
mkdir "$STUBS" && PATH=$STUBS:$PATH

stub() { # name shell-commands
    printf '#!/bin/sh\necho "%s $*" >>"$STUBS/log"\n%s\n' "$1" "$2" >"$STUBS/$1" && chmod +x "$STUBS/$1"
}
# The words before "download" are options of apt's, those behind it packages.
stub apt-get 'while [ $# -gt 1 ] && [ "$1" != download ]; do shift; done
[ "$1" != download ] || for package; do : >"$package.deb"; done'
stub apt-cache 'echo "  Depends: libneeded2"; echo "  Depends: <libvirtual>"'
stub dpkg-deb 'mkdir -p "$3/usr/bin" "$3/usr/lib/x86_64-linux-gnu"
case $2 in
    */qemu-system-x86.deb) cp "$QEMU_BEHIND" "$3/usr/bin/qemu-system-x86_64" ;;
    */libneeded2.deb) : >"$3/usr/lib/x86_64-linux-gnu/libneeded.so.2" ;;
esac'
stub ldd 'exit 0'

fetches() { observe run --qemu debian:sid-backports; }
expect_nothing_fetched() { [ ! -e "$cached" ] || wrong 'a QEMU was kept'; }

case $name in
    version-with-verbose)
        observe run --verbose --qemu "$here/fake_qemu.sh"
        expect_code 0
        expect_stderr "^qemu: 10\.9\.8, a thread for each CPU, $here/fake_qemu\.sh$"
        ;;
    version-in-the-diagnosis)
        SAYS='! kind=deadlock\n'
        observe run --qemu "$here/fake_qemu.sh"
        expect_code 4
        expect_stderr "^    10\.9\.8, a thread for each CPU, $here/fake_qemu\.sh$"
        ;;
    threads-as-asked)
        observe run --verbose --threads single --qemu "$here/fake_qemu.sh"
        expect_code 0
        expect_stderr '^qemu: 10\.9\.8, one thread, '
        ;;
    threads-unknown) refused '--threads two is not possible; choose auto, single or multi' run --threads two ;;
    threads-of-a-deterministic-run) refused 'leave out --threads multi' run --deterministic --threads multi ;;
    fetched-and-kept)
        fetches
        expect_code 0
        expect_stderr '^adyton: fetching the package lists of Debian sid-backports'
        expect_stderr "^adyton: kept in $cached$"
        expect_stdout '^adyton: success'
        for package in qemu-system-x86 qemu-system-common qemu-system-data seabios; do
            grep -qE "^apt-get .*Default-Release=sid-backports .*download ([^ ]+ )*$package( |\$)" "$STUBS/log" ||
                wrong "no $package"
        done
        [ "$(ls "$XDG_CACHE_HOME/adyton/qemu")" = "$(printf 'sid-backports\nsid-backports.lock')" ] || wrong 'something else was left'
        # The second time nothing is fetched.
        : >"$STUBS/log"
        fetches
        expect_code 0
        expect_silence stderr
        [ ! -s "$STUBS/log" ] || wrong 'it was fetched twice'
        ;;
    fetched-with-a-library)
        stub ldd '[ -e "${1%/bin/*}/lib/x86_64-linux-gnu/libneeded.so.2" ] || echo "  libneeded.so.2 => not found"'
        fetches
        expect_code 0
        expect_stderr '^adyton: fetching libneeded2 '
        [ -e "$cached/usr/lib/x86_64-linux-gnu/libneeded.so.2" ] || wrong 'the library was not kept'
        ;;
    library-of-nobody)
        stub ldd 'echo "  libstrange.so.9 => not found"'
        fetches
        expect_code 0
        expect_stderr '^adyton: the libraries of this system do not suffice'
        grep -q 'download libneeded2$' "$STUBS/log" || wrong 'its packages were not fetched'
        ;;
    library-that-does-not-help)
        stub ldd 'echo "  libneeded.so.2 => not found"'
        fetches
        expect_code 0
        expect_stderr '^adyton: fetching libneeded2 '
        expect_stderr '^adyton: the libraries of this system do not suffice'
        ;;
    newer-c-library)
        # Its loader comes with the packages, and starts the program with their libraries alone.
        stub ldd 'echo "qemu: libc.so.6: version \`GLIBC_2.99'"'"' not found (required by libneeded.so.2)" >&2'
        stub dpkg-deb 'libraries=$3/usr/lib/x86_64-linux-gnu
mkdir -p "$3/usr/bin" "$libraries"
case $2 in
    */qemu-system-x86.deb) cp "$QEMU_BEHIND" "$3/usr/bin/qemu-system-x86_64" ;;
    */libneeded2.deb) cp "$STUBS/loader" "$libraries/ld-linux-x86-64.so.2" ;;
esac'
        stub loader '[ -z "${LD_LIBRARY_PATH:-}" ] || exit 9; shift 3; exec "$@"'
        fetches
        expect_code 0
        expect_stderr '^adyton: the libraries of this system do not suffice'
        grep -q "^loader --inhibit-cache --library-path $cached/usr/lib/x86_64-linux-gnu $cached/usr/bin/qemu" "$STUBS/log" ||
            wrong 'the loader was not used'
        ;;
    without-a-network)
        stub apt-get 'echo "E: Could not resolve the mirror" >&2; exit 100'
        fetches
        expect_code 2
        expect_stderr '^adyton: error: cannot fetch the package lists .*: E: Could not resolve the mirror$'
        expect_nothing_fetched
        ;;
    made-for-another-system)
        QEMU_BEHIND=/bin/false
        fetches
        expect_code 2
        expect_stderr '^adyton: error: QEMU of Debian sid-backports does not run on this system'
        expect_nothing_fetched
        ;;
    release-that-cannot-be) refused "cannot be a release of Debian" run --qemu debian:../sid ;;
    moved-with-its-folder)
        fetches
        expect_code 0
        mv "$cached" "$scratch/work/elsewhere"
        observe run --qemu ./elsewhere/qemu-system-x86_64
        expect_code 0
        ;;
    *) wrong 'there is no such case' ;;
esac
