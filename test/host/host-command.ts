import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { waitFor } from './wait-for.js';

export type Argv = readonly [string, ...string[]];

export interface Outcome {
  stdout: string;
  stderr: string;
  /** Null if a signal ended the command. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A command whose exit code was not 0. */
export class CommandFailure extends Error {
  constructor(
    readonly argv: Argv,
    readonly outcome: Outcome,
  ) {
    const { code, signal, stdout, stderr } = outcome;
    super(
      `${argv.join(' ')}: ${signal ? `killed by ${signal}` : `exit code ${code}`}\n${stderr.trimEnd()}\n${stdout.trimEnd()}`,
    );
    this.name = 'CommandFailure';
  }
}

/** Names of the process before it becomes the command, when it does not yet lead its own process group. */
const ON_THE_WAY = new Set(['timeout', 'setsid']);

/** A running command in a test host. run.sh starts it, and its process becomes timeout(1). */
export class HostCommand {
  readonly #door: ChildProcess;
  #stdout = '';
  #stderr = '';
  readonly outcome: Promise<Outcome>;

  constructor(doorArgv: Argv, input: string | Uint8Array | undefined) {
    const [file, ...args] = doorArgv;
    this.#door = spawn(file, args, {
      // A separate process group, so that Ctrl-C only reaches the test runner.
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#door.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#door.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // A command may exit without reading all of its input.
    this.#door.stdin?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') this.#door.emit('error', error);
    });
    if (input !== undefined) this.#door.stdin?.end(input);
    this.outcome = new Promise((resolve, reject) => {
      this.#door.once('error', reject);
      this.#door.once('close', (code, signal) =>
        resolve({ stdout: this.#stdout, stderr: this.#stderr, code, signal }),
      );
    });
    // Callers await the promise later and see the failure then.
    this.outcome.catch(() => undefined);
  }

  get stdoutSoFar(): string {
    return this.#stdout;
  }

  get stderrSoFar(): string {
    return this.#stderr;
  }

  get hasEnded(): boolean {
    return this.#door.exitCode !== null || this.#door.signalCode !== null;
  }

  /** The PID of the command on this machine; null after it has ended. */
  async pid(): Promise<number | null> {
    const found = await waitFor(
      'the command in the host',
      async () => (this.hasEnded ? { pid: null } : await this.#findCommand()),
      { timeout: 5000, interval: 5 },
    );
    return found.pid;
  }

  async #findCommand(): Promise<{ pid: number } | null> {
    const door = this.#door.pid;
    if (door === undefined || (await nameOf(door)) !== 'timeout') return null;
    const child = Number.parseInt(await readFile(`/proc/${door}/task/${door}/children`, 'utf8'), 10);
    if (Number.isNaN(child)) return null;
    return ON_THE_WAY.has(await nameOf(child)) ? null : { pid: child };
  }

  /** Sends the signal to the command itself, or with `group` to its process group, as a terminal does. */
  async kill(signal: NodeJS.Signals, { group = false }: { group?: boolean } = {}): Promise<void> {
    const pid = await this.pid();
    if (pid === null) return;
    try {
      process.kill(group ? -pid : pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
}
