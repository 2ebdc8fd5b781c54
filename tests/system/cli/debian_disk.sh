#!/bin/sh
# SPDX-License-Identifier: MIT
# debian_disk.sh ADYTON CASE: making Debian's disk without network, room or luck, and a making that was killed. apt and
# mmdebstrap are scripts here, so nothing leaves this computer. CMake reads the names of the cases from this file.
set -u
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/fake_apt.sh"

cached=$scratch/cache/adyton/system/trixie
# mmdebstrap comes with the tools, and does what a case has written into a file.
stub dpkg-deb "*) mkdir -p \"\$last/usr/bin\" && cp '$scratch/mmdebstrap' \"\$last/usr/bin/mmdebstrap\" ;;"
bootstrap() { printf '#!/bin/sh\n%s\n' "$1" >"$scratch/mmdebstrap" && chmod +x "$scratch/mmdebstrap"; }
bootstrap 'echo "I: tidying up" >&2; exit 1'

# The run ends before there is a machine, and keeps nothing that a later run takes for a disk.
gives_up() { # regex...
    observe run debian
    expect_code 2
    expect_silence stdout
    for words; do expect_stderr "$words"; done
    expect_stderr '^adyton: error: '
    expect_clean
    [ ! -e "$cached/system.img" ] && [ ! -e "$cached.part" ] && [ ! -e "$cached.apt" ] || wrong 'half a disk was kept'
}

case $name in
    no-network)
        stub apt-get '*) echo "E: Failed to fetch: Temporary failure resolving the mirror" >&2; exit 100 ;;'
        gives_up 'error: cannot fetch the package lists of Debian trixie' 'Temporary failure resolving'
        ;;
    network-lost)
        bootstrap 'echo "E: apt-get update --error-on=any failed: exit 100" >&2; echo "I: tidying up" >&2; exit 25'
        gives_up "making Debian trixie's minimal system" \
            'error: mmdebstrap cannot make the system.*: it ended with code 25: apt-get update --error-on=any failed'
        ;;
    disk-full)
        bootstrap 'echo "tar: cannot write: No space left on device" >&2; echo "I: tidying up" >&2; exit 2'
        gives_up 'error: mmdebstrap cannot make the system.*: the disk is full; make room, or set XDG_CACHE_HOME'
        ;;
    without-a-kernel)
        bootstrap 'for word; do case $word in */system.tar) tar -cf "$word" -T /dev/null ;; esac; done'
        gives_up 'error: cannot read the new system: '
        ;;
    killed)
        bootstrap 'kill -9 $PPID; exit 1'
        observe run debian
        expect_code 137
        [ ! -e "$cached" ] || wrong 'half a disk was kept'
        bootstrap 'exit 7'
        gives_up 'error: mmdebstrap cannot make the system.*: it ended with code 7'
        ;;
    damaged)
        mkdir -p "$cached"
        echo disk >"$cached/unified.img"
        (cd "$cached" && sha256sum unified.img >SHA256SUMS && echo more >>unified.img)
        gives_up "error: $cached/unified.img is damaged; remove $cached to fetch it again"
        ;;
    *) wrong 'there is no such case' ;;
esac
