import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { nix } from '../../test/nix/nix.js';

/** The cost of an evaluation, as Nix counts it (NIX_SHOW_STATS). Only `seconds` differs between runs. */
export interface Cost {
  functionCalls: number;
  thunks: number;
  /** All bytes that were allocated, even if not at the same time. */
  allocated: number;
  /** Processor time. */
  seconds: number;
}

/** The containers of cases.nix. */
export const cases = [
  'a container with an empty configuration',
  'a web server',
  'a web server and a database',
] as const;

const statistics = z
  .looseObject({
    nrFunctionCalls: z.number(),
    nrThunks: z.number(),
    cpuTime: z.number(),
    gc: z.looseObject({ totalBytes: z.number() }),
  })
  .transform(
    ({ nrFunctionCalls, nrThunks, cpuTime, gc }): Cost => ({
      functionCalls: nrFunctionCalls,
      thunks: nrThunks,
      allocated: gc.totalBytes,
      seconds: cpuTime,
    }),
  );

/** Evaluates the derivation of one case, as a container of this project or as a bare one. */
export async function measure(
  nixpkgs: string,
  name: (typeof cases)[number],
  as: 'ours' | 'bare',
): Promise<Cost> {
  const file = fileURLToPath(new URL('cases.nix', import.meta.url));
  const { stderr } = await nix([
    'env',
    'NIX_SHOW_STATS=1',
    'nix-instantiate',
    '--eval',
    file,
    '--argstr',
    'nixpkgs',
    nixpkgs,
    '--argstr',
    'case',
    name,
    '--argstr',
    'as',
    as,
  ]);
  return statistics.parse(JSON.parse(stderr.slice(stderr.indexOf('{'))));
}
