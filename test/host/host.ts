import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Argv, CommandFailure, HostCommand, type Outcome } from './host-command.js';
import { diffSnapshots, parseSnapshot, type Snapshot } from './snapshot.js';
import { waitFor } from './wait-for.js';

export type { Argv, Outcome, Snapshot };
export { waitFor };

const here = dirname(fileURLToPath(import.meta.url));

/** The path of this repository in every host. */
export const REPOSITORY = '/opt/nixos-nspawn';

export interface BootOptions {
  /** The release of Debian; default `NIXOS_NSPAWN_TEST_SUITE`, or trixie. */
  suite?: string;
  /** Further directories of this machine to mount in the host. */
  binds?: readonly { from: string; to: string; readOnly?: boolean }[];
  /** A directory of this machine. The host's /nix is a copy of it. By default, it is almost empty. */
  nix?: string;
  /** An image of this machine with a file system. The host boots from it, and changes it. */
  image?: string;
}

export interface CommandOptions {
  /** Standard input. Without it, the command reads end-of-file immediately. */
  input?: string | Uint8Array;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
}

export interface RunOptions extends CommandOptions {
  /** Milliseconds after which the command is killed and the run fails. */
  timeout?: number;
  /** Whether an exit code other than 0 is an error. Default: yes. */
  check?: boolean;
}

/** The machine at the other end of a host's uplink (see uplink.sh). */
export interface Outside {
  run(argv: Argv, options?: RunOptions): Promise<Outcome>;
  readonly address: { readonly v4: '10.99.0.1'; readonly v6: 'fd99::1' };
}

/** A throw-away machine with its own systemd and Nix. */
export class Host {
  /** @param scripts the directory of the scripts that boot and run it */
  protected constructor(
    readonly name: string,
    protected readonly scripts: string = here,
  ) {}

  /** Null if a host can run, otherwise the reason why not. */
  static async unavailable(): Promise<string | null> {
    if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
    if (process.geteuid?.() !== 0) return 'it takes root';
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    if (!/ cgroup2 /.test(mounts)) return 'this machine has no cgroup2 file system mounted';
    const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'));
    const systemAdministration = 1n << 21n;
    if (!(BigInt(`0x${capabilities?.[1] ?? '0'}`) & systemAdministration))
      return 'root is not allowed to mount here';
    return null;
  }

  /**
   * Boots a fresh host. First deletes a host of this name that a killed test run left. The first boot on a machine
   * builds the host's file system, which takes a minute.
   */
  static async boot(name: string, options: BootOptions = {}): Promise<Host> {
    const binds = (options.binds ?? []).flatMap(({ from, to, readOnly }) => [
      readOnly ? '--bind-ro' : '--bind',
      `${from}:${to}`,
    ]);
    const suite = options.suite === undefined ? [] : ['--suite', options.suite];
    const nix = options.nix === undefined ? [] : ['--nix', options.nix];
    const image = options.image === undefined ? [] : ['--image', options.image];
    const owner = ['--owner', String(process.pid)];
    await runScript(join(here, 'boot.sh'), ...suite, ...binds, ...nix, ...image, ...owner, name);
    return new Host(name);
  }

  /** Starts a command. The caller awaits its `outcome`. */
  spawn(argv: Argv, options: CommandOptions = {}): HostCommand {
    const cwd = options.cwd === undefined ? [] : ['--cwd', options.cwd];
    const env = Object.entries(options.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    return new HostCommand(
      [join(this.scripts, 'run.sh'), this.name, ...cwd, ...env, '--', ...argv],
      options.input,
    );
  }

  /** Runs a command. @throws CommandFailure if it does not exit with 0, unless `check` is false. */
  async run(argv: Argv, options: RunOptions = {}): Promise<Outcome> {
    const { timeout = 120_000, check = true } = options;
    const command = this.spawn(argv, options);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      command.kill('SIGKILL', { group: true }).catch(() => undefined);
    }, timeout);
    const outcome = await command.outcome.finally(() => clearTimeout(timer));
    if (timedOut) {
      throw new Error(
        `${argv.join(' ')}: did not end in ${timeout} ms\n${outcome.stderr}\n${outcome.stdout}`,
      );
    }
    if (check && outcome.code !== 0) throw new CommandFailure(argv, outcome);
    return outcome;
  }

  /** The standard output of a command, without the last newline. */
  async ask(argv: Argv, options: RunOptions = {}): Promise<string> {
    return (await this.run(argv, options)).stdout.replace(/\n$/, '');
  }

  /** Writes a file and creates its parent directories. */
  async writeFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
    await this.run(['sh', '-c', script, 'write', path, mode.toString(8)], { input: content });
  }

  async readFile(path: string): Promise<string> {
    return (await this.run(['cat', '--', path])).stdout;
  }

  /** Whether the path exists, even as a dangling link. */
  async has(path: string): Promise<boolean> {
    const { code } = await this.run(['find', path, '-maxdepth', '0', '-quit'], { check: false });
    return code === 0;
  }

  /** A canonical description of the host's files (below these directories, default all), machines, links and rules. */
  async snapshot(directories: readonly string[] = []): Promise<Snapshot> {
    return parseSnapshot((await this.run([`${REPOSITORY}/test/host/snapshot.sh`, ...directories])).stdout);
  }

  /** The differences since then, one line each; none if the host is unchanged. */
  async changesSince(before: Snapshot): Promise<string[]> {
    return diffSnapshots(before, await this.snapshot());
  }

  /** Builds a container of the fixture flake, and returns its store path. */
  async buildFixture(attribute: string): Promise<string> {
    return this.ask(['nix', 'build', '--no-link', '--print-out-paths', fixture(attribute)]);
  }

  /** The major version of its systemd. */
  async systemd(): Promise<number> {
    return Number(/systemd (\d+)/.exec(await this.ask(['systemctl', '--version']))?.[1]);
  }

  /** Adds a default route to the host, through another machine. */
  async uplink(): Promise<Outside> {
    await runScript(join(here, 'uplink.sh'), this.name, join(this.scripts, 'run.sh'));
    return {
      run: (argv, options) => this.run(['ip', 'netns', 'exec', 'outside', ...argv], options),
      address: { v4: '10.99.0.1', v6: 'fd99::1' },
    };
  }

  /** Reboots the host and waits until it is up. Its files remain, its processes and /run do not. */
  async reboot(): Promise<void> {
    await runScript(join(this.scripts, 'reboot.sh'), this.name);
  }

  /** Stops and deletes the host. */
  async stop(): Promise<void> {
    await runScript(join(this.scripts, 'stop.sh'), this.name);
  }
}

/** The fixture flake on hosts. `path:` prevents Nix from copying the whole repository. */
export const FIXTURES = `path:${REPOSITORY}/test/fixtures/flake`;

/** The flake reference of a fixture container for `nix build`. */
export function fixture(attribute: string): string {
  const system = process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux';
  return `${FIXTURES}#nixosContainers.${system}."${attribute}"`;
}

/** Runs a script on this machine, and returns its output. */
export async function runScript(script: string, ...args: readonly string[]): Promise<string> {
  const argv: Argv = [script, ...args];
  const outcome = await new HostCommand(argv, undefined).outcome;
  if (outcome.code !== 0) throw new CommandFailure(argv, outcome);
  return outcome.stdout;
}
