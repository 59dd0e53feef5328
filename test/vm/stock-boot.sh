#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# stock-boot.sh IMAGE OUT COMMAND [ARGUMENT...]: runs a command as root of a distribution's kernel in qemu, without KVM, with 2 CPUs.
# IMAGE is the unpacked package of the kernel (boot/ and lib/modules/). The guest's files are the host's, read-only, by 9p; /tmp
# and /run are empty and writable. Exits with the command's status, or 97 when the guest died before it could tell. The guest's
# kernel log is left in OUT/dmesg. BUSYBOX names a static busybox.
set -eu
image=$(realpath "$1") out=$(realpath "$2") busybox=${BUSYBOX:-$(command -v busybox)}
shift 2
rm -rf "$out/status" "$out/dmesg" "$out/initrd"
version=$(ls "$image/lib/modules")

quoted=
for word; do
  quoted="$quoted '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
done

cat >"$out/command" <<EOF
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true VPOLL_GUEST=stock
cd '$PWD'
/run/busybox ifconfig lo 127.0.0.1 up
/run/busybox mount -t tmpfs tmp /tmp
$quoted
EOF

# The initramfs: busybox, and the modules that 9p over virtio needs, in their order.
mkdir -p "$out/initrd/bin" "$out/initrd/modules" "$out/initrd/host"
cp "$busybox" "$out/initrd/bin/busybox"
[ -e "$image/lib/modules/$version/modules.dep.bin" ] || depmod -b "$image" "$version"
for module in virtio_pci 9pnet_virtio 9p; do
  modprobe -d "$image" -S "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r file; do
  case $file in
    *.xz) xz -dc "$file" >"$out/initrd/modules/$(basename "$file" .xz)" ;;
    *) cp "$file" "$out/initrd/modules" ;;
  esac
  echo "/modules/$(basename "$file" .xz)" >>"$out/initrd/order"
done

cat >"$out/initrd/init" <<'EOF'
#!/bin/busybox sh
bb=/bin/busybox
for module in $($bb cat /order); do $bb insmod $module; done
options=trans=virtio,version=9p2000.L,msize=512000
$bb mount -t 9p -o $options,cache=loose,ro host /host || $bb poweroff -f
$bb mount -t proc proc /host/proc
$bb mount -t sysfs sys /host/sys
$bb mount -t devtmpfs dev /host/dev
$bb mkdir -p /host/dev/pts /host/dev/shm
$bb mount -t devpts pts /host/dev/pts
$bb mount -t tmpfs shm /host/dev/shm
$bb mount -t tmpfs run /host/run
$bb cp $bb /host/run/busybox
$bb mount -t 9p -o $options out /host/mnt
$bb chroot /host /bin/sh /mnt/command
status=$?
$bb dmesg >/host/mnt/dmesg
echo $status >/host/mnt/status
$bb sync
$bb poweroff -f
EOF
chmod +x "$out/initrd/init"
(cd "$out/initrd" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initrd.gz"

timeout "${SECONDS_MAX:-300}" qemu-system-x86_64 -M pc -accel tcg,thread=multi,tb-size=512 -cpu max -smp 2 -m 2048 \
  -nodefaults -nographic -no-reboot -serial stdio -kernel "$image/boot/vmlinuz-$version" -initrd "$out/initrd.gz" \
  -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=host,mount_tag=host \
  -fsdev local,id=out,path="$out",security_model=none -device virtio-9p-pci,fsdev=out,mount_tag=out \
  -append 'console=ttyS0 panic=-1 quiet loglevel=4 mitigations=off' </dev/null |
  sed -u '/reboot: Power down/d; s/\r//g; s/\x1bc//g; s/\x1b\[[?0-9;]*[a-zA-Z]//g'
[ -f "$out/status" ] || exit 97
exit "$(cat "$out/status")"
