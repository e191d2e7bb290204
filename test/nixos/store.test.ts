import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { REPOSITORY } from '../host/host.js';
import { BUILDING } from './containers.js';
import { NIXPKGS } from './host.js';
import { describeNixos } from './suite.js';

interface Options {
  sharedNix: boolean;
  mountDaemonSocket: boolean;
  userNamespacing: boolean;
  ephemeral: boolean;
}

const EITHER = [true, false] as const;

/** Every combination of the options that determine how a container mounts the store of its host. */
const KINDS: readonly Options[] = EITHER.flatMap(
  (sharedNix) =>
    EITHER.flatMap((mountDaemonSocket) =>
      EITHER.flatMap((userNamespacing) =>
        EITHER.map((ephemeral) => ({ sharedNix, mountDaemonSocket, userNamespacing, ephemeral })),
      ),
    ),
  // Without the shared store, the daemon's socket is refused.
).filter(({ sharedNix, mountDaemonSocket }) => sharedNix || !mountDaemonSocket);

/** A name such as kind-smxx: the initials of the options that are on. */
const nameOf = (options: Options) =>
  `kind-${Object.entries(options)
    .map(([name, value]) => (value ? name[0] : 'x'))
    .join('')}`;

/** All containers in one evaluation, which is much faster than one for each. */
const expression = (attack: string) => `
  let
    pkgs = import ${NIXPKGS} { system = builtins.currentSystem; };
    inherit (import ${REPOSITORY}/nix/lib.nix) mkContainer;
    kind = name: nixosContainer: mkContainer {
      inherit pkgs name;
      system = builtins.currentSystem;
      modules = [
        {
          inherit nixosContainer;
          # With the same host name, units and files that contain it are built once for all.
          networking.hostName = "kind";
          system.stateVersion = "24.11";
          nix.gc.automatic = true;
          environment.etc."attack.sh".source = ${attack};
        }
      ];
    };
  in
  builtins.mapAttrs kind (builtins.fromJSON ''${JSON.stringify(
    Object.fromEntries(KINDS.map((options) => [nameOf(options), options])),
  )}'')`;

const MARK = '/run/attacked';

/** The state of Nix on the host. */
const STATE = `nix-store --dump-db | sha256sum
  nix-store --verify --check-contents 2>&1
  find /nix/store /nix/var/nix/db -maxdepth 1 -printf '%p %m %U %G\\n' | grep -v /db.sqlite- | sort
  find /nix/var/nix/profiles /nix/var/nix/gcroots -printf '%p %m %l\\n' | sort`;

/**
 * Lists the files of the store that have changed since the mark was made. With the daemon, any user can have equal
 * files hard-linked. This changes the times of their inodes, and adds links to a directory of the store.
 */
const changed = ({ mountDaemonSocket }: Options) =>
  mountDaemonSocket
    ? `find /nix/store -mindepth 1 -newer ${MARK} -not -path '/nix/store/.links*'`
    : `find /nix/store -cnewer ${MARK}`;

describeNixos("the host's store", 'attack', (containers, host) => {
  const state = async (options: Options) =>
    (await host().ask(['bash', '-euc', `${STATE}\n${changed(options)}`], BUILDING)).split('\n');
  const attack = (name: string, way: string) => {
    const script = `exec /run/current-system/sw/bin/bash /etc/attack.sh ${way}`;
    return host().ask(['nixos-nspawn', 'run', name, '--', '/bin/sh', '-c', script], BUILDING);
  };

  before(async function () {
    this.timeout(1_200_000);
    const script = fileURLToPath(new URL('containers/attack.sh', import.meta.url));
    await host().writeFile('/srv/attack.sh', await readFile(script));
    await host().writeFile('/srv/kinds.nix', expression('/srv/attack.sh'));
    await host().run(['nix-build', '--quiet', '--out-link', '/srv/kind', '/srv/kinds.nix'], {
      timeout: 1_150_000,
    });
    await containers().startNixDaemon();
    for (const [number, name] of KINDS.map(nameOf).sort().entries())
      await containers().tool.get([
        'create',
        name,
        '--profile',
        number === 0 ? '/srv/kind' : `/srv/kind-${number + 1}`,
      ]);
    await host().run(['nix-collect-garbage', '--quiet']);
  });

  for (const options of KINDS) {
    const name = nameOf(options);
    const title = Object.entries(options)
      .map(([option, value]) => `${option} ${value ? 'on' : 'off'}`)
      .join(', ');
    // The host's daemon treats root of this container as root of the host, see docs/security.md.
    if (options.mountDaemonSocket && !options.userNamespacing) {
      it(`can be made writable with ${title}`, async () => {
        const script = 'mount -o remount,rw,bind /nix/store && test -w /nix/store && echo writable';
        expect(await containers().inside(name, 'bash', '-c', script)).to.equal('writable');
      });
      continue;
    }

    it(`cannot be changed with ${title}`, async () => {
      await host().run(['touch', MARK]);
      const before = await state(options);
      for (const way of ['nix', 'hand', 'mounts']) expect(await attack(name, way), way).to.equal('');
      const after = await state(options);
      expect(after.filter((line) => !before.includes(line))).to.deep.equal([]);
      expect(before.filter((line) => !after.includes(line))).to.deep.equal([]);
    });
  }
});
