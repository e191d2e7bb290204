import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  containerAddresses,
  createContainer,
  diffGenerations,
  ExitCode,
  errorDocument,
  listContainers,
  listGenerations,
  type OperationOptions,
  planCreate,
  powerContainers,
  previewPrune,
  pruneGenerations,
  removeContainer,
  rollbackContainer,
  runInContainer,
  type Source,
  statusOfOne,
  unitFilesOf,
  updateContainer,
} from '../../../src/index.js';
import { inParallel } from '../../../src/pipeline/parallel.js';
import { door } from '../built-program.js';
import { FakeHost } from './fake-host.js';
import { Dice, hostileDocuments, hostileNames, hostileReferences, hostileWord } from './hostile-words.js';

const SEED = Number(process.env.NIXOS_NSPAWN_TEST_SEED ?? 20_260_731);
const DOCUMENTED: readonly number[] = Object.values(ExitCode).filter((code) => code !== ExitCode.unexpected);
const isRoot = process.geteuid?.() === 0;
/** The form of a valid name, written independently of the tool's own check. */
const PART = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const isName = (text: string) => text.length <= 64 && new RegExp(`^${PART}(?:\\.${PART})*$`).test(text);

/** How a trial ended: the exit code of the command line, and what it would print with --json. */
interface End {
  exitCode: number;
  stdout: string;
}

interface Trial {
  what: string;
  /** The container. Its own paths may change if the trial succeeds. */
  name: string;
  /** Expected exit codes; by default any documented one. */
  expected?: readonly number[];
  attempt: (host: FakeHost) => Promise<End>;
}

/** Runs an operation of the library, with the result of a command. */
const operation =
  (act: (options: OperationOptions) => Promise<unknown>) =>
  async ({ root }: FakeHost): Promise<End> => {
    try {
      return { exitCode: 0, stdout: `${JSON.stringify((await act({ root })) ?? null)}\n` };
    } catch (error) {
      const document = errorDocument(error);
      return { exitCode: document.error.exit_code, stdout: `${JSON.stringify(document)}\n` };
    }
  };

/** Runs the real command line, in its own process. */
const command =
  (...argv: string[]) =>
  (host: FakeHost): Promise<End & { stderr: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [door, ...argv], {
        cwd: join(host.root, 'srv'),
        env: { ...process.env, ...host.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said.stderr += text;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ exitCode: code ?? -1, ...said }));
    });

/** Runs a trial and returns what is wrong with its result. */
async function faults(host: FakeHost, trial: Trial): Promise<string[]> {
  const before = await host.tree();
  const { exitCode, stdout } = await trial.attempt(host);
  const changed = host.changedOutside(before, await host.tree(), exitCode === 0 ? trial.name : '');
  await host.forget(trial.name);
  const wrong: string[] = [];
  if (!(trial.expected ?? DOCUMENTED).includes(exitCode)) wrong.push(`exit code ${exitCode}: ${stdout}`);
  if (!/^[^\n]*\n$/.test(stdout)) wrong.push(`not one line: ${JSON.stringify(stdout)}`);
  else if (exitCode !== 0 && statedExitCode(stdout) !== exitCode)
    wrong.push(`${exitCode} is not in ${stdout}`);
  if (changed.length > 0) wrong.push(`changed ${changed.join(', ')}`);
  return wrong.map((fault) => `${JSON.stringify(trial.what).slice(0, 200)}: ${fault.slice(0, 600)}`);
}

function statedExitCode(stdout: string): unknown {
  const document: unknown = JSON.parse(stdout);
  const isError = typeof document === 'object' && document !== null && 'error' in document;
  const { error } = isError ? (document as { error: { exit_code?: unknown } }) : { error: {} };
  return error.exit_code;
}

const orLacking = (...codes: number[]) => (isRoot ? codes : [...codes, ExitCode.hostLacks]);

describe(`hostile inputs (NIXOS_NSPAWN_TEST_SEED=${SEED})`, function () {
  this.timeout(180_000);
  const dice = new Dice(SEED);
  const environment = { ...process.env };
  let host: FakeHost;
  let tried = 0;

  before(async () => {
    host = await FakeHost.make();
    await host.put('circle', { link: 'circle' });
    Object.assign(process.env, host.env);
  });
  after(async () => {
    for (const key of Object.keys(host.env)) delete process.env[key];
    Object.assign(process.env, environment);
    await host.end();
  });

  async function judge(trials: readonly Trial[]): Promise<void> {
    const wrong: string[] = [];
    for (const trial of trials) wrong.push(...(await faults(host, trial)));
    tried += trials.length;
    expect(wrong, `seed ${SEED}`).to.deep.equal([]);
  }

  it('as names for create: are refused as usage errors, unless machined would accept them', async () => {
    const profile = join(host.root, 'nix/store', `${'0'.repeat(32)}-web`);
    await judge(
      hostileNames(dice, 50).map((name) => ({
        what: name,
        name,
        expected: isName(name) ? orLacking(0, ExitCode.refused) : [ExitCode.usage],
        attempt: operation((options) =>
          createContainer({ name, source: { kind: 'profile', path: profile } }, options),
        ),
      })),
    );
  });

  it('as names for all other operations: find no container and change no other one', async () => {
    const verbs: readonly [Verb, ...Verb[]] = [
      (name, options) =>
        planCreate({ name, source: { kind: 'flake', reference: '.', directory: '/' } }, options),
      (name, options) => updateContainer({ name }, options),
      (name, options) => removeContainer({ name, deleteState: true }, options),
      (name, options) => rollbackContainer({ name }, options),
      (name, options) => powerContainers({ verb: 'kill', names: [name] }, options),
      (name, options) => powerContainers({ verb: 'start', names: [name] }, options),
      (name, options) => statusOfOne({ name }, options),
      (name, options) => unitFilesOf({ name }, options),
      (name, options) => listGenerations({ name }, options),
      (name, options) => diffGenerations({ name }, options),
      (name, options) => pruneGenerations({ name, keep: 1 }, options),
      (name, options) => previewPrune({ name, keep: 1 }, options),
      (name, options) => containerAddresses({ name }, options),
      (name, options) => runInContainer({ name, command: ['true'] }, options),
    ];
    await judge(
      hostileNames(dice, 70).map((name, at) => ({
        what: name,
        name,
        attempt: operation((options) => (verbs[at % verbs.length] ?? verbs[0])(name, options)),
      })),
    );
  });

  it('as flake references: are refused as usage errors, or passed to Nix as one argument after --', async () => {
    await host.recordedArgvs();
    for (const reference of hostileReferences(dice, 30)) {
      const source: Source = { kind: 'flake', reference, directory: join(host.root, 'srv') };
      await judge([
        {
          what: reference,
          name: 'web',
          expected: reference === '' ? orLacking(ExitCode.usage) : DOCUMENTED,
          attempt: operation((options) => createContainer({ name: 'web', source }, options)),
        },
      ]);
      for (const argv of (await host.recordedArgvs()).filter(([program]) => program === 'nix')) {
        const end = argv.indexOf('--');
        expect(end, argv.join(' ')).to.equal(argv.length - 2);
        expect(argv.slice(0, end).some((word) => /canary|^--impure$|ProxyCommand/.test(word))).to.equal(
          false,
        );
      }
    }
  });

  it('as the data.json of a closure: are refused with the reason, or accepted if they are harmless', async () => {
    for (const text of hostileDocuments(dice, 50, host.root)) {
      const path = await host.closure('web', text);
      await judge([
        {
          what: text,
          name: 'web',
          expected: orLacking(0, ExitCode.refused),
          attempt: operation((options) =>
            createContainer({ name: 'web', source: { kind: 'profile', path } }, options),
          ),
        },
      ]);
      await host.discard(path);
    }
  });

  it('as paths of a profile or a configuration: are refused with the reason, or passed to Nix as one argument', async () => {
    const good = join(host.root, 'nix/store', `${'0'.repeat(32)}-web`);
    const other = join(host.root, 'nix/store', `${'1'.repeat(31)}1-db`);
    const srv = (path: string) => join(host.root, 'srv', path);
    await host.put('circle-1', { link: 'circle-2' });
    await host.put('circle-2', { link: 'circle-1' });
    await host.put('dangling', { link: 'nowhere' });
    await host.put('unreadable', { text: '{ }', mode: 0 });
    await host.put('result\n$(touch canary)', { link: good });
    const paths = [
      '',
      '/',
      '.',
      '\n',
      good,
      `${good}/nixos-nspawn/..`,
      `${good}/init/below`,
      other,
      srv('circle'),
      srv('circle-1/below'),
      srv('dangling'),
      srv('unreadable'),
      srv('web.nix'),
      srv('web.nix/below'),
      srv('result\n$(touch canary)'),
      srv('a'.repeat(256)),
      srv('a/'.repeat(2100)),
      srv('é'.repeat(128)),
      ...Array.from({ length: 3 }, () => srv(hostileWord(dice))),
    ];
    const sources = paths.flatMap((path): Source[] => [
      { kind: 'profile', path },
      { kind: 'config', file: path, nixpkgs: '/nixpkgs' },
    ]);
    await judge(
      sources.map((source) => ({
        what: JSON.stringify(source),
        name: 'web',
        expected: orLacking(0, ExitCode.refused),
        attempt: operation((options) => createContainer({ name: 'web', source }, options)),
      })),
    );
    const argvs = (await host.recordedArgvs()).filter(
      ([program, verb]) => program === 'nix' && verb === 'build',
    );
    for (const argv of argvs) expect(paths).to.include(argv[argv.indexOf('config') + 1]);
  });

  it('as directories and circular links in a closure instead of files: are refused', async () => {
    const replaced = ['data.json', 'service-overrides.conf'];
    for (const file of replaced) {
      for (const link of ['.', file, 'nowhere']) {
        const path = await host.closure('web', '{}');
        await host.replaceByLink(join(path, 'nixos-nspawn', file), link);
        await judge([
          {
            what: `${file} -> ${link}`,
            name: 'web',
            expected: orLacking(...(link === 'nowhere' ? [0] : []), ExitCode.refused),
            attempt: operation((options) =>
              createContainer({ name: 'web', source: { kind: 'profile', path } }, options),
            ),
          },
        ]);
      }
    }
  });

  it('do not change the list of containers', async () => {
    const names = (await listContainers({}, { root: host.root })).map(({ name }) => name);
    expect(names).to.deep.equal(['db', 'stranger']);
  });

  it('on the real command line: result in a documented exit code and one document, and change nothing', async () => {
    const name = () =>
      hostileNames(dice, 60).filter((text) => !/^web$/.test(text))[24 + dice.below(36)] ?? '';
    const reference = () => hostileReferences(dice, 60)[20 + dice.below(40)] ?? '';
    const create = (...argv: string[]) => ['create', '--json', ...argv];
    const usage: readonly string[][] = [
      create('web', '--flake', ''),
      create('web', '--flake='),
      create('web', '--config', ''),
      create('web', '--profile', ''),
      create('web', '--config', 'web.nix', '--nixpkgs', ''),
      ['update', '--json', 'web', '--profile', ''],
      ['list', '--json', '--unit-file-dir', ''],
      create('--flake', '.', '--', '--json'),
      create('--flake', '.', '--', '-rf'),
      create('--flake', '.', '--', ''),
      create('--flake', '.', 'web', '--system', '$(touch canary)'),
      ['--json', hostileWord(dice)],
      ['remove', '--json', '--yes', '--', '../db'],
      ['status', '--json', '--', '\u001b[2J'],
    ];
    const refused: readonly string[][] = [
      create('web', '--profile', 'circle'),
      create('web', '--config', 'circle'),
      create('web', '--profile', 'a'.repeat(300)),
      create('web', '--config', 'a/'.repeat(3000)),
      create('web', '--profile', 'web.nix'),
      create('web', '--profile', 'no\nwhere'),
    ];
    const any: readonly string[][] = [
      ['list', '--json', '--unit-file-dir', 'a'.repeat(300)],
      ['list', '--json', '--unit-file-dir', 'circle'],
      ...Array.from({ length: 2 }, () => create('--profile', '/', '--', name())),
      ...Array.from({ length: 2 }, () => ['list-generations', '--json', '--', name()]),
      ...Array.from({ length: 2 }, () => create('web', `--flake=${reference()}`)),
    ];
    const trials: Trial[] = [
      ...usage.map((argv) => [argv, [ExitCode.usage]] as const),
      ...refused.map((argv) => [argv, orLacking(ExitCode.refused)] as const),
      ...any.map((argv) => [argv, DOCUMENTED] as const),
    ].map(([argv, expected]) => ({ what: argv.join(' '), name: 'web', expected, attempt: command(...argv) }));
    const found: string[][] = [];
    await inParallel([0, 1, 2, 3], 4, async (share) => {
      const own = await FakeHost.make();
      try {
        await own.put('circle', { link: 'circle' });
        for (const trial of trials.filter((_, at) => at % 4 === share)) found.push(await faults(own, trial));
      } finally {
        await own.end();
      }
    });
    tried += trials.length;
    expect(found.flat(), `seed ${SEED}`).to.deep.equal([]);
  });

  it('cause no control characters on the terminal', async () => {
    const lines = [
      ['status', '--', '\u001b[2J'],
      ['create', 'web', '--profile', '/\u001b[2J\u009b2J\u202e'],
      ['create', 'web', '--config', '/\u001b]0;title\u0007'],
      ['create', 'web', '--flake', '.#\u001b[2J'],
      ['\u001b[2J'],
    ];
    const said = await inParallel(lines, 4, (argv) => command(...argv)(host));
    tried += lines.length;
    for (const { exitCode, stdout, stderr } of said) {
      expect(DOCUMENTED).to.include(exitCode);
      expect(`${stdout}${stderr}`).to.match(/^Error: [^\p{Cc}\p{Cf}]*\n(?: {2}[^\p{Cc}\p{Cf}]*\n)*$/mu);
      expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.to.match(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('are as many as expected', () => {
    expect(tried).to.be.least(250);
  });
});

type Verb = (name: string, options: OperationOptions) => Promise<unknown>;
