import type { Host } from '../host.js';

/** The directory of the images on the host. */
const IMAGES = '/srv/disks';

/** Directories of a host on separate file systems, which are small enough to be filled. */
export class SmallDisks {
  private constructor(private readonly host: Host) {}

  /** Moves each directory with its content to a loop-mounted ext2 image of this many megabytes. */
  static async mount(host: Host, sizes: Readonly<Record<string, number>>): Promise<SmallDisks> {
    // The host has no udev, which would create the device nodes.
    const nodes =
      'mknod -m 660 /dev/loop-control c 10 237; for i in $(seq 0 63); do mknod -m 660 /dev/loop$i b 7 $i; done';
    await host.run(['sh', '-c', `[ -e /dev/loop-control ] || { ${nodes}; }`]);
    const script = `set -e
mkdir -p ${IMAGES} "$1"
image=${IMAGES}/$(echo "$1" | tr / _)
truncate -s "$2M" "$image"
busybox mke2fs -F "$image" >/dev/null
mount -o loop "$image" /mnt
rmdir /mnt/lost+found
cp -a "$1/." /mnt
umount /mnt
mount -o loop "$image" "$1"`;
    for (const [path, megabytes] of Object.entries(sizes))
      await host.run(['bash', '-c', script, 'mount', path, String(megabytes)]);
    return new SmallDisks(host);
  }

  /** The command that fills a file system: first its inodes, then its blocks, twice because reserved ones become free. */
  fillingArgv(path: string): string[] {
    const script = `i=0
while : >"$1/.full-$i"; do i=$((i + 1)); done
for pass in 1 2; do cat /dev/zero >>"$1/.full-0"; sync -f "$1"; done`;
    return ['bash', '-c', script, 'fill', path];
  }

  async free(path: string): Promise<void> {
    await this.host.run(['find', path, '-maxdepth', '1', '-name', '.full-*', '-delete']);
  }
}
