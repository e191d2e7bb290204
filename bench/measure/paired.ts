import { type Command, timed } from './command.js';

/** Milliseconds, each over the counted runs. */
export interface Figure {
  median: number;
  min: number;
  max: number;
}

export interface PairedFigure extends Figure {
  name: string;
  /** Median over the rounds of this one's time by the first one's in the same round. */
  ratio: number;
}

export interface PairedOptions {
  /** Counted rounds. */
  rounds?: number;
  /** Rounds before that, which do not count. */
  warmUp?: number;
}

/**
 * Times commands in turn, A B C A B C …, so that a machine that grows slower in the middle slows all of them, and
 * compares each with the first one round by round.
 */
export async function paired(
  commands: readonly (Command & { name: string })[],
  { rounds = 15, warmUp = 2 }: PairedOptions = {},
): Promise<PairedFigure[]> {
  const times: number[][] = commands.map(() => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, command] of commands.entries()) {
      const { milliseconds } = await timed(command);
      if (round >= 0) times[index]?.push(milliseconds);
    }
  }
  const [first = []] = times;
  return commands.map(({ name }, index) => {
    const own = times[index] ?? [];
    return { name, ...figure(own), ratio: median(own.map((time, round) => time / (first[round] ?? time))) };
  });
}

export function figure(values: readonly number[]): Figure {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** @throws Error for no values, of which there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  if (high === undefined || low === undefined) throw new Error('There is no median of no values.');
  return (high + low) / 2;
}
