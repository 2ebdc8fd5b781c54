#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch.sh ADYTON CASE: fetching a kernel when there is no network, or half of one, and the message for a damaged cache.
# apt is a script here, so nothing leaves this computer. CMake reads the names of the cases from this file.
set -u
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/fake_apt.sh"

cached=$scratch/cache/adyton/debian/trixie
# What apt answers when all is well.
stub apt-cache '
    *" linux-image-cloud-amd64 "*) echo "  Depends: linux-image-6.99-cloud-amd64" ;;
    *) echo "  Depends: kmod" ;;'
stub dpkg-deb '
    *busybox*) mkdir -p "$last/usr/bin" && echo busybox >"$last/usr/bin/busybox" ;;
    *) mkdir -p "$last/boot" "$last/usr/lib/modules/6.99" && echo kernel >"$last/boot/vmlinuz-6.99" ;;'

# The run ends before there is a machine: what, why, and what to do, and nothing that a later run takes for a kernel.
gives_up() { # regex...
    observe run linux
    expect_code 2
    expect_silence stdout
    for words; do expect_stderr "$words"; done
    expect_stderr '^adyton: error: '
    expect_clean
}
nothing_kept() { [ ! -e "$cached" ] && [ ! -e "$cached.part" ] || wrong 'an incomplete kernel was kept'; }

case $name in
    no-network)
        stub apt-get '*) echo "E: Failed to fetch: Temporary failure resolving the mirror" >&2; exit 100 ;;'
        gives_up 'fetching the package lists of Debian trixie' \
            'error: cannot fetch the package lists of Debian trixie' 'Temporary failure resolving' \
            'with --kernel and --initrd nothing is fetched'
        nothing_kept
        ;;
    network-lost)
        stub apt-get '*" update "*) ;; *) echo "E: Failed to fetch: Connection timed out" >&2; exit 100 ;;'
        gives_up 'cannot fetch from Debian trixie: linux-image-6.99-cloud-amd64' 'Connection timed out' '--kernel and --initrd'
        nothing_kept
        ;;
    network-returns)
        stub apt-get '*) exit 100 ;;'
        gives_up 'cannot fetch the package lists'
        stub apt-get '*" update "*) ;; *) echo garbage >"$last.deb" ;;'
        gives_up 'is not a Linux kernel'
        [ -e "$cached/boot/vmlinuz-6.99" ] || wrong 'the second try has kept nothing'
        ;;
    no-apt)
        # Everything else that a run needs stays where it is: only the name apt-get leads nowhere.
        ln -sf /nonexistent/apt-get "$scratch/stubs/apt-get"
        PATH=$scratch/stubs
        observe run linux
        PATH=/usr/bin:/bin
        expect_code 2
        expect_stderr 'cannot start apt-get: No such file'
        nothing_kept
        ;;
    package-unknown)
        stub apt-cache '*) echo "E: No packages found" >&2; exit 100 ;;'
        gives_up 'Debian trixie lacks a package: linux-image-cloud-amd64' 'No packages found' '--kernel and --initrd'
        nothing_kept
        ;;
    package-names-no-kernel)
        stub apt-cache '*) echo "  Depends: kmod" ;;'
        gives_up 'linux-image-cloud-amd64 of Debian trixie names no kernel'
        nothing_kept
        ;;
    package-damaged)
        rm "$scratch/stubs/dpkg-deb"
        gives_up 'cannot unpack linux-image-6.99-cloud-amd64' 'not a Debian format archive'
        nothing_kept
        ;;
    package-without-kernel)
        stub dpkg-deb '*) mkdir -p "$last/usr/share/doc" ;;'
        gives_up 'has no kernel with its modules and busybox'
        nothing_kept
        ;;
    cache-without-kernel)
        mkdir -p "$cached/boot"
        gives_up "$cached has no kernel with its modules and busybox; remove the folder to fetch it again"
        ;;
    cache-without-busybox)
        mkdir -p "$cached/boot" "$cached/usr/lib/modules/6.99" && : >"$cached/boot/vmlinuz-6.99"
        gives_up "$cached has no kernel with its modules and busybox; remove the folder to fetch it again"
        ;;
    cache-damaged)
        mkdir -p "$cached/usr/bin" "$cached/boot" "$cached/usr/lib/modules/6.99"
        echo busybox >"$cached/usr/bin/busybox"
        # A kernel's first sectors, and then the disk was full.
        { head -c 497 /dev/zero && printf '\004' && head -c 12 /dev/zero && printf '\125\252\353\146HdrS\017\002' &&
            head -c 1500 /dev/zero; } >"$cached/boot/vmlinuz-6.99"
        gives_up "$cached/boot/vmlinuz-6.99 " "remove $cached to fetch it again"
        ;;
    cache-changed)
        gives_up 'is not a Linux kernel' # what the script has unpacked, but fetched without a complaint
        echo kernel, longer >"$cached/boot/vmlinuz-6.99"
        gives_up "$cached/boot/vmlinuz-6.99 is damaged; remove $cached to fetch it again"
        rm -r "$cached"
        gives_up 'fetching the package lists' 'is not a Linux kernel'
        ;;
    cache-not-writable)
        # Root may write everywhere; a file in the folder's place stops root too.
        rmdir "$scratch/cache" && : >"$scratch/cache"
        gives_up "cannot write to $scratch/cache/adyton/debian"
        ;;
    release-unknown)
        stub apt-get '*) echo "E: The repository nosuch Release does not have a Release file." >&2; exit 100 ;;'
        observe run linux --release nosuch
        expect_code 2
        expect_stderr 'cannot fetch the package lists of Debian nosuch'
        expect_stderr 'does not have a Release file'
        ;;
    *) wrong 'there is no such case' ;;
esac
