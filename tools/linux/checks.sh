# SPDX-License-Identifier: MIT
# Checks that any Linux can do, whether a script is its only program or systemd has started all others. The script that
# reads this has `arg NAME`, which says what is to be found (vmpl, cpus), and `hex`, which shows its input.
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

# To its end: a service of systemd ignores the signal that tells dmesg of a reader that has gone.
memory_is_encrypted() {
    dmesg | grep 'Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP' >/dev/null || {
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

reports=/sys/kernel/config/tsm/report
out=/tmp/out
field() { dd if="$1" bs=1 skip=$(($2)) count=$(($3)) 2>/dev/null | hex; } # report, offset, bytes

# NAME: reads report and certificates of an entry that has been told all the rest.
take_report() {
    cat /tmp/nonce >$reports/$1/inblob && cat $reports/$1/outblob >$out/$1.report &&
        cat $reports/$1/auxblob >$out/$1.certificates || { echo 'the kernel gives no report'; return 1; }
    [ "$(stat -c %s $out/$1.report)" = 1184 ] || { echo 'the report has another size'; return 1; }
}

# By protocol 1: VMPL0 asks, and signs for what it says of its services beside the nonce.
svsm_attests() {
    mkdir $reports/svsm && echo svsm >$reports/svsm/service_provider || return 1
    take_report svsm && cat $reports/svsm/manifestblob >$out/svsm.manifest && rmdir $reports/svsm || return 1
    [ "$(field $out/svsm.report 0x30 4)" = 00000000 ] || { echo 'VMPL0 did not ask for it'; return 1; }
    wanted=$(cat /tmp/nonce $out/svsm.manifest | sha512sum | cut -d ' ' -f 1)
    [ "$(field $out/svsm.report 0x50 64)" = "$wanted" ] || { echo 'it is for another nonce or manifest'; return 1; }
}

# By the kernel's own key, of its own level.
kernel_attests() {
    mkdir $reports/guest && cat $reports/guest/privlevel_floor >$reports/guest/privlevel || return 1
    take_report guest && rmdir $reports/guest || return 1
    [ "$(field $out/guest.report 0x30 4)" = "0$(arg vmpl)000000" ] || { echo 'another level asked for it'; return 1; }
    [ "$(field $out/guest.report 0x50 64)" = "$(hex </tmp/nonce)" ] || { echo 'it is for another nonce'; return 1; }
}

# Processes come and go on every processor at once.
processes_can_be_made() {
    cpu=0
    children=
    while [ $cpu -lt "$(arg cpus)" ]; do
        taskset "$(printf %x $((1 << cpu)))" sh -c 'i=0; while [ $i -lt 40 ]; do [ "$(echo $i | cat)" = $i ] || exit 1
            i=$((i + 1)); done' &
        children="$children $!"
        cpu=$((cpu + 1))
    done
    for child in $children; do wait "$child" || return 1; done
}
