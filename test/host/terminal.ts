import type { Argv, Host } from './host.js';
import { waitFor } from './wait-for.js';

/** A real terminal on a host, by default 120 columns wide, with a program for which a test types. */
export class Terminal {
  private constructor(
    private readonly host: Host,
    private readonly socket: string,
  ) {}

  static async open(host: Host, name: string, argv: Argv, columns = 120): Promise<Terminal> {
    const size = ['-x', String(columns), '-y', '50'];
    await host.run(['tmux', '-L', name, '-f', '/dev/null', 'new-session', '-d', ...size, '--', ...argv], {
      env: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
    return new Terminal(host, name);
  }

  /** Types text, and presses keys by their tmux names: `['Tab']`, `['C-c']`. */
  async type(...strokes: readonly (string | readonly string[])[]): Promise<void> {
    const commands = strokes.map((stroke) =>
      typeof stroke === 'string' ? ['send-keys', '-l', '--', stroke] : ['send-keys', ...stroke],
    );
    await this.#tmux(...commands.flatMap((command, at) => (at === 0 ? command : [';', ...command])));
  }

  /** The content of the screen, without empty lines at its end. */
  async screen(): Promise<string> {
    return (await this.#tmux('capture-pane', '-p', '-J')).trimEnd();
  }

  /** Waits until the screen shows the text. */
  async shows(expected: string | RegExp): Promise<string> {
    let screen = '';
    await waitFor(
      `the terminal to show ${expected}`,
      async () => {
        screen = await this.screen();
        return typeof expected === 'string' ? screen.includes(expected) : expected.test(screen);
      },
      { timeout: 60_000 },
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : error}\nIt shows:\n${screen}`);
    });
    return screen;
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #tmux(...argv: readonly string[]): Promise<string> {
    return (await this.host.run(['tmux', '-L', this.socket, ...argv])).stdout;
  }
}
