/**
 * What this project adds to the evaluation of a container's NixOS: `node --import tsx bench/eval.ts`.
 *
 * Takes a nixpkgs by NIXOS_NSPAWN_TEST_NIXPKGS, and a Nix that is not on this machine by NIXOS_NSPAWN_TEST_NIX.
 */
import { tree } from '../test/nix/nix.js';
import { type Cost, cases, measure } from './eval/measure.js';

if (tree === undefined) {
  console.error('Set NIXOS_NSPAWN_TEST_NIXPKGS to the path of a nixpkgs.');
  process.exit(64);
}

const row = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`);
const number = (value: number) => Math.round(value).toLocaleString('en');
const ratio = (ours: Cost, bare: Cost, key: keyof Cost) => (ours[key] / bare[key]).toFixed(3);

row(
  'container',
  'function calls, bare',
  'ours',
  'ratio',
  'allocated, bare',
  'ours',
  'ratio',
  'CPU, bare',
  'ours',
);
row('---', '---:', '---:', '---:', '---:', '---:', '---:', '---:', '---:');
for (const name of cases) {
  const bare = await measure(tree, name, 'bare');
  const ours = await measure(tree, name, 'ours');
  row(
    name,
    number(bare.functionCalls),
    number(ours.functionCalls),
    ratio(ours, bare, 'functionCalls'),
    `${number(bare.allocated / 1e6)} MB`,
    `${number(ours.allocated / 1e6)} MB`,
    ratio(ours, bare, 'allocated'),
    `${bare.seconds.toFixed(1)} s`,
    `${ours.seconds.toFixed(1)} s`,
  );
}
