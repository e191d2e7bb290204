/**
 * Drops the beginning of a stream up to a line that starts with a mark, and passes on what follows. The start files of a
 * login shell may print anything before the command that ssh was asked to run.
 */
export class Gate {
  #held = Buffer.alloc(0);
  #word: string | null = null;

  /** @param mark the first word of the line; it must be impossible to guess */
  constructor(readonly mark: string) {}

  /** The second word of the line, which may be empty; null before the line has arrived. */
  get word(): string | null {
    return this.#word;
  }

  /** What was dropped; at most the last 4000 characters. */
  get dropped(): string {
    return this.#held.toString('utf8').slice(-4000);
  }

  /** Takes the next part of the stream, and returns what may pass. */
  push(part: Uint8Array): Uint8Array {
    if (this.#word !== null) return part;
    this.#held = Buffer.concat([this.#held, part]);
    const start = this.#held.indexOf(this.mark);
    const end = start === -1 ? -1 : this.#held.indexOf('\n', start);
    if (end === -1) return Buffer.alloc(0);
    this.#word = this.#held
      .subarray(start + this.mark.length, end)
      .toString('utf8')
      .trim();
    const rest = this.#held.subarray(end + 1);
    this.#held = this.#held.subarray(0, start);
    return rest;
  }
}
