import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { noteArgv, takeArgvs } from './argv-log.js';

export interface CommandAnswer {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
}

/** A program that logs its argv and gives the next answer. It repeats the last one. */
const program = (base: string, name: string) => `#!/bin/sh
${noteArgv(`'${name}'`, `'${base}/argv'`)}
for key in "$1" default; do
  set -- '${base}/answers/${name}'/"$key"/*
  [ -d "$1" ] || continue
  cat "$1/stdout"
  cat "$1/stderr" >&2
  code=$(cat "$1/exitCode")
  [ $# -eq 1 ] || rm -r "$1"
  exit "$code"
done
`;

/** Commands with the given names, first in the PATH of this process, that only log their calls. */
export class FakeCommands {
  #programs = new Set<string>();

  private constructor(
    private readonly base: string,
    private readonly path: string | undefined,
    private readonly machined: string | undefined,
  ) {}

  static async install(...names: readonly string[]): Promise<FakeCommands> {
    const { PATH, NIXOS_NSPAWN_MACHINED_SOCKET } = process.env;
    const base = await mkdtemp(join(tmpdir(), 'nspawn-commands-'));
    const fake = new FakeCommands(base, PATH, NIXOS_NSPAWN_MACHINED_SOCKET);
    await mkdir(join(fake.base, 'bin'));
    await writeFile(join(fake.base, 'argv'), '');
    for (const name of names) {
      await writeFile(join(fake.base, 'bin', name), program(fake.base, name), { mode: 0o755 });
      fake.#programs.add(name);
    }
    process.env.PATH = `${join(fake.base, 'bin')}${delimiter}${process.env.PATH}`;
    // Otherwise, a machined that runs here would be asked directly.
    process.env.NIXOS_NSPAWN_MACHINED_SOCKET = '';
    return fake;
  }

  /**
   * Sets the answers of a command, in order. `command` is its name, optionally with the first argument:
   * `systemctl show`. Without an answer, it prints nothing and exits with 0.
   */
  async answer(command: string, ...answers: readonly CommandAnswer[]): Promise<void> {
    const [name = '', first = 'default'] = command.split(' ');
    if (!this.#programs.has(name)) throw new Error(`${name} is no fake command`);
    const place = join(this.base, 'answers', name, first);
    await rm(place, { recursive: true, force: true });
    for (const [index, { stdout = '', stderr = '', exitCode = 0 }] of answers.entries()) {
      const directory = join(place, String(index).padStart(3, '0'));
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'stdout'), stdout);
      await writeFile(join(directory, 'stderr'), stderr);
      await writeFile(join(directory, 'exitCode'), String(exitCode));
    }
  }

  /** Returns every argv since the last call, program first. */
  async argvs(): Promise<string[][]> {
    return takeArgvs(join(this.base, 'argv'));
  }

  /** Returns the same as lines, for argvs whose words contain no spaces. */
  async lines(): Promise<string[]> {
    return (await this.argvs()).map((argv) => argv.join(' '));
  }

  async uninstall(): Promise<void> {
    process.env.PATH = this.path;
    if (this.machined === undefined) delete process.env.NIXOS_NSPAWN_MACHINED_SOCKET;
    else process.env.NIXOS_NSPAWN_MACHINED_SOCKET = this.machined;
    await rm(this.base, { recursive: true, force: true });
  }
}
