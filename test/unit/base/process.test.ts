import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import {
  type Argv,
  type ConversationListeners,
  converse,
  linesOf,
  observeProcesses,
  run,
  runOnDescriptor,
} from '../../../src/base/process.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { waitFor } from '../../host/wait-for.js';
import { ended, lineIn } from '../process-state.js';

const sh = (script: string, ...args: string[]): Argv => ['sh', '-c', script, 'sh', ...args];

const failureOf = async (work: Promise<unknown>): Promise<NspawnError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NspawnError)) throw new Error(`no NspawnError: ${String(error)}`);
  return error;
};

describe('a command', () => {
  let directory: string;
  const file = (name: string) => join(directory, name);
  const isThere = (name: string) => existsSync(file(name));
  const pidIn = async (name: string) => Number(await lineIn(file(name)));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'process-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  describe('that runs to its end', () => {
    it('receives each argument unchanged, without a shell', async () => {
      const words = ['a b', '', '$HOME', '*', '\'"', '-n', 'ü\n'];
      const { stdout } = await run(['printf', '[%s]', ...words]);
      expect(stdout).to.equal(words.map((word) => `[${word}]`).join(''));
    });

    it('returns both streams unchanged, with the exit code and the arguments', async () => {
      const argv = sh('echo out; printf err >&2');
      expect(await run(argv)).to.deep.equal({ argv, exitCode: 0, stdout: 'out\n', stderr: 'err' });
    });

    it('receives input, variables and the directory', async () => {
      const script = 'cat; echo "$WORD"; pwd';
      const { stdout } = await run(sh(script), { input: 'in\n', env: { WORD: 'a b' }, cwd: directory });
      expect(stdout).to.equal(`in\na b\n${directory}\n`);
    });

    it('inherits the environment', async () => {
      const { stdout } = await run(sh('echo "$PATH"'), { env: { WORD: '1' } });
      expect(stdout).to.equal(`${process.env.PATH}\n`);
    });

    it('reads end-of-file immediately if there is no input', async () => {
      expect((await run(['cat'])).stdout).to.equal('');
    });

    it('has each line of standard error reported, even if a character or a line arrives in parts', async () => {
      const lines: string[] = [];
      const script = `printf 'on\\303' >&2; sleep 0.1; printf '\\274e\\n\\nlast' >&2`;
      await run(sh(script), { onStderrLine: (line) => lines.push(line) });
      expect(lines).to.deep.equal(['onüe', '', 'last']);
    });

    it('runs in its own process group', async () => {
      const { stdout } = await run(sh('ps -o pgid= -p $$; echo $$'));
      const [group, pid] = stdout.split('\n').map(Number);
      expect(group).to.equal(pid);
    });

    it('is reported to observers when it ended, until they stop', async () => {
      const seen: { argv: Argv; exitCode: number | null }[] = [];
      const stop = observeProcesses(({ argv, exitCode }) => seen.push({ argv, exitCode }));
      await run(['true']);
      await failureOf(run(['false']));
      stop();
      await run(['true']);
      expect(seen).to.deep.equal([
        { argv: ['true'], exitCode: 0 },
        { argv: ['false'], exitCode: 1 },
      ]);
    });
  });

  describe('that fails', () => {
    it('causes an error with its exit code and its standard error', async () => {
      const { code, message } = await failureOf(run(sh('echo why >&2; exit 3')));
      expect(code).to.equal('command-failed');
      expect(message).to.include('exited with code 3').and.to.include('why');
    });

    it('causes no error if the caller accepts its exit code', async () => {
      expect((await run(sh('exit 3'), { acceptCodes: [0, 3] })).exitCode).to.equal(3);
      expect((await run(sh('exit 127'), { acceptCodes: 'all' })).exitCode).to.equal(127);
      expect((await failureOf(run(sh('exit 4'), { acceptCodes: [0, 3] }))).code).to.equal('command-failed');
    });

    it('causes an error with the signal that ended it', async () => {
      const { code, message } = await failureOf(run(sh('kill -KILL $$')));
      expect(code).to.equal('command-failed');
      expect(message).to.include('was killed by SIGKILL');
    });

    it('is named in the error if it does not exist', async () => {
      const { code, message } = await failureOf(run(['no-such-command-anywhere']));
      expect(code).to.equal('command-missing');
      expect(message).to.include("'no-such-command-anywhere'");
    });

    it('is not reported as missing if only its directory does not exist', async () => {
      expect((await failureOf(run(['true'], { cwd: file('gone') }))).code).to.equal('no-such-directory');
    });

    it('causes a clear error if its arguments are too long for the kernel', async () => {
      expect((await failureOf(run(['true', 'x'.repeat(200_000)]))).code).to.equal('command-too-long');
    });

    it('is ended if its output exceeds the limit', async () => {
      const { code, message } = await failureOf(run(['yes'], { maxMegabytes: 1 }));
      expect(code).to.equal('command-failed');
      expect(message).to.include('more than 1 MiB');
    });
  });

  describe('that must end early', () => {
    /** Writes its PID and that of a child. Both keep the output open. */
    const family = (ignoring = '') =>
      sh(`${ignoring} sleep 600 & echo $! >"$1"; echo $$ >"$2"; wait`, file('child'), file('parent'));

    it('is ended at its time limit, with its child processes', async () => {
      const { code, message } = await failureOf(run(family(), { timeout: 300 }));
      expect(code).to.equal('command-failed');
      expect(message).to.include('timed out');
      for (const name of ['child', 'parent']) {
        const pid = await pidIn(name);
        await ended(pid);
      }
    });

    it('is ended by an abort, with its child processes', async () => {
      const stop = new AbortController();
      const failure = failureOf(run(family(), { signal: stop.signal }));
      const pids = await Promise.all(['child', 'parent'].map(pidIn));
      stop.abort(new Error('enough'));
      expect((await failure).code).to.equal('interrupted');
      for (const pid of pids) await ended(pid);
    });

    it('is killed if it ignores SIGTERM', async function () {
      this.timeout(30_000);
      const stop = new AbortController();
      const failure = failureOf(run(family(`trap '' TERM;`), { signal: stop.signal }));
      const pids = await Promise.all(['child', 'parent'].map(pidIn));
      stop.abort();
      expect((await failure).code).to.equal('interrupted');
      for (const pid of pids) await ended(pid);
    });

    it('is not even started after an abort', async () => {
      const failure = await failureOf(run(sh(': >"$1"', file('started')), { signal: AbortSignal.abort() }));
      expect(failure.code).to.equal('interrupted');
      expect(isThere('started')).to.equal(false);
    });
  });

  describe('that is read line by line', () => {
    const all = async (argv: Argv) => {
      const lines: string[] = [];
      for await (const line of linesOf(argv)) lines.push(line);
      return lines;
    };

    it('yields each line as it arrives', async () => {
      const lines = linesOf(
        sh('echo one; echo two; read -r line <"$1"; echo "$line"; printf last', file('pipe')),
      );
      await run(['mkfifo', file('pipe')]);
      expect((await lines.next()).value).to.equal('one');
      expect((await lines.next()).value).to.equal('two');
      await writeFile(file('pipe'), 'three\n');
      expect((await lines.next()).value).to.equal('three');
      expect((await lines.next()).value).to.equal('last');
      expect((await lines.next()).done).to.equal(true);
    });

    it('is ended when the caller stops reading', async () => {
      for await (const line of linesOf(sh('echo $$; while :; do echo more; sleep 0.01; done'))) {
        const pid = Number(line);
        expect(pid).to.be.above(1);
        await writeFile(file('pid'), `${pid}\n`);
        break;
      }
      const pid = await pidIn('pid');
      await ended(pid);
    });

    it('causes its error after its last line', async () => {
      const lines = linesOf(sh('echo one; echo why >&2; exit 3'));
      expect((await lines.next()).value).to.equal('one');
      const { code, message } = await failureOf(lines.next());
      expect(code).to.equal('command-failed');
      expect(message).to.include('why');
    });

    it('causes an error if it does not exist', async () => {
      expect((await failureOf(all(['no-such-command-anywhere']))).code).to.equal('command-missing');
    });
  });

  describe('with a descriptor', () => {
    it('has the open file as descriptor 3', async () => {
      const fd = openSync(file('target'), 'w');
      try {
        expect(await runOnDescriptor(sh('echo written >&3'), fd)).to.equal(0);
        expect(await runOnDescriptor(sh('exit 5'), fd, { acceptCodes: [5] })).to.equal(5);
        expect((await failureOf(runOnDescriptor(sh('exit 6'), fd))).code).to.equal('command-failed');
      } finally {
        closeSync(fd);
      }
      expect(await lineIn(file('target'))).to.equal('written');
    });
  });

  describe('that exchanges messages', () => {
    /** Starts a conversation and records everything that is received, in order. */
    const talk = (source: string) => {
      const heard: unknown[] = [];
      let ended: () => void = () => undefined;
      const end = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const listeners: ConversationListeners = {
        onMessage: (message) => heard.push(message),
        onLine: (line) => heard.push(`line: ${line}`),
        onEnd: (exitCode, signal) => {
          heard.push({ exitCode, signal });
          ended();
        },
        onError: (error) => {
          heard.push(error);
          ended();
        },
      };
      const argv: Argv = [process.execPath, '--eval', source];
      return { conversation: converse(argv, listeners), heard, end };
    };

    it('has every message and every printed line delivered before its end', async () => {
      const { conversation, heard, end } = talk(`
        process.on('message', ({ add }) => {
          console.log('thinking');
          process.send(add + 1, () => process.exit(4));
        });`);
      conversation.say({ add: 1 });
      await end;
      expect(heard).to.have.deep.members(['line: thinking', 2, { exitCode: 4, signal: null }]);
      expect(heard.at(-1)).to.deep.equal({ exitCode: 4, signal: null });
    });

    it('is ended immediately by the caller, with its child processes', async () => {
      const { conversation, heard } = talk(`
        const { spawn } = require('node:child_process');
        const child = spawn('sleep', ['600'], { stdio: 'inherit' });
        process.send({ pid: child.pid });
        setInterval(() => undefined, 1000);`);
      await waitFor('the first message', async () => heard.length > 0, { interval: 10 });
      await conversation.end();
      const [{ pid }] = heard as [{ pid: number }];
      await ended(pid);
      expect(heard, 'nothing is reported after the end').to.have.lengthOf(1);
    });
  });

  describe('of a process that dies', () => {
    const library = pathToFileURL(join(import.meta.dirname, '../../../src/base/process.ts')).href;

    /** Starts another process that uses these functions. */
    const program = (body: string) =>
      spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          '--input-type=module',
          '--eval',
          `import * as p from ${JSON.stringify(library)};${body}`,
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );

    const killed = async (child: ReturnType<typeof program>) => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    };

    it('is ended', async () => {
      const child = program(
        `await p.run(['sh', '-c', 'echo $$ >"$1"; exec sleep 600', 'sh', ${JSON.stringify(file('pid'))}]);`,
      );
      const pid = await pidIn('pid');
      await killed(child);
      await ended(pid);
    });

    it('is run if it was registered for this case', async () => {
      const child = program(`
        p.onDeath(['sh', '-c', 'echo done >"$1"', 'sh', ${JSON.stringify(file('last'))}]);
        await p.run(['sh', '-c', 'echo ready >"$1"', 'sh', ${JSON.stringify(file('ready'))}]);
        setInterval(() => undefined, 1000);`);
      await lineIn(file('ready'));
      expect(isThere('last')).to.equal(false);
      await killed(child);
      expect(await lineIn(file('last'))).to.equal('done');
    });

    it('is not run if it was cancelled', async () => {
      const child = program(`
        const cancel = p.onDeath(['sh', '-c', 'echo done >"$1"', 'sh', ${JSON.stringify(file('last'))}]);
        await cancel();`);
      const exitCode = await new Promise((resolve) => child.once('close', resolve));
      expect(exitCode).to.equal(0);
      expect(isThere('last')).to.equal(false);
    });

    it('receives forwarded signals on its own streams, and its exit code contains the signal', async () => {
      const child = program(`
        const code = await p.runAttached(['sh', '-c', 'echo $$ >"$1"; exec sleep 600', 'sh', ${JSON.stringify(file('pid'))}]);
        process.exit(code);`);
      await pidIn('pid');
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      expect(await ended).to.equal(128 + 15);
    });
  });
});
