import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { settingsSchema } from '../../../src/container/settings.js';
import type { NspawnError } from '../../../src/errors/nspawn-error.js';
import type { Task } from '../../../src/pipeline/steps.js';
import type { Answer, LifecycleEvent, LifecycleFacts } from '../../../src/plugins/lifecycle.js';
import { builtLibrary } from '../built-library.js';
import { ended } from '../process-state.js';
import { facts, PluginsOnDisk } from './plugin-on-disk.js';

describe('a plugin', () => {
  let library: Awaited<ReturnType<typeof builtLibrary>>;
  let disk: PluginsOnDisk;
  let said: string[];
  let task: Task;
  const interrupt = { controller: new AbortController() };

  before(async () => {
    library = await builtLibrary();
  });

  beforeEach(async () => {
    disk = await PluginsOnDisk.make();
    said = [];
    interrupt.controller = new AbortController();
    task = {
      signal: interrupt.controller.signal,
      progress: (text) => said.push(`progress: ${text}`),
      log: (text) => said.push(`log: ${text}`),
    };
  });
  afterEach(() => disk.remove());

  async function ask(
    event: LifecycleEvent,
    about: LifecycleFacts = facts,
    hookTimeout: number | null = null,
  ): Promise<Answer[]> {
    const lifecycle = library.pluginLifecycle(await disk.discover(), { root: '/', hookTimeout });
    const answers: Answer[] = [];
    for (const listener of lifecycle.listeners(event)) answers.push(await listener.ask(about, task));
    return answers;
  }

  async function failure(event: LifecycleEvent, hookTimeout: number | null = null): Promise<NspawnError> {
    try {
      await ask(event, facts, hookTimeout);
    } catch (error) {
      if (error instanceof library.NspawnError) return error;
      throw error;
    }
    throw new Error('the plugin did not fail');
  }

  describe('that behaves well', () => {
    it('learns what is known of the change, and can report progress, messages and warnings', async () => {
      await disk.listening(
        'teller',
        'after-build',
        `context.log.progress('looking at ' + context.container);
         context.log.info(JSON.stringify([context.operation, context.closure, context.settings.zone, context.config]));
         context.log.warn('a word of caution');
         console.log('printed');`,
      );
      const settings = settingsSchema.parse({ zone: 'test', plugins: { teller: { answer: 42 } } });
      const [answer] = await ask('after-build', { ...facts, closure: '/nix/store/x', settings });
      expect(said).to.include('progress: looking at web');
      expect(said).to.include('log: teller: ["create","/nix/store/x","test",{"answer":42}]');
      expect(said).to.include('log: teller: printed');
      expect(answer?.warnings).to.deep.equal([{ code: 'plugin', message: 'teller: a word of caution' }]);
    });

    it('can print lines in any way', async () => {
      await disk.listening(
        'printer',
        'after-build',
        `const { writeSync } = await import('node:fs');
         const { spawnSync } = await import('node:child_process');
         console.log('by console.log');
         process.stdout.write('by write\\n');
         writeSync(1, 'by descriptor 1\\n');
         writeSync(2, 'by descriptor 2\\n');
         spawnSync('sh', ['-c', 'echo by a command; echo no newline | tr -d "\\n"'], { stdio: 'inherit' });`,
      );
      await ask('after-build');
      const words = [
        'by console.log',
        'by write',
        'by descriptor 1',
        'by descriptor 2',
        'by a command',
        'no newline',
      ];
      expect(said).to.have.members(words.map((word) => `log: printer: ${word}`));
    });

    it('does not inherit NODE_OPTIONS', async () => {
      const { NODE_OPTIONS } = process.env;
      process.env.NODE_OPTIONS = '--import=/nonexistent.mjs';
      try {
        await disk.listening('plain', 'after-build', `context.log.info('loaded');`);
        await ask('after-build');
      } finally {
        if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
        else process.env.NODE_OPTIONS = NODE_OPTIONS;
      }
      expect(said).to.deep.equal(['log: plain: loaded']);
    });

    it('can add modules before the evaluation', async () => {
      await disk.listening(
        'modules',
        'before-evaluate',
        `return { modules: [{ module: '/etc/policy.nix', parameters: { level: 3 } }] };`,
      );
      const [answer] = await ask('before-evaluate');
      expect(answer?.modules).to.deep.equal([{ module: '/etc/policy.nix', parameters: { level: 3 } }]);
    });

    it('cannot change any part of the context', async () => {
      await disk.listening('scribbler', 'before-evaluate', `context.source.reference = '.#other';`);
      expect((await failure('before-evaluate')).message).to.match(
        /^Plugin 'scribbler' failed at before-evaluate: Cannot assign to read only property 'reference'/,
      );
    });

    it('can run commands, and learns how they failed', async () => {
      await disk.listening(
        'runner',
        'after-build',
        `const { stdout } = await context.exec(['cat'], { input: 'through ' + context.container });
         context.log.info(stdout);
         const answered = await context.exec(['sh', '-c', 'exit 3'], { acceptCodes: [0, 3] });
         context.log.info('code ' + answered.exitCode);
         try {
           await context.exec(['sh', '-c', 'echo no >&2; exit 4']);
         } catch (error) {
           context.log.info([error.exitCode, error.stderr.trim(), error.argv[0]].join(' '));
         }`,
      );
      await ask('after-build');
      expect(said).to.deep.equal(['log: runner: through web', 'log: runner: code 3', 'log: runner: 4 no sh']);
    });

    it('is called in the order of installation, one after the other', async () => {
      const body = (name: string) =>
        `context.log.info('${name} begins'); await new Promise((done) => setTimeout(done, 30)); context.log.info('${name} ends');`;
      await disk.listening('zeta', 'after-create', body('zeta'));
      await disk.listening('alpha', 'after-create', body('alpha'));
      await ask('after-create');
      expect(said.map((line) => line.split(': ').at(-1))).to.deep.equal([
        'zeta begins',
        'zeta ends',
        'alpha begins',
        'alpha ends',
      ]);
    });
  });

  describe('that fails', () => {
    it('can refuse with its own message and next steps', async () => {
      await disk.listening(
        'policy',
        'after-build',
        `context.refuse('No container may have a zone.', ['Leave it out.']);`,
      );
      const error = await failure('after-build');
      expect(error).to.include({ code: 'plugin-refused', exitCode: 10 });
      expect(error.message).to.equal(
        "Plugin 'policy' refused the operation at after-build: No container may have a zone.",
      );
      expect(error.nextSteps).to.deep.equal(['Leave it out.']);
    });

    it('can throw: the error names the plugin, the event and the cause', async () => {
      await disk.listening('thrower', 'before-activate', `throw new Error('the disk is full');`);
      const error = await failure('before-activate');
      expect(error).to.include({ code: 'plugin-failed', exitCode: 10 });
      expect(error.message).to.equal("Plugin 'thrower' failed at before-activate: the disk is full.");
    });

    it('can throw something that is not an Error', async () => {
      await disk.listening('odd', 'before-activate', `throw 'just text';`);
      expect((await failure('before-activate')).message).to.equal(
        "Plugin 'odd' failed at before-activate: just text.",
      );
    });

    it('is ended at its time limit if it hangs', async () => {
      await disk.listening(
        'sleeper',
        'after-build',
        'await new Promise(() => setInterval(() => {}, 1000));',
        'timeout: 0.2,',
      );
      const error = await failure('after-build');
      expect(error.code).to.equal('plugin-timed-out');
      expect(error.message).to.equal("Plugin 'sleeper' took longer than 0.2 s at after-build.");
    });

    it('is ended at its time limit if it blocks the event loop', async () => {
      await disk.listening('spinner', 'after-build', 'for (;;);', 'timeout: 0.2,');
      expect((await failure('after-build')).code).to.equal('plugin-timed-out');
    });

    it('is ended at its time limit if it hangs while it is loaded', async () => {
      await disk.listening('heavy', 'after-build', '');
      await disk.install(
        'heavy',
        { oclif: { hooks: { 'after-build': './listener.js' } }, nixosNspawn: { contract: 1 } },
        { 'listener.js': 'for (;;);' },
      );
      expect((await failure('after-build', 0.3)).code).to.equal('plugin-timed-out');
    });

    it('first receives a signal at its time limit, but its result is then ignored', async () => {
      await disk.listening(
        'polite',
        'after-build',
        `await new Promise((done) => context.signal.addEventListener('abort', done));
         context.log.info('I was told: ' + context.signal.reason);`,
        'timeout: 0.2,',
      );
      expect((await failure('after-build')).code).to.equal('plugin-timed-out');
      expect(said).to.deep.equal(['log: polite: I was told: the time limit']);
    });

    it('takes commands that it leaves running with it', async () => {
      const pidFile = join(disk.dataDir, 'command.pid');
      await disk.listening(
        'leaver',
        'after-build',
        `const command = 'echo $$ >"$1.new" && mv "$1.new" "$1" && exec sleep 300';
         void context.exec(['sh', '-c', command, 'sh', ${JSON.stringify(pidFile)}]).catch(() => {});
         const { existsSync } = await import('node:fs');
         while (!existsSync(${JSON.stringify(pidFile)})) await new Promise((done) => setTimeout(done, 10));`,
      );
      await ask('after-build');
      await ended(Number(await readFile(pidFile, 'utf8')));
    });

    it('is ended after --hook-timeout, even if its own limit is longer', async () => {
      await disk.listening(
        'slow',
        'after-build',
        'await new Promise((done) => setTimeout(done, 5000));',
        'timeout: 60,',
      );
      expect((await failure('after-build', 0.2)).message).to.equal(
        "Plugin 'slow' took longer than 0.2 s at after-build.",
      );
    });

    it('ends only its own process if it exits', async () => {
      await disk.listening('quitter', 'after-build', 'process.exit(3);');
      const error = await failure('after-build');
      expect(error.code).to.equal('plugin-exited');
      expect(error.message).to.equal("Plugin 'quitter' exited with code 3 at after-build.");
    });

    it('can be ended by a signal', async () => {
      await disk.listening('crasher', 'after-build', `process.kill(process.pid, 'SIGSEGV');`);
      const error = await failure('after-build');
      expect(error.code).to.equal('plugin-exited');
      expect(error.message).to.equal("Plugin 'crasher' was killed by SIGSEGV at after-build.");
    });

    it('can close the channel for its answer', async () => {
      await disk.listening('mute', 'after-build', 'process.disconnect();');
      expect((await failure('after-build')).code).to.equal('plugin-exited');
    });

    it('is ended if it exceeds its memory limit', async () => {
      await disk.listening(
        'hoarder',
        'after-build',
        'for (const all = []; ; ) all.push(new Array(1e6).fill({}));',
      );
      const error = await failure('after-build');
      expect(error.code).to.equal('plugin-failed');
      expect(error.message).to.equal(
        "Plugin 'hoarder' failed at after-build: it needs more than 512 MB of memory.",
      );
    });

    it('takes processes that it leaves running with it', async () => {
      const pidFile = join(disk.dataDir, 'process.pid');
      await disk.listening(
        'breeder',
        'after-build',
        `const child = (await import('node:child_process')).spawn('sleep', ['300'], { stdio: 'inherit' });
         child.unref();
         (await import('node:fs')).writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));`,
      );
      await ask('after-build');
      await ended(Number(await readFile(pidFile, 'utf8')));
    });

    it('is not waited for if it leaves a daemon that holds its outputs open', async () => {
      await disk.listening(
        'founder',
        'after-build',
        `const { spawn } = await import('node:child_process');
         const daemon = spawn('sleep', ['5'], { stdio: 'inherit', detached: true });
         daemon.unref();
         context.log.info('founded');`,
      );
      const began = performance.now();
      await ask('after-build');
      expect(said).to.deep.equal(['log: founder: founded']);
      expect(performance.now() - began).to.be.lessThan(4000);
    });

    it('fails if a promise that it does not await is rejected', async () => {
      await disk.listening(
        'leaky',
        'after-build',
        `Promise.reject(new Error('left behind')); await new Promise((done) => setTimeout(done, 200));`,
      );
      expect((await failure('after-build')).message).to.equal(
        "Plugin 'leaky' failed at after-build: left behind.",
      );
    });

    for (const [what, body] of [
      ['a number', 'return 42;'],
      ['an object of another kind', 'return { module: "/x.nix" };'],
      ['a module without an absolute path', 'return { modules: [{ module: "x.nix" }] };'],
      ['a function', 'return { modules: [() => 1] };'],
    ] as const) {
      it(`is refused if it returns ${what}`, async () => {
        await disk.listening('babbler', 'before-evaluate', body);
        const error = await failure('before-evaluate');
        expect(error.code).to.equal('plugin-nonsense');
        expect(error.message).to.match(
          /^Plugin 'babbler' violated the contract for plugins at before-evaluate: /,
        );
      });
    }

    it('is refused if the parameters of its modules are too large for Nix', async () => {
      await disk.listening(
        'verbose',
        'before-evaluate',
        `return { modules: [{ module: '/etc/x.nix', parameters: { text: 'x'.repeat(5_000_000) } }] };`,
      );
      const error = await failure('before-evaluate');
      expect(error).to.include({ code: 'parameters-too-large', exitCode: 10 });
      expect(error.message).to.equal(
        "The parameters that plugin 'verbose' passes to its modules at before-evaluate take 4883 KiB, but at most 128 KiB can be passed to Nix.",
      );
    });

    it('receives an error of one line if it runs a command that is too long', async () => {
      await disk.listening('shouter', 'after-build', `await context.exec(['true', 'x'.repeat(5_000_000)]);`);
      const { message } = await failure('after-build');
      expect(message).to.match(/^Plugin 'shouter' failed at after-build: 'true' could not be started: /);
      expect(message).to.have.length.lessThan(300);
    });

    it('is refused if it returns something at an event without a result', async () => {
      await disk.listening('babbler', 'after-create', 'return { modules: [] };');
      expect((await failure('after-create')).code).to.equal('plugin-nonsense');
    });

    it('is refused if it sends messages of an unknown type', async () => {
      await disk.listening(
        'forger',
        'after-build',
        `process.send({ type: 'root-shell' }); await new Promise((done) => setTimeout(done, 5000));`,
      );
      expect((await failure('after-build')).code).to.equal('plugin-nonsense');
    });

    it('is named in the error if it cannot be loaded', async () => {
      await disk.install(
        'broken',
        { oclif: { hooks: { 'after-build': './absent.js' } }, nixosNspawn: { contract: 1 } },
        { 'absent.js': 'this is no JavaScript' },
      );
      expect((await failure('after-build')).message).to.match(/^Plugin 'broken' failed at after-build: /);
    });

    it('is refused if it listens to another event than its package.json says', async () => {
      await disk.install(
        'mistaken',
        { oclif: { hooks: { 'after-build': './listener.js' } }, nixosNspawn: { contract: 1 } },
        { 'listener.js': `export default { event: 'after-create', listen() {} };` },
      );
      expect((await failure('after-build')).message).to.contain(
        "names the module for 'after-build', but the module listens to 'after-create'",
      );
    });
  });

  it('can be interrupted by Ctrl-C', async () => {
    await disk.listening('sleeper', 'after-build', 'for (;;);');
    setTimeout(() => interrupt.controller.abort('SIGINT'), 300);
    const error = await failure('after-build');
    expect(error.code).to.equal('interrupted');
  });
});
