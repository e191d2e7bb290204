import { type Command, timed } from './command.js';

/** Milliseconds, over the measured rounds. */
export interface Figure {
  median: number;
  min: number;
  max: number;
}

export interface PairedFigure extends Figure {
  name: string;
  /** The median of the ratio to the first command's time in the same round. */
  ratio: number;
}

export interface PairedOptions {
  /** The number of measured rounds. */
  rounds?: number;
  /** The number of rounds before them, which are not measured. */
  warmUp?: number;
}

/**
 * Times commands in turn, A B C A B C …, so that a change in the speed of the machine affects all of them. Compares
 * each command with the first one in each round.
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

/** @throws Error if there are no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  if (high === undefined || low === undefined) throw new Error('There is no median of no values.');
  return (high + low) / 2;
}
