import { type Argv, type Host, type Outcome, type RunOptions, waitFor } from '../host/host.js';
import type { Machine } from '../host/tool.js';
import { BUILDING } from './containers.js';
import { NIXPKGS } from './host.js';

const NAME = 'nixhost';
const UNIT = `systemd-nspawn@${NAME}`;
const PARTS = '/opt/nixos-nspawn/test/nixos/host';
const CONFIGURATION = '/srv/nixhost/configuration.nix';
const SYSTEM = '/nix/var/nix/profiles/system';
const PATH = '/run/wrappers/bin:/run/current-system/sw/bin';

const NSPAWN_FILE = `[Exec]
Boot=no
Parameters=${SYSTEM}/init
Capability=all
SystemCallFilter=@default @known
PrivateUsers=no
LinkJournal=no
Timezone=off
ResolvConf=off
NotifyReady=yes

[Files]
Bind=/nix
Bind=/srv/nixhost
BindReadOnly=/opt/nixos-nspawn
BindReadOnly=/srv/programs
BindReadOnly=${NIXPKGS}

[Network]
Private=yes
VirtualEthernet=no
`;

const DROP_IN = `[Service]
Environment=SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
DevicePolicy=auto
`;

/** The declaration of a container with this page and further settings. */
export function declaration(name: string, page: number, settings = ''): string {
  return `nixos.containers.${name} = {
    config = import ${PARTS}/../containers/page.nix "${name}, page ${page}";
    ${settings}
  };`;
}

/** A NixOS host with its own configuration. It runs in a container of the test host. */
export class NixosHost implements Machine {
  constructor(private readonly outer: Host) {}

  /** Boots it with these declarations in addition to host.nix. */
  async boot(declared: string): Promise<void> {
    await this.build(declared, this.outer);
    await this.outer.writeFile(`/etc/systemd/nspawn/${NAME}.nspawn`, NSPAWN_FILE);
    await this.outer.writeFile(`/etc/systemd/system/${UNIT}.service.d/nested.conf`, DROP_IN);
    await this.outer.run(['mkdir', '-p', `/var/lib/machines/${NAME}/usr`, `/var/lib/machines/${NAME}/etc`]);
    await this.outer.writeFile(`/var/lib/machines/${NAME}/etc/os-release`, '');
    await this.outer.run(['systemctl', 'daemon-reload']);
    await this.outer.run(['systemctl', 'start', UNIT]);
    await this.booted();
  }

  /** Reboots it: its files remain, its processes and /run do not. */
  async reboot(): Promise<void> {
    await this.outer.run(['systemctl', 'restart', UNIT]);
    await this.booted();
  }

  /** Builds a system from another configuration and switches to it with its switch-to-configuration. */
  async switchTo(declared: string): Promise<string> {
    const system = await this.build(declared, this);
    await this.run([`${SYSTEM}/bin/switch-to-configuration`, 'switch'], BUILDING);
    return system;
  }

  /** Switches back to an earlier system with its switch-to-configuration, as `nixos-rebuild --rollback switch` does. */
  async switchBack(system: string): Promise<void> {
    await this.run(['nix-env', '--profile', SYSTEM, '--set', system]);
    await this.run([`${system}/bin/switch-to-configuration`, 'switch'], BUILDING);
  }

  async run(argv: Argv, { env = {}, cwd = '/root', ...options }: RunOptions = {}): Promise<Outcome> {
    const variables = Object.entries({ PATH, HOME: '/root', LANG: 'C.UTF-8', ...env });
    return this.outer.run(
      [
        'systemd-run',
        `--machine=${NAME}`,
        '--quiet',
        '--collect',
        '--pipe',
        '--wait',
        '--service-type=exec',
        '--expand-environment=no',
        `--working-directory=${cwd}`,
        ...variables.map(([name, value]) => `--setenv=${name}=${value}`),
        '--',
        // env finds the command in that PATH.
        '/run/current-system/sw/bin/env',
        ...argv,
      ],
      options,
    );
  }

  async ask(argv: Argv, options: RunOptions = {}): Promise<string> {
    return (await this.run(argv, options)).stdout.replace(/\n$/, '');
  }

  async writeFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
    await this.run(['bash', '-c', script, 'write', path, mode.toString(8)], { input: content });
  }

  readFile(path: string): Promise<string> {
    return this.run(['cat', path]).then(({ stdout }) => stdout);
  }

  /** The current system of its profile. */
  system(): Promise<string> {
    return this.ask(['readlink', '-e', SYSTEM]);
  }

  private async build(declared: string, where: Machine): Promise<string> {
    await this.outer.writeFile(
      CONFIGURATION,
      `{\n  imports = [\n    ${PARTS}/host.nix\n    ({ pkgs, lib, ... }: {\n${declared}\n    })\n  ];\n}\n`,
    );
    const argv: Argv = ['nix-build', `${PARTS}/build.nix`, '--argstr', 'configuration', CONFIGURATION];
    const system = await where.ask([...argv, '--argstr', 'nixpkgs', NIXPKGS, '--no-out-link'], BUILDING);
    await where.run(['nix-env', '--profile', SYSTEM, '--set', system]);
    return system;
  }

  private async booted(): Promise<void> {
    await waitFor('the NixOS host', () => this.ask(['systemctl', 'is-system-running', '--wait']));
  }
}
