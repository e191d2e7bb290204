import { expect } from 'chai';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { Terminal } from './terminal.js';
import { flakeOf } from './tool.js';

/** Prints the size of its terminal, also after each change, and exits on a signal. */
const WATCHER = [
  'trap "stty size" WINCH',
  'trap "echo was interrupted; exit 9" INT',
  'trap "echo was terminated; exit 8" TERM',
  'stty size; tty; echo re""ady; while :; do sleep 0.1; done',
].join('; ');

/** The prompt of root in sh or bash. */
const PROMPT = /^\S*# ?$/m;

describeOnHost('on a terminal,', 'terminals', (host) => {
  let terminal: Terminal;

  before(async function () {
    this.timeout(300_000);
    await host().run(['nixos-nspawn', 'create', 'console', '--flake', flakeOf('console')]);
    terminal = await Terminal.open(host(), 'people', ['env', 'PS1=host> ', 'bash', '--norc'], 100);
  });

  beforeEach(async () => {
    await terminal.resize(100, 30);
    await terminal.type(['C-l']);
  });

  /** Runs a line in the host's shell, which then prints the exit code. */
  const enter = (line: string) => terminal.type(`${line}; echo "ended" with $?`, ['Enter']);

  it('shell opens a login shell of root with the size of the window', async () => {
    await enter('nixos-nspawn shell console');
    await terminal.shows(PROMPT);
    await terminal.type('id -un; cat /proc/1/comm; stty size; tty', ['Enter']);
    expect(await terminal.shows(/^\/dev\/pts\/\d+$/m)).to.match(/^root\nsystemd\n30 100\n/m);
    await terminal.resize(90, 20);
    await terminal.type('stty size', ['Enter']);
    await terminal.shows(/^20 90$/m);
    await terminal.type('exit', ['Enter']);
    await terminal.shows('ended with 0');
  });

  it("login shows the login prompt of the container's console, and Ctrl-] leaves it", async () => {
    await enter('nixos-nspawn login console');
    await terminal.shows(/console login: ?$/m);
    await terminal.type('root', ['Enter']);
    await terminal.shows(PROMPT);
    await terminal.type('echo "$USER" on $(tty)', ['Enter']);
    await terminal.shows(/^root on \/dev\/pts\/\d+$/m);
    await terminal.type(['C-]', 'C-]', 'C-]']);
    await terminal.shows('ended with 0');
  });

  it('run provides a terminal with the size of the window, and passes on changes and Ctrl-C', async () => {
    await enter(`nixos-nspawn run console -- bash -c '${WATCHER}'`);
    expect(await terminal.shows(/^ready$/m)).to.match(/^30 100\n\/dev\/pts\/\d+$/m);
    await terminal.resize(90, 20);
    await terminal.shows(/^20 90$/m);
    await terminal.type(['C-c']);
    expect(await terminal.shows('ended with 9')).to.include('was interrupted');
  });

  it('run passes a signal to the command, and exits with its exit code', async () => {
    await enter(`nixos-nspawn run console -- bash -c '${WATCHER}'`);
    await terminal.shows(/^ready$/m);
    await host().run(['pkill', '--signal', 'TERM', '--full', '^node .*nixos-nspawn run console']);
    expect(await terminal.shows(/ended with \d+/)).to.match(/was terminated\s+ended with 8/);
  });

  it('run has the same exit codes for a killed and a missing command as without a terminal', async () => {
    await enter("nixos-nspawn run console -- bash -c 'kill -KILL $$'");
    await terminal.shows('ended with 137');
    await enter('nixos-nspawn run console -- no-such-command');
    await terminal.shows('ended with 127');
  });

  it('run with --no-tty connects the command directly to the streams', async () => {
    await enter(
      "nixos-nspawn run console --no-tty -- bash -c 'tty; echo reading; read -r line; echo got $line'",
    );
    await terminal.shows(/^reading$/m);
    await terminal.type('a word', ['Enter']);
    await terminal.shows(/^got a word\s+ended with 0$/m);
  });

  it('status --watch shows the current status within 80 columns until Ctrl-C', async () => {
    await terminal.resize(80, 24);
    await enter('nixos-nspawn status console --watch');
    await terminal.shows(/State: +running since/);
    await host().run(['nixos-nspawn', 'stop', 'console']);
    const screen = await terminal.shows(/State: +stopped/);
    expect(screen).to.match(/^console \(imperative\)\n/);
    expect(Math.max(...screen.split('\n').map(({ length }) => length))).to.be.at.most(80);
    // If Ctrl-C ends a command, the shell discards the rest of the line.
    await terminal.type(['C-c']);
    await terminal.shows(/^host> ?$/m);
    await host().run(['nixos-nspawn', 'start', 'console']);
  });

  it('remove asks before it removes a running container, and requires the answer yes', async () => {
    await enter('nixos-nspawn remove console');
    await terminal.shows("Container 'console' is running. Remove it? [y/N]");
    await terminal.type('n', ['Enter']);
    expect(await terminal.shows(/ended with \d+/)).to.match(/'console' was not removed[\s\S]*ended with 10/);
    expect(await host().ask(['nixos-nspawn', 'list', '--quiet'])).to.equal('console');
    await enter('nixos-nspawn rm console');
    await terminal.shows("Container 'console' is running. Remove it? [y/N]");
    await terminal.type('y', ['Enter']);
    await terminal.shows('removed successfully');
    await terminal.shows('ended with 0');
    await host().run(['nixos-nspawn', 'create', 'console', '--flake', flakeOf('console')]);
  });

  describe('the output', () => {
    /** Shows its steps and locks the container, so no other command may run at the same time. */
    const UPDATE = `update console --flake ${flakeOf('console')} --force --dry-run`;
    const LINES = [
      '--help',
      'create --help',
      'list',
      'status',
      'status console',
      'list-generations console',
      'addresses console',
      'doctor',
      'presets',
      'presets show ula',
      'plugins',
      'prune console --keep 1 --dry-run',
      'remove console --dry-run',
    ];
    const ESCAPE = String.fromCharCode(27);
    /** Select Graphic Rendition, except `0`, which ends one (ECMA-48). */
    const COLOUR = new RegExp(`${ESCAPE}\\[(?!0?m)[0-9;]*m`);
    const CONTROL = new RegExp(`${ESCAPE}\\[[0-9;?]*[a-zA-Z]|\r`, 'g');

    /** The output of each command line on a separate terminal of 80 columns. */
    const onTerminal = (lines: readonly string[], env: Record<string, string>) =>
      Promise.all(
        lines.map(async (line) => {
          const command = `stty cols 80 rows 50; exec nixos-nspawn ${line}`;
          const { stdout } = await host().run(['script', '--quiet', '--command', command, '/dev/null'], {
            env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
            check: false,
          });
          return { line, written: stdout };
        }),
      );

    it('fits 80 columns, and has no colours with NO_COLOR', async function () {
      this.timeout(300_000);
      const plain = { NO_COLOR: '1' };
      const all = [...(await onTerminal(LINES, plain)), ...(await onTerminal([UPDATE], plain))];
      for (const { line, written } of all) {
        expect(written, line).not.to.match(COLOUR);
        const shown = written.replace(CONTROL, '').split('\n');
        expect(written.trim(), line).not.to.equal('');
        // A path is not wrapped, so that it can be copied.
        const long = shown.filter((text) => text.length > 80 && !/^ *[a-z]+ \/\S+$/.test(text));
        expect(long, line).to.deep.equal([]);
      }
    });

    it('has colours only on a terminal', async function () {
      this.timeout(300_000);
      const [shown] = await onTerminal([UPDATE], {});
      expect(shown?.written).to.match(COLOUR);
      const piped = await Promise.all(
        LINES.map((line) =>
          host().run(['nixos-nspawn', ...line.split(' ')], {
            env: { TERM: 'xterm-256color' },
            check: false,
          }),
        ),
      );
      for (const [at, { stdout, stderr }] of piped.entries())
        expect(stdout + stderr, LINES[at]).not.to.include(ESCAPE);
    });
  });

  it('all commands leave no service in the container', async () => {
    await waitFor('them to be gone', async () => {
      const units = ['list-units', '--all', '--no-legend', 'nixos-nspawn-run-*'];
      return (await host().ask(['systemctl', '--machine=console', ...units])) === '';
    });
  });
});
