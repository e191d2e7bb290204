import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { noteArgv, takeArgvs } from './argv-log.js';

export interface CommandAnswer {
  stdout?: string;
  stderr?: string;
  exitCode?: number;
}

/** Each notes its argv and gives the next answer; the last one again and again. */
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

/** Commands of the given names, first on this process's PATH, that do nothing but tell how they were called. */
export class FakeCommands {
  #programs = new Set<string>();

  private constructor(
    private readonly base: string,
    private readonly path: string | undefined,
  ) {}

  static async install(...names: readonly string[]): Promise<FakeCommands> {
    const fake = new FakeCommands(await mkdtemp(join(tmpdir(), 'nspawn-commands-')), process.env.PATH);
    await mkdir(join(fake.base, 'bin'));
    await writeFile(join(fake.base, 'argv'), '');
    for (const name of names) {
      await writeFile(join(fake.base, 'bin', name), program(fake.base, name), { mode: 0o755 });
      fake.#programs.add(name);
    }
    process.env.PATH = `${join(fake.base, 'bin')}${delimiter}${process.env.PATH}`;
    return fake;
  }

  /**
   * What a command answers, one after the other. `command` is its name, or that and the first argument:
   * `systemctl show`. Without an answer it says nothing and ends with 0.
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

  /** Every argv since the last call, program first. */
  async argvs(): Promise<string[][]> {
    return takeArgvs(join(this.base, 'argv'));
  }

  /** The same with blanks between the words, for argvs whose words have none. */
  async lines(): Promise<string[]> {
    return (await this.argvs()).map((argv) => argv.join(' '));
  }

  async uninstall(): Promise<void> {
    process.env.PATH = this.path;
    await rm(this.base, { recursive: true, force: true });
  }
}
