#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# First and only program of the built-in initramfs: looks whether this kernel runs as an SEV-SNP guest under an
# SVSM should, one line per check, and powers off. A failed check ends in a reset instead, which the machine
# reports as a failure.
/bin/busybox mkdir -p /proc /sys /dev /tmp /mnt /sbin /usr/bin /usr/sbin
/bin/busybox mount -t proc proc /proc
# How long a boot takes, and nothing else: the same under an SVSM and without one.
if /bin/busybox grep -q 'adyton\.boot' /proc/cmdline; then
    echo 'adyton: this is init'
    /bin/busybox poweroff -f
fi
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

# Value of adyton.NAME on the kernel's command line.
arg() { sed -n "s/.*adyton\.$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

if grep -q 'adyton\.shell' /proc/cmdline; then
    echo "adyton: a shell on VMPL $(cat /sys/devices/system/cpu/sev/vmpl); 'exit' or 'poweroff -f' ends the run"
    setsid cttyhack sh
    poweroff -f
fi

number=0
failed=0
check() { # name, command: its output, if any, explains
    number=$((number + 1))
    name=$1
    shift
    if reason=$("$@" 2>&1); then
        echo "ok $number - $name${reason:+ ($reason)}"
    else
        echo "not ok $number - $name: $reason"
        failed=$((failed + 1))
    fi
}

runs_at_the_vmpl() {
    vmpl=$(cat /sys/devices/system/cpu/sev/vmpl) || return 1
    echo "VMPL $vmpl"
    [ "$vmpl" = "$(arg vmpl)" ]
}

all_cpus_are_up() {
    echo "$(nproc) of $(arg cpus)"
    [ "$(nproc)" = "$(arg cpus)" ]
}

memory_is_encrypted() {
    dmesg | grep -q 'Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP' || {
        dmesg | grep 'Memory Encryption'
        return 1
    }
}

# Most of what is free, touched and given back: twice, so that the second round finds used pages.
memory_can_be_used() {
    mebibytes=$(($(sed -n 's/MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo) * 3 / 4 / 1024))
    mount -t tmpfs -o size=100% tmpfs /mnt || return 1
    for round in 1 2; do
        dd if=/dev/zero of=/mnt/fill bs=1M count=$mebibytes 2>/dev/null || return 1
        [ "$(stat -c %s /mnt/fill)" = $((mebibytes * 1048576)) ] || return 1
        rm /mnt/fill
    done
    dd if=/dev/urandom of=/mnt/a bs=1M count=4 2>/dev/null && cp /mnt/a /mnt/b && cmp /mnt/a /mnt/b || return 1
    umount /mnt
    echo "2 times $mebibytes MiB"
}

# Once for each: the kernel itself panics when a processor comes back a second time.
cpus_leave_and_return() {
    for cpu in /sys/devices/system/cpu/cpu[1-9]*; do
        [ -e "$cpu/online" ] || continue
        echo 0 >"$cpu/online" && [ "$(cat "$cpu/online")" = 0 ] || return 1
        echo 1 >"$cpu/online" && [ "$(cat "$cpu/online")" = 1 ] || return 1
    done
    [ "$(nproc)" = "$(arg cpus)" ]
}

# The disk's data pass through memory that the kernel shares with the host for that.
disk_can_be_used() {
    [ -e /sys/block/vda ] || insmod /lib/modules/virtio_blk.ko || return 1
    for wait in 1 2 3 4 5 6 7 8 9 10; do [ -e /dev/vda ] && break || sleep 1; done
    mount -t ext4 /dev/vda /mnt || return 1
    (cd /mnt && sha256sum -c -s sums) || { echo 'the disk reads wrong'; return 1; }
    dd if=/dev/urandom of=/tmp/data bs=64k count=16 2>/dev/null
    cp /tmp/data /mnt/data && sync && umount /mnt || return 1
    echo 3 >/proc/sys/vm/drop_caches
    mount -t ext4 /dev/vda /mnt && cmp /tmp/data /mnt/data || { echo 'the disk does not keep data'; return 1; }
    umount /mnt
}

modules_can_be_loaded() {
    insmod /lib/modules/dummy.ko && [ -e /sys/class/net/dummy0 ] && rmmod dummy
}

# Processes come and go on every processor at once.
processes_can_be_made() {
    cpu=0
    children=
    while [ $cpu -lt "$(arg cpus)" ]; do
        taskset $((1 << cpu)) sh -c 'i=0; while [ $i -lt 40 ]; do [ "$(echo $i | cat)" = $i ] || exit 1
            i=$((i + 1)); done' &
        children="$children $!"
        cpu=$((cpu + 1))
    done
    for child in $children; do wait "$child" || return 1; done
}

check 'the kernel runs at the VMPL that was asked for' runs_at_the_vmpl
check 'every processor is up' all_cpus_are_up
check 'the kernel uses SEV, SEV-ES and SEV-SNP' memory_is_encrypted
check 'most of the memory can be used and given back' memory_can_be_used
[ "$(arg cpus)" = 1 ] || check 'every other processor leaves and returns' cpus_leave_and_return
[ "$(arg disk)" != 1 ] || check 'a disk can be read and written through shared memory' disk_can_be_used
[ ! -e /lib/modules/dummy.ko ] || check 'a module can be loaded and removed' modules_can_be_loaded
check 'processes come and go on every processor' processes_can_be_made

echo "# linux: $((number - failed)) of $number checks passed"
sync
[ $failed = 0 ] && poweroff -f
echo b >/proc/sysrq-trigger
