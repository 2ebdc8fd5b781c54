#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# First and only program of the built-in initramfs: looks whether this kernel runs as an SEV-SNP guest under an
# SVSM should, one line per check, and powers off. A failed check ends in a reset instead, which the machine
# reports as a failure. With root= on the kernel's command line it starts what lies there instead.
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

# A word of the kernel's own, root=/dev/vda: the last one counts.
word() { tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1; }

# Drivers of the devices that the user asked for; a kernel without them as modules has them built in.
[ -z "$(arg disks)" ] || insmod /lib/modules/virtio_blk.ko 2>/dev/null
if [ "$(arg net)" = 1 ]; then
    for driver in failover net_failover virtio_net; do insmod /lib/modules/$driver.ko 2>/dev/null; done
fi

give_up() {
    echo "adyton: $*"
    sync
    echo b >/proc/sysrq-trigger
}

# The way of every distribution: mount it as it says, hand over, be gone.
start_root() {
    root=$1
    case $root in UUID=* | LABEL=*) root=$(findfs "$root") ;; esac
    for wait in 1 2 3 4 5 6 7 8 9 10; do [ -b "$root" ] && break || sleep 1; done
    [ -b "$root" ] || give_up "root=$1: there is no such disk; give one with --disk"
    mode=ro
    tr ' ' '\n' </proc/cmdline | grep -qx rw && mode=rw
    type=$(word rootfstype)
    mount ${type:+-t "$type"} -o $mode "$root" /mnt ||
        give_up "root=$1: cannot be mounted $mode; a disk with ,ro takes no 'rw', and only ext4 needs no --initrd"
    init=$(word init)
    for init in $init /sbin/init /etc/init /bin/init /bin/sh; do
        [ -x "/mnt$init" ] || [ -L "/mnt$init" ] && break
    done
    if [ -d /mnt/dev ]; then mount -o move /dev /mnt/dev; fi
    umount /sys /proc
    exec switch_root -c /dev/console /mnt "$init"
}
root=$(word root)
[ -z "$root" ] || start_root "$root"

# A lease of the network that QEMU plays.
cat >/bin/lease <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router"
mkdir -p /etc && echo "nameserver $dns" >/etc/resolv.conf
END
chmod +x /bin/lease
start_network() { ip link set eth0 up && udhcpc -q -n -i eth0 -s /bin/lease; }

if grep -q 'adyton\.shell' /proc/cmdline; then
    # The feeder learns when to rest by two bytes that no text has (tools/qemu/feeder.hpp).
    stty -ixon ixoff start 255 stop 254
    [ "$(arg net)" != 1 ] || start_network
    echo "adyton: a shell on VMPL $(cat /sys/devices/system/cpu/sev/vmpl); 'exit' or 'poweroff -f' ends the run"
    setsid cttyhack sh
    poweroff -f
fi

. /lib/checks.sh

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

disks_are_there() {
    found=
    for disk in a b c d e f g h; do
        [ -e /dev/vd$disk ] && [ "$(cat /sys/block/vd$disk/serial)" != adyton-out ] || break
        found="$found vd$disk"
    done
    echo "${found# }"
    [ "$(echo $found | wc -w)" = "$(arg disks)" ]
}

# Both directions: a lease, and an answer to a ping.
network_can_be_used() {
    start_network >/dev/null 2>&1 || { echo 'no lease'; return 1; }
    ping -c 2 -W 5 10.0.2.2 >/dev/null || { echo 'no answer to a ping'; return 1; }
    ip -4 -o addr show dev eth0 | sed 's/.*inet \([^ ]*\).*/\1/'
}

# Reports. The disk of --out begins with the nonce of the person that will verify them; without it any will do. The
# disk is not in the kernel's words, which are measured: with it and without it the launch digest is the same.
find_out_disk() {
    insmod /lib/modules/virtio_blk.ko 2>/dev/null
    for serial in /sys/block/vd*/serial; do
        [ "$(cat "$serial" 2>/dev/null)" = adyton-out ] || continue
        serial=${serial%/serial}
        echo "/dev/${serial##*/}"
    done
}

prepare_reports() {
    mkdir -p $out
    out_disk=$(find_out_disk)
    dd if="${out_disk:-/dev/urandom}" of=/tmp/nonce bs=64 count=1 2>/dev/null
    for driver in crypto_null gf128mul ghash-generic gcm libaesgcm configfs tsm tsm_report sev-guest; do
        insmod /lib/modules/$driver.ko 2>/dev/null
    done
    [ -d $reports ] || mount -t configfs configfs /sys/kernel/config 2>/dev/null
}

hex() { hexdump -v -e '1/1 "%02x"'; }

files_leave() {
    (cd $out && ls | cpio -o -H newc 2>/dev/null) >"$out_disk" && sync
}

modules_can_be_loaded() {
    insmod /lib/modules/dummy.ko && [ -e /sys/class/net/dummy0 ] && rmmod dummy
}

check 'the kernel runs at the VMPL that was asked for' runs_at_the_vmpl
check 'every processor is up' all_cpus_are_up
check 'the kernel uses SEV, SEV-ES and SEV-SNP' memory_is_encrypted
check 'most of the memory can be used and given back' memory_can_be_used
[ "$(arg cpus)" = 1 ] || check 'every other processor leaves and returns' cpus_leave_and_return
[ "$(arg disk)" != 1 ] || check 'a disk can be read and written through shared memory' disk_can_be_used
[ -z "$(arg disks)" ] || check 'the disks that were given are there' disks_are_there
[ "$(arg net)" != 1 ] || check 'a network card reaches the network' network_can_be_used
[ ! -e /lib/modules/dummy.ko ] || check 'a module can be loaded and removed' modules_can_be_loaded
if [ -e /lib/modules/sev-guest.ko ]; then
    prepare_reports
    [ "$(arg vmpl)" = 0 ] || check 'attestation: the SVSM reports for its services' svsm_attests
    check "attestation: the kernel's own key gives a report" kernel_attests
    [ -z "$out_disk" ] || check 'files leave by the disk for that' files_leave
fi
check 'processes come and go on every processor' processes_can_be_made

echo "# linux: $((number - failed)) of $number checks passed"
sync
[ $failed = 0 ] && poweroff -f
echo b >/proc/sysrq-trigger
