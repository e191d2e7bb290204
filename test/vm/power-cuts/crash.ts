import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Dice } from '../../unit/cli/hostile-words.js';
import type { Request } from './disk-log.js';

/** What a disk writes at once. A write of several may be torn between them. */
const PHYSICAL_SECTOR = 4096;

/** How much of what was written after the last flush was lost. */
export type Loss = 'nothing' | 'everything' | 'some';

export interface Cut {
  /** The number of requests that the disk had got. */
  after: number;
  loss: Loss;
}

/**
 * The disk at any point of a log. A disk may keep what it is told in a cache, and write it in any order. Only a flush
 * ensures that all earlier writes are on the disk. A power cut therefore loses any part of the later ones.
 */
export class DiskHistory {
  /** The number of requests that the image contains. */
  #done = 0;

  /** @param image the disk before the first request. Becomes the disk at a later point, with each crash */
  constructor(
    private readonly requests: readonly Request[],
    private readonly log: string,
    private readonly image: string,
  ) {}

  /** The number of requests before this position of the log. */
  requestsBefore(position: number): number {
    const index = this.requests.findIndex(({ logged }) => logged >= position);
    return index < 0 ? this.requests.length : index;
  }

  /**
   * Chooses a moment between two numbers of requests: every other time any request, and otherwise one after any flush,
   * because most requests of a build are between a few flushes.
   */
  chooseCut(dice: Dice, from: number, to: number): Cut {
    const loss = dice.pick<Loss>(['nothing', 'everything', 'some', 'some']);
    const flushes = Array.from({ length: to - from }, (_, index) => from + index).filter(
      (index) => this.requests[index]?.isFlush,
    );
    const flush = flushes[dice.below(flushes.length)];
    if (dice.below(2) === 0 || flush === undefined) return { after: from + 1 + dice.below(to - from), loss };
    const next = flushes.find((index) => index > flush) ?? to;
    return { after: flush + 1 + dice.below(next - flush), loss };
  }

  /** Brings a copy of the image to the point after this number of requests, without losses. */
  async bringForward(copy: string, after: number): Promise<void> {
    await this.#apply(copy, this.requests.slice(this.#done, after));
  }

  /** Makes the image `path` with the disk after this cut. Cuts must come in order. */
  async crash({ after, loss }: Cut, dice: Dice, path: string): Promise<void> {
    let flushed = after;
    while (flushed > 0 && !this.requests[flushed - 1]?.isFlush) flushed -= 1;
    if (flushed < this.#done) throw new Error('an earlier cut than the one before');
    await this.#apply(this.image, this.requests.slice(this.#done, flushed));
    this.#done = flushed;
    await copySparse(this.image, path);
    const volatile = this.requests.slice(flushed, after);
    await this.#apply(
      path,
      volatile.flatMap((request) => (request.isDurable ? [request] : surviving(request, loss, dice))),
    );
  }

  async #apply(image: string, requests: readonly Request[]): Promise<void> {
    const log = await open(this.log, 'r');
    const disk = await open(image, 'r+');
    try {
      for (const { at, data, length } of requests) {
        if (length === 0) continue;
        const buffer = Buffer.alloc(length);
        await log.read(buffer, 0, length, data);
        await disk.write(buffer, 0, length, at);
      }
    } finally {
      await disk.close();
      await log.close();
    }
  }
}

/** Copies an image without the blocks that it never wrote. Node.js would write them. */
export async function copySparse(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['--sparse=always', from, to]);
}

/** The parts of a write that the disk has kept. */
function surviving(request: Request, loss: Loss, dice: Dice): Request[] {
  if (loss === 'nothing') return [request];
  if (loss === 'everything') return [];
  const kind = dice.pick(['kept', 'kept', 'lost', 'torn']);
  if (kind === 'kept') return [request];
  if (kind === 'lost') return [];
  const parts: Request[] = [];
  for (let offset = 0; offset < request.length; ) {
    // Up to the next border of a physical sector.
    const length = Math.min(
      PHYSICAL_SECTOR - ((request.at + offset) % PHYSICAL_SECTOR),
      request.length - offset,
    );
    if (dice.below(2) === 0)
      parts.push({ ...request, at: request.at + offset, data: request.data + offset, length });
    offset += length;
  }
  return parts;
}
