/**
 * Measures what this project adds to the evaluation of a container: `node --import tsx bench/eval.ts`.
 *
 * NIXOS_NSPAWN_TEST_NIXPKGS is the path of a nixpkgs. NIXOS_NSPAWN_TEST_NIX runs a Nix that is not on this machine.
 */
import { tree } from '../test/nix/nix.js';
import { evaluation } from './parts/evaluation.js';
import { partText } from './show/text.js';

if (tree === undefined) {
  console.error('Set NIXOS_NSPAWN_TEST_NIXPKGS to the path of a nixpkgs.');
  process.exit(64);
}
process.stdout.write(`${partText(await evaluation(tree))}\n`);
