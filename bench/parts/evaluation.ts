import { type Cost, cases, measure } from '../eval/measure.js';
import type { Measured, Part } from '../results.js';

/** Measures what this project adds to the evaluation of a container, with Nix's own counters. */
export async function evaluation(nixpkgs: string): Promise<Part> {
  const rows: Measured[] = [];
  for (const name of cases) {
    const bare = await measure(nixpkgs, name, 'bare');
    const ours = await measure(nixpkgs, name, 'ours');
    rows.push(
      row(`${name}, function calls`, 'calls', ours.functionCalls, bare.functionCalls),
      row(`${name}, allocated`, 'MiB', megabytes(ours), megabytes(bare)),
    );
  }
  return {
    title: 'Evaluation',
    about:
      "The evaluation of a container with this project, compared with a bare NixOS container with the same configuration and nixpkgs, up to the derivation. Nix's counters have the same values in each run.",
    rows,
    curve: null,
    notes: [],
  };
}

const megabytes = ({ allocated }: Cost) => allocated / 1024 ** 2;

const row = (what: string, unit: Measured['unit'], ours: number, bare: number): Measured => ({
  what,
  unit,
  median: ours,
  min: ours,
  max: ours,
  against: { what: 'a bare container', ratio: ours / bare },
  limit: { of: 'ratio', atMost: 1.02 },
});
