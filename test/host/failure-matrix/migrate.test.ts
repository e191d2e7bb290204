import { answers } from '../by-hand.js';
import { type Host, REPOSITORY } from '../host.js';
import { CONF, CONFIGURATION, makeOldContainer, makeOldUnit } from '../old-containers.js';
import { bringingUp, calling, cutShort, onFullDisk, switching } from './cells.js';
import { buildInitCrash, buildNeverReady, buildWeb } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

const OLD = '/var/lib/nixos-containers/web';
const NETWORK = '/etc/systemd/network/79-old-containers.network';
const ADDRESS = 'http://10.233.1.2/';

/** Without a migration, this is the container of NixOS's own module. */
const runs = (host: Host) => answers(host, ADDRESS);

failureMatrix('migrate, with each fault at each step', 'matrix-migrate', (bench) => {
  const built = { web: '', neverReady: '', initCrash: '' };
  const from = (path: string) => ['migrate', 'web', '--profile', path];
  const made = () => ['migrate', 'web', '--nixpkgs', `${REPOSITORY}/test/fixtures/nixpkgs`];
  return {
    verb: 'migrate',
    args: () => from(built.web),
    disks: { '/var/lib/nixos-nspawn': 1, '/nix/var/nix/profiles': 1, '/etc/systemd': 2 },
    withState: false,
    watched: ['/etc/nixos-containers', '/etc/nixos-nspawn', `${OLD}/srv`, `${OLD}/etc/nixos`],
    arrange: async () => {
      const { host } = bench();
      built.web = await buildWeb(host, '1');
      built.neverReady = await buildNeverReady(host);
      built.initCrash = await buildInitCrash(host);
      await makeOldUnit(host);
      // Otherwise the host's networkd gives the link of the old container another address at each start.
      await host.writeFile(NETWORK, '[Match]\nName=ve-*\n\n[Link]\nUnmanaged=yes\n');
      await host.run(['networkctl', 'reload']);
      const system = await host.ask(['sh', '-c', `dirname $(readlink -f ${built.web}/init)`]);
      await makeOldContainer(host, {
        name: 'web',
        conf: CONF(1),
        closure: system,
        configuration: CONFIGURATION('web'),
      });
      await host.writeFile(`${OLD}/srv/data`, 'precious');
      await host.run(['systemctl', 'start', 'container@web']);
      await runs(host);
    },
    clear: async () => {
      const { host, tool } = bench();
      await tool.get(['migrate', '--finish', 'web']);
      await tool.get(['remove', 'web', '--delete-state']);
      await host.run(['rm', '-r', '/var/lib/nixos-containers', '/etc/nixos-containers']);
      await host.run([
        'sh',
        '-c',
        'rm -r /nix/var/nix/profiles/per-container /nix/var/nix/gcroots/per-container',
      ]);
      await host.run(['rm', '/etc/systemd/system/container@.service', NETWORK]);
    },
    rows: [
      {
        step: 'write-configuration',
        cells: Object.fromEntries(
          Object.entries(cutShort('write-configuration')).map(([column, cell]) => [
            column,
            { ...cell, args: made },
          ]),
        ),
      },
      {
        step: 'build',
        cells: Object.fromEntries(
          Object.entries(calling('build', { program: 'nix', word: 'build' })).map(([column, cell]) => [
            column,
            { ...cell, args: made },
          ]),
        ),
      },
      switching('set-profile', '--set'),
      {
        step: 'stop-old',
        cells: {
          ...calling('stop-old', { program: 'systemctl', word: 'daemon-reload' }),
          ...onFullDisk('stop-old', '/etc/systemd'),
          refused: { fault: { kind: 'machined-refuses', members: ['KillMachine'] } },
        },
      },
      { step: 'move-state', cells: cutShort('move-state') },
      {
        step: 'write-units',
        cells: calling('write-units', { program: 'systemctl', word: '--property=NeedDaemonReload' }),
      },
      { step: 'remember-migration', cells: cutShort('remember-migration') },
      bringingUp('start', 'start', {
        'never-ready': () => from(built.neverReady),
        crash: () => from(built.initCrash),
      }),
    ],
  };
});
