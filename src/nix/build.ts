import { dirname } from 'node:path';
import { makeDirectory } from '../base/files.js';
import { renderAttributePath } from './attribute.js';
import { KEEP_LOCK_FILE, type NixOptions, nix } from './command.js';
import { nixFile } from './files.js';
import { type FlakeMetadata, firstThatExists, flakeMetadata } from './flake.js';
import { flakePlace, requireUnambiguous } from './flake-place.js';
import { parseFlakeReference } from './flake-reference.js';
import { type PresetModule, presetArguments } from './preset-modules.js';

interface BuildRequest {
  name: string;
  system: string;
  presets: readonly PresetModule[];
  /** The file with the host's defaults; null if there is none. */
  hostDefaults: string | null;
  /** Link to the result, which becomes a root of the garbage collector. */
  outLink: string;
}

/** Builds a container from a plain configuration file; returns the closure's store path. */
export async function buildConfig(
  request: BuildRequest & { file: string; nixpkgs: string },
  options: NixOptions,
): Promise<string> {
  const evaluator = process.env.NIXOS_NSPAWN_EVAL ?? nixFile('eval-config.nix');
  return build(
    [
      '--file',
      evaluator,
      '--argstr',
      'name',
      request.name,
      '--argstr',
      'config',
      request.file,
      '--argstr',
      'nixpkgs',
      request.nixpkgs,
      '--argstr',
      'system',
      request.system,
      ...presetArguments(request.presets),
      ...defaultsArguments(request.hostDefaults),
    ],
    request.outLink,
    options,
  );
}

const defaultsArguments = (file: string | null): string[] =>
  file === null ? [] : ['--argstr', 'hostDefaults', file];

export interface FlakeBuild {
  closure: string;
  metadata: FlakeMetadata;
  /** The attribute that was built, as text. */
  attribute: string;
}

/**
 * Builds a container of a flake. Without presets and defaults of the host, Nix evaluates the flake itself, purely and
 * with its evaluation cache. With them, nix/eval-flake.nix extends the container's evaluation by their modules.
 */
export async function buildFlake(
  request: BuildRequest & { reference: string; directory: string },
  options: NixOptions,
): Promise<FlakeBuild> {
  await requireUnambiguous(request.reference);
  const { flake, attribute } = parseFlakeReference(request.reference);
  const place = await flakePlace(flake, request.directory);
  const here = { ...options, cwd: place.cwd };
  const metadata = await flakeMetadata(place.flake, here);
  const asked = attribute ?? [request.name];
  const candidates = { flake: metadata.locked, shown: flake, asked, system: request.system };
  return firstThatExists(candidates, here, async (path) => {
    const closure =
      request.presets.length === 0 && request.hostDefaults === null
        ? await build(['--', `${metadata.locked}#${renderAttributePath(path)}`], request.outLink, here)
        : await build(
            [
              '--impure',
              '--file',
              nixFile('eval-flake.nix'),
              '--argstr',
              'flake',
              metadata.locked,
              '--argstr',
              'attribute',
              JSON.stringify(path),
              ...presetArguments(request.presets),
              ...defaultsArguments(request.hostDefaults),
            ],
            request.outLink,
            here,
          );
    return { closure, metadata, attribute: renderAttributePath(path) };
  });
}

/** Builds several attributes of one locked flake with one command; returns their store paths in the same order. */
export async function buildFlakeAttributes(
  flake: string,
  attributes: readonly string[],
  outLink: string,
  options: NixOptions,
): Promise<string[]> {
  const installables = attributes.map((attribute) => `${flake}#${attribute}`);
  return (await build(['--', ...installables], outLink, options)).split('\n');
}

async function build(installable: readonly string[], outLink: string, options: NixOptions): Promise<string> {
  await makeDirectory(dirname(outLink), 0o700);
  const stdout = await nix(
    ['build'],
    [...KEEP_LOCK_FILE, '--print-out-paths', '--out-link', outLink, ...installable],
    options,
  );
  return stdout.trim();
}
