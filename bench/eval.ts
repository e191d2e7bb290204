/**
 * What this project adds to the evaluation of a container's NixOS: `node --import tsx bench/eval.ts`.
 *
 * Takes a nixpkgs by NIXOS_NSPAWN_TEST_NIXPKGS, and a Nix that is not on this machine by NIXOS_NSPAWN_TEST_NIX.
 */
import { tree } from '../test/nix/nix.js';
import { evaluation } from './parts/evaluation.js';
import { partText } from './show/text.js';

if (tree === undefined) {
  console.error('Set NIXOS_NSPAWN_TEST_NIXPKGS to the path of a nixpkgs.');
  process.exit(64);
}
process.stdout.write(`${partText(await evaluation(tree))}\n`);
