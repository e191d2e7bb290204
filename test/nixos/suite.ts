import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BootOptions, Host } from '../host/host.js';
import { describeOnHost } from '../host/suite.js';
import { NixosContainers } from './containers.js';
import { bootOptions, given, source } from './host.js';

/**
 * A suite on a fresh host that can build and run containers of NixOS, with the containers that it makes there. Skipped
 * where no nixpkgs is given.
 */
export function describeNixos(
  title: string,
  name: string,
  body: (containers: () => NixosContainers, host: () => Host) => void,
): void {
  describe(title, function () {
    this.timeout(600_000);
    let options: BootOptions | undefined;

    before(async function () {
      // The first time, Debian's programs are fetched and a container is built.
      this.timeout(1_200_000);
      if (source === undefined) this.skip();
      options = await bootOptions(source);
    });

    describeOnHost(
      'of NixOS',
      `nixos-${name}`,
      (host) => body(() => new NixosContainers(host()), host),
      async () => options ?? {},
    );
  });
}

/**
 * Cases for what only later NixOSes have: a module of its name, and where it runs a program that Debian has not, that
 * program (README.md). Skipped without them, and shown as such.
 */
export function withModule(
  { module, program }: { module: string; program?: string },
  body: () => void,
): void {
  const missing =
    source !== undefined && !existsSync(join(source, 'nixos/modules', module))
      ? `this nixpkgs has no ${module}`
      : program !== undefined && !existsSync(join(given ?? '', program))
        ? `there is no program ${program}`
        : null;
  if (missing === null) body();
  else describe.skip(`(${missing})`, body);
}
