import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTORY = '/srv/bench-flake';

const fixtures = fileURLToPath(new URL('../../test/fixtures/flake', import.meta.url));

export const flakeOf = (name: string) => `${DIRECTORY}#${name}`;

/** Writes a flake with a container of each name. */
export async function writeFlake(names: readonly string[]): Promise<void> {
  await mkdir(DIRECTORY, { recursive: true });
  await cp(fixtures, DIRECTORY, { recursive: true });
  await writeFile(
    join(DIRECTORY, 'flake.nix'),
    `{
  outputs =
    { self }:
    let
      names = [ ${names.map((name) => JSON.stringify(name)).join(' ')} ];
      eachOf = keys: value: builtins.listToAttrs (map (name: { inherit name; value = value name; }) keys);
    in
    {
      nixosContainers = eachOf [ "x86_64-linux" "aarch64-linux" ] (
        system:
        eachOf names (
          name:
          (import ./container.nix { inherit system; }).container {
            inherit name;
            generation = builtins.readFile ./generation;
          }
        )
      );
    };
}
`,
  );
}

/** Changes the configuration of all its containers. */
export const writeGeneration = (generation: string) => writeFile(join(DIRECTORY, 'generation'), generation);
