import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BootOptions, Host } from '../host/host.js';
import { describeOnHost } from '../host/suite.js';
import { NixosContainers } from './containers.js';
import { bootOptions, given, source } from './host.js';

/** A suite on a fresh host that can build and run NixOS containers. It is skipped if no nixpkgs is given. */
export function describeNixos(
  title: string,
  name: string,
  body: (containers: () => NixosContainers, host: () => Host) => void,
): void {
  describe(title, function () {
    this.timeout(600_000);
    let options: BootOptions | undefined;

    before(async function () {
      // The first run fetches Debian's programs and builds a container.
      this.timeout(1_200_000);
      if (source === undefined) this.skip();
      options = await bootOptions(source);
    });

    describeOnHost(
      'on a test host',
      `nixos-${name}`,
      (host) => body(() => new NixosContainers(host()), host),
      async () => options ?? {},
    );
  });
}

/**
 * Tests for a feature of later NixOS versions, which needs a module of nixpkgs and optionally a program that Debian
 * does not have (README.md). Without these, the tests are reported as skipped.
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
