import { open } from 'node:fs/promises';

/** The size of the units in which the log counts, which boot.sh chooses. */
const SECTOR = 512;
/** The flags of an entry (drivers/md/dm-log-writes.c of Linux, whose format QEMU's blklogwrites writes). */
const [FLUSH, FUA, DISCARD] = [1n, 2n, 4n];

/** One request to the disk, in the order in which the disk got them. */
export interface Request {
  /** Where its record begins in the log. */
  logged: number;
  /** Everything that was written before is on the disk when this request has ended. */
  isFlush: boolean;
  /** It is on the disk itself when it has ended. */
  isDurable: boolean;
  /** Where it writes on the disk, in bytes. */
  at: number;
  /** Where its data is in the log. */
  data: number;
  /** Bytes. */
  length: number;
}

/** Reads the list of requests from a log, without their data. */
export async function readDiskLog(path: string): Promise<Request[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const requests: Request[] = [];
    const header = Buffer.alloc(32);
    // The first sector is the log's own description.
    let position = SECTOR;
    while (position + SECTOR <= size) {
      await file.read(header, 0, header.length, position);
      const [sector, sectors, flags] = [0, 8, 16].map((offset) => header.readBigUInt64LE(offset)) as [
        bigint,
        bigint,
        bigint,
      ];
      if (flags & DISCARD) throw new Error(`${path}: a discard, which the disk does not offer`);
      const length = Number(sectors) * SECTOR;
      const data = position + SECTOR;
      // The last record may be incomplete.
      if (data + length > size) break;
      requests.push({
        logged: position,
        isFlush: (flags & FLUSH) !== 0n,
        isDurable: (flags & FUA) !== 0n,
        at: Number(sector) * SECTOR,
        data,
        length,
      });
      position = data + length;
    }
    return requests;
  } finally {
    await file.close();
  }
}
