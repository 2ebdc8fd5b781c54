# SPDX-License-Identifier: MIT
# Run by mmdebstrap when all packages are there, with the folder of the new system as $1.
set -e
system=$1/etc/systemd/system
echo adyton >"$1/etc/hostname"
echo '127.0.1.1 adyton' >>"$1/etc/hosts"
echo 'LABEL=adyton-root / ext4 defaults 0 0' >"$1/etc/fstab"
# Every run is the system's first one, and would make caches that are lost with it: say that they are made.
touch "$1/etc/.updated" "$1/var/.updated"
# A person at the serial console is root: the system holds no secret, and each run forgets what it did.
chroot "$1" passwd -d root >/dev/null
mkdir -p "$system/serial-getty@ttyS0.service.d"
cat >"$system/serial-getty@ttyS0.service.d/autologin.conf" <<'UNIT'
[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200,57600,38400,9600 - linux
UNIT
# The checks are no part of the disk: they come on a second one, and without it there is nothing to do.
cat >"$system/adyton-checks.service" <<'UNIT'
[Unit]
Description=Checks that adyton brings

[Service]
ExecStartPre=/bin/sh -c "tr -d '\\000' </dev/disk/by-id/virtio-adyton-checks >/run/adyton-checks"
ExecStart=/bin/sh /run/adyton-checks
StandardOutput=null
StandardError=journal
UNIT
device='dev-disk-by\x2did-virtio\x2dadyton\x2dchecks.device'
mkdir -p "$system/$device.wants"
ln -s ../adyton-checks.service "$system/$device.wants/adyton-checks.service"
