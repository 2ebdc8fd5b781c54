#!/bin/sh
# SPDX-License-Identifier: MIT
# source.sh UNPACK_SOURCE CASE: the build's step that fetches the source of a library, with and without a network, and
# with other bytes than those of the pin. apt is a script here, so nothing leaves this computer.
set -u
. "$(dirname "$0")/common.sh"

XDG_CACHE_HOME=$scratch/cache
export XDG_CACHE_HOME
mkdir "$scratch/cache" "$scratch/stubs"
cached=$scratch/cache/adyton/debian/library_1.0-1

stub() { # body: apt-get, which finds what it is told in $*
    printf '#!/bin/sh\ncase " $* " in %s esac\n' "$1" >"$scratch/stubs/apt-get"
    chmod +x "$scratch/stubs/apt-get"
}
PATH=$scratch/stubs:$PATH
export PATH

# The archive that the mirror has.
mkdir -p library-1.0/src && echo 'int x;' >library-1.0/src/x.c
tar -cf "$scratch/library.tar" library-1.0
sum=$(sha256sum "$scratch/library.tar" | cut -d' ' -f1)
stub '*" update "*) ;; *" library=1.0-1 "*) cp '"$scratch"'/library.tar library.tar ;; *) exit 100 ;;'

unpack() { observe bookworm library 1.0-1 library.tar "${1-$sum}" "$scratch/to"; }
unpacked() {
    expect_code 0
    [ "$(cat "$scratch/to/src/x.c")" = 'int x;' ] || wrong 'the source is not there'
    [ "$scratch/to/src/x.c" -nt "$scratch/library.tar" ] || wrong 'the file is older than its archive'
}
gives_up() { # regex...
    expect_code 2
    expect_silence stdout
    for words; do expect_stderr "$words"; done
    expect_stderr '^error: '
    [ ! -e "$scratch/to/src" ] || wrong 'something was unpacked'
}
other=0000000000000000000000000000000000000000000000000000000000000000

case $name in
    fetched)
        unpack
        unpacked
        expect_stderr 'fetching the source of library 1.0-1'
        ;;
    from-the-cache)
        unpack
        stub '*) exit 100 ;;'
        rm -r "$scratch/to"
        unpack
        unpacked
        expect_silence stderr
        ;;
    anew) # a second time the folder is that of the archive: no file of an older one stays
        unpack
        echo stale >"$scratch/to/src/stale.c"
        unpack
        unpacked
        [ ! -e "$scratch/to/src/stale.c" ] || wrong 'a stale file stays'
        ;;
    no-network)
        stub '*) echo "E: Failed to fetch: Temporary failure resolving the mirror" >&2; exit 100 ;;'
        unpack
        gives_up 'cannot fetch the package lists' 'Temporary failure' \
            "library.tar from any mirror of Debian can be copied into $cached by hand"
        [ ! -e "$cached" ] || wrong 'an incomplete source was kept'
        ;;
    version-gone)
        stub '*" update "*) ;; *) echo "E: Can not find version" >&2; exit 100 ;;'
        unpack
        gives_up 'cannot fetch the source of library 1.0-1 of Debian bookworm: .*Can not find' 'by hand'
        ;;
    by-hand)
        stub '*) exit 100 ;;'
        mkdir -p "$cached" && cp "$scratch/library.tar" "$cached/"
        unpack
        unpacked
        ;;
    by-hand-wrong)
        stub '*) exit 100 ;;'
        mkdir -p "$cached" && echo other >"$cached/library.tar"
        unpack
        gives_up "$cached/library.tar is not the file that this version was tested with" 'by hand'
        ;;
    other-bytes)
        unpack $other
        gives_up "its SHA-256 is $sum, not $other"
        [ ! -e "$cached" ] || wrong 'other bytes were kept'
        ;;
    cache-changed)
        unpack
        rm -r "$scratch/to"
        echo >>"$cached/library.tar"
        unpack
        gives_up "$cached/library.tar is damaged; remove $cached to fetch it again"
        ;;
    no-archive)
        echo text >"$scratch/library.tar"
        unpack "$(sha256sum "$scratch/library.tar" | cut -d' ' -f1)"
        gives_up 'cannot unpack .*library.tar'
        ;;
    arguments)
        observe bookworm
        gives_up 'unpack_source takes RELEASE PACKAGE VERSION FILE SHA256 FOLDER'
        ;;
    *) wrong 'there is no such case' ;;
esac
