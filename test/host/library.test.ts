import { expect } from 'chai';
import { fixture, REPOSITORY, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import type { Document } from './tool.js';

/** The beginning of each program in these tests. The program prints its result as the only line on standard output. */
const HEAD = `
  import { followLogs, NspawnError, readLogs, runInContainer } from '${REPOSITORY}/dist/src/index.js';
  const tell = (what) => console.log(JSON.stringify(what));
  const listeners = () => process.eventNames().filter((name) => /^SIG/.test(String(name)));
  const failure = async (act) => {
    try {
      await act();
      return null;
    } catch (error) {
      if (!(error instanceof NspawnError)) throw error;
      return { code: error.code, cause: error.cause?.message ?? error.cause };
    }
  };
`;

describeOnHost('the library, for commands and logs', 'library', (host) => {
  /** Runs a program in the host, which must print nothing on standard error. */
  async function program(text: string): Promise<Document> {
    const { stdout, stderr } = await host().run(['node', '--input-type=module', '--eval', `${HEAD}${text}`], {
      timeout: 120_000,
    });
    expect(stderr).to.equal('');
    return JSON.parse(stdout) as Document;
  }

  const inside = (...command: string[]) =>
    host().run(['nixos-nspawn', 'run', 'console', '--', ...command], { timeout: 120_000, check: false });

  before(async function () {
    this.timeout(300_000);
    await host().run(['nixos-nspawn', 'create', 'console', '--flake', fixture('console')]);
  });

  it('returns the outputs and the exit code of a command, without printing or handling signals', async () => {
    const result = await program(`
      const script = 'cat; id -un; echo aside >&2; exit 7';
      const command = ['bash', '-c', script];
      const before = listeners();
      const running = runInContainer({ name: 'console', command, user: 'nobody', input: 'from outside\\n' });
      const heard = new Set();
      const look = setInterval(() => listeners().forEach((name) => heard.add(name)), 5);
      const result = await running;
      clearInterval(look);
      tell({ ...result, heard: [...heard].filter((name) => !before.includes(name)) });
    `);
    expect(result).to.deep.equal({
      exit_code: 7,
      stdout: 'from outside\nnobody\n',
      stderr: 'aside\n',
      heard: [],
    });
  });

  it('returns exit codes and signals as a shell does, and passes end-of-file if there is no input', async () => {
    const codes = await program(`
      const codes = [];
      for (const script of ['cat', 'exit 1', 'exit 127', 'exit 255', 'kill -TERM $$'])
        codes.push((await runInContainer({ name: 'console', command: ['bash', '-c', script] })).exit_code);
      tell(codes);
    `);
    expect(codes).to.deep.equal([0, 1, 127, 255, 143]);
  });

  it('reports why a command could not be started', async () => {
    const codes = await program(`tell([
      await failure(() => runInContainer({ name: 'console', command: ['no-such-command'] })),
      await failure(() => runInContainer({ name: 'console', command: ['true'], user: 'nosuch' })),
      await failure(() => runInContainer({ name: 'nosuch', command: ['true'] })),
      await failure(() => runInContainer({ name: 'console', command: [] })),
    ].map(({ code }) => code))`);
    expect(codes).to.deep.equal(['cannot-run', 'cannot-run', 'no-such-container', 'usage']);
  });

  it('ends a command when its AbortSignal aborts, even if it ignores SIGTERM, and reports the reason', async () => {
    for (const [number, trap] of [
      ['31001', ''],
      ['31002', "trap '' TERM; "],
    ] as const) {
      const result = await program(`
        const controller = new AbortController();
        const script = "${trap}touch /tmp/begun-${number}; while :; do sleep ${number}; done";
        const running = failure(() => runInContainer(
          { name: 'console', command: ['bash', '-c', script] },
          { signal: controller.signal },
        ));
        const begun = { name: 'console', command: ['test', '-e', '/tmp/begun-${number}'] };
        while ((await runInContainer(begun)).exit_code !== 0);
        controller.abort(new Error('the user went away'));
        tell(await running);
      `);
      expect(result).to.deep.equal({ code: 'interrupted', cause: 'the user went away' });
      await waitFor('its end', async () => (await inside('pgrep', '-f', `sleep ${number}`)).code === 1);
    }
  });

  it('ends a command whose output is too large', async () => {
    const result = await program(`
      const command = ['bash', '-c', 'exec -a endless yes'];
      tell(await failure(() => runInContainer({ name: 'console', command })));
    `);
    expect(result).to.include({ code: 'command-failed' });
    await waitFor('its end', async () => (await inside('pgrep', '-f', '^endless')).code === 1);
  });

  it('returns the journal of a container as text, and new entries line by line', async () => {
    const result = await program(`
      const log = (text) => runInContainer({ name: 'console', command: ['bash', '-c', 'echo ' + text + ' | systemd-cat -t story'] });
      await log('first');
      const lines = [];
      let text = '';
      while (!text.includes('first')) text = await readLogs({ name: 'console' });
      const following = (async () => {
        for await (const line of followLogs({ name: 'console', since: '-1h' })) {
          lines.push(line);
          if (/: second$/.test(line)) break;
        }
      })();
      while (!lines.some((line) => line.includes('first'))) await new Promise((go) => setTimeout(go, 20));
      await log('second');
      await following;
      const host = await readLogs({ name: 'console', host: true, lines: 1 });
      const none = await readLogs({ name: 'console', unit: 'nosuch.service' });
      tell({ text: typeof text, last: lines.at(-1), host: host.split('\\n').length, none, heard: listeners() });
    `);
    expect(result).to.include({ text: 'string', host: 2, none: '' });
    expect(result.last).to.match(/story.*: second$/);
    expect(result.heard).to.deep.equal([]);
    await waitFor('the end of journalctl', async () => {
      const { code } = await host().run(['pgrep', '-f', 'journalctl.*--machine=console'], { check: false });
      return code === 1;
    });
  });

  it('stops following the journal when the signal aborts, and reports errors of journalctl', async () => {
    const result = await program(`
      const controller = new AbortController();
      const ended = await failure(async () => {
        for await (const _ of followLogs({ name: 'console' }, { signal: controller.signal }))
          controller.abort(new Error('enough'));
      });
      const since = await failure(() => readLogs({ name: 'console', since: 'the day of days' }));
      const following = await failure(async () => {
        for await (const _ of followLogs({ name: 'console', since: 'the day of days' }));
      });
      tell([ended, since.code, following.code]);
    `);
    expect(result).to.deep.equal([
      { code: 'interrupted', cause: 'enough' },
      'command-failed',
      'command-failed',
    ]);
  });

  it('returns the journal of a stopped container too', async function () {
    this.timeout(300_000);
    await inside('bash', '-c', 'echo last words | systemd-cat -t story');
    await host().run(['nixos-nspawn', 'stop', 'console']);
    const result = await program(`
      tell({ logs: await readLogs({ name: 'console' }) });
    `);
    expect(result.logs).to.include('last words');
  });
});
