# SPDX-License-Identifier: MIT
# Looks whether a whole system has come up as an SEV-SNP guest should, one line per check, and powers off; a failed
# check ends in a reset, which the machine reports as a failure. Comes behind `adyton_vmpl=`, `adyton_cpus=` and
# `may_fail=` and the common checks, on a disk that a unit of the system starts it from.
arg() { eval "echo \$adyton_$1"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

# The state is known when nothing is left to start. This is no such thing: the unit counts as started at once.
systemd_has_started_all() {
    state=$(systemctl is-system-running --wait)
    echo "$state"
    [ "$state" = running ] || [ "$state" = degraded ]
}

no_unit_has_failed() {
    units=$(systemctl --failed --plain --no-legend | cut -d ' ' -f 1)
    bad=
    allowed=
    for unit in $units; do
        case " $may_fail " in
            *" $unit "*) allowed="$allowed $unit" ;;
            *) bad="$bad $unit" ;;
        esac
    done
    if [ -n "$bad" ]; then
        echo "failed:$bad"
        return 1
    fi
    [ -z "$allowed" ] || echo "but allowed ones:$allowed"
}

# A shell whose input is the serial line. One look takes few processes, which the login would have to wait for.
console_has_a_login() {
    their_folders='s|.* \(/proc/[0-9]*\)/fd/0 -> /dev/ttyS0$|\1|p'
    for wait in $(seq 60); do
        for process in $(ls -l /proc/[0-9]*/fd/0 2>/dev/null | sed -n "$their_folders"); do
            read -r program <"$process/comm" && [ "$program" = bash ] && return 0
        done
        sleep 2
    done
    return 1
}

firmware_is_uefi() { cat /sys/firmware/efi/fw_platform_size; }

# systemd tells this module to make no device of its own.
modules_can_be_loaded() { modprobe dummy && [ -e /sys/module/dummy ] && modprobe -r dummy; }

# The system's own disk: what is not in memory any more is read through pages that the kernel shares with the host.
disk_can_be_used() {
    dd if=/dev/urandom of=/var/tmp/data bs=64k count=16 2>/dev/null && sum=$(sha256sum </var/tmp/data) || return 1
    sync
    echo 3 >/proc/sys/vm/drop_caches
    [ "$(sha256sum </var/tmp/data)" = "$sum" ] && rm /var/tmp/data
}

prepare_reports() {
    mkdir -p $out
    head -c 64 /dev/urandom >/tmp/nonce
    modprobe sev-guest
    [ -d $reports ] || mount -t configfs configfs /sys/kernel/config 2>/dev/null
}

started=$(systemd_has_started_all)
login=
console_has_a_login && login=yes
# Behind the prompt, on a line of its own. The kernel's own file of the console stays open when a login begins.
sleep 1
exec >/dev/console 2>&1
echo
dmesg | sed -n 's/^.*\(SEV: SNP running at VMPL.*\)/# \1/p'
echo "# its clock is $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
case $started in
    running | degraded) check 'systemd has started everything' echo "$started" ;;
    *) check 'systemd has started everything' sh -c "echo '$started'; false" ;;
esac
check 'no unit has failed' no_unit_has_failed
check 'root is logged in on the serial console' test -n "$login"
check 'the firmware is UEFI' firmware_is_uefi
check 'the kernel runs at the VMPL that was asked for' runs_at_the_vmpl
check 'every processor is up' all_cpus_are_up
check 'the kernel uses SEV, SEV-ES and SEV-SNP' memory_is_encrypted
check 'most of the memory can be used and given back' memory_can_be_used
check 'the disk can be read and written through shared memory' disk_can_be_used
check 'a module can be loaded and removed' modules_can_be_loaded
prepare_reports
[ "$(arg vmpl)" = 0 ] || check 'attestation: the SVSM reports for its services' svsm_attests
check "attestation: the kernel's own key gives a report" kernel_attests
check 'processes come and go on every processor' processes_can_be_made
# Last: a processor that came back panics a kernel that sends it away again, and nothing here does.
[ "$(arg cpus)" = 1 ] || check 'every other processor leaves and returns' cpus_leave_and_return

echo "# debian: $((number - failed)) of $number checks passed"
[ $failed = 0 ] && exec systemctl poweroff
sync
echo b >/proc/sysrq-trigger
