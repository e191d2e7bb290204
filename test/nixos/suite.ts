import type { BootOptions, Host } from '../host/host.js';
import { describeOnHost } from '../host/suite.js';
import { NixosContainers } from './containers.js';
import { bootOptions, source } from './host.js';

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
