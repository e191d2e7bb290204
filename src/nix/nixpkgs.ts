import { resolve } from 'node:path';
import * as z from 'zod';
import { run } from '../base/process.js';
import { noNixpkgs } from '../errors/nix.js';
import { type NixOptions, nix } from './command.js';

/**
 * The store or file system path of the nixpkgs to use. `wish` is a path, `<name>` from NIX_PATH, or a flake reference,
 * which is fetched. The default is `<nixpkgs>`.
 *
 * @throws NspawnError `no-nixpkgs`
 */
export async function findNixpkgs(wish: string | null, options: NixOptions): Promise<string> {
  const asked = wish ?? '<nixpkgs>';
  const lookup = /^<([^<>]+)>$/.exec(asked)?.[1];
  if (lookup !== undefined) return findFile(lookup, options);
  if (asked.startsWith('/') || asked.startsWith('./') || asked.startsWith('../') || asked === '.') {
    return resolve(options.cwd ?? '.', asked);
  }
  return prefetch(asked, options);
}

async function findFile(name: string, options: NixOptions): Promise<string> {
  const found = await run(['nix-instantiate', '--find-file', name], {
    signal: options.signal,
    acceptCodes: [0, 1],
  });
  if (found.exitCode !== 0) throw noNixpkgs();
  return found.stdout.trim();
}

async function prefetch(flake: string, options: NixOptions): Promise<string> {
  const stdout = await nix(['flake', 'prefetch'], ['--json', '--', flake], options);
  return z.looseObject({ storePath: z.string() }).parse(JSON.parse(stdout)).storePath;
}
