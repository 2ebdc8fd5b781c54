#!/bin/sh
# SPDX-License-Identifier: MIT
# linux_devices.sh ADYTON CASE: a distribution's kernel with disks and a network card of the user's.
#   root     starts what lies on a disk; what it writes is there afterwards, unless the disk is a snapshot
#   devices  the built-in checks find every disk and reach the network; disks that are not to change do not
set -u
adyton=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'FAIL: %s\n--- the end of the last run\n' "$*"
    tail -n 60 "$scratch/log"
    exit 1
}
boot() { # what the log must say, arguments...
    words=$1
    shift
    "$adyton" run linux --cpus 2 --timeout 400 "$@" >"$scratch/log" 2>&1 </dev/null || fail "exit code $?"
    grep -qE -- "$words" "$scratch/log" || fail "there is no line '$words'"
}
sum() { sha256sum <"$1"; }

case $2 in
    root)
        mkdir -p "$scratch/root/bin" "$scratch/root/sbin" "$scratch/root/dev" "$scratch/root/proc"
        cp "${XDG_CACHE_HOME:-$HOME/.cache}/adyton/debian/trixie/usr/bin/busybox" "$scratch/root/bin" || exit 1
        cat >"$scratch/root/sbin/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox sed 's/.*note=\([^ ]*\).*/\1/' /proc/cmdline >>/note
echo "the root has $(/bin/busybox wc -l </note) notes"
/bin/busybox sync
/bin/busybox poweroff -f
END
        chmod +x "$scratch/root/sbin/init"
        /sbin/mke2fs -q -F -t ext4 -d "$scratch/root" "$scratch/disk" 16M || exit 1
        boot 'the root has 1 notes' --disk "$scratch/disk" --append 'root=/dev/vda rw quiet note=first'
        boot 'the root has 2 notes' --disk "$scratch/disk,snapshot" --append 'root=/dev/vda rw quiet note=second'
        notes=$(/sbin/debugfs -R 'cat /note' "$scratch/disk" 2>/dev/null)
        [ "$notes" = first ] || fail "the disk has the notes '$notes' and not just the first"
        ;;
    devices)
        truncate -s 4M "$scratch/a" "$scratch/b"
        before=$(sum "$scratch/a")
        boot '^ok .* the disks that were given are there \(vda vdb\)' --disk "$scratch/a,ro" \
            --disk "$scratch/b,snapshot" --net user --append quiet
        grep -qE '^ok .* a network card reaches the network \(10\.0\.2\.15/24\)' "$scratch/log" || fail 'no network'
        [ "$(sum "$scratch/a")$(sum "$scratch/b")" = "$before$before" ] || fail 'a disk has changed'
        ;;
    *) fail "there is no case $2" ;;
esac
exit 0
