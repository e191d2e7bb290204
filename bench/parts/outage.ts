import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../test/host/wait-for.js';
import { type Argv, timed } from '../measure/command.js';
import { figure } from '../measure/paired.js';
import type { Measured, Part } from '../results.js';
import { ours } from './program.js';

const ROUNDS = 50;
/** Milliseconds that a restart may take away the page: the median, and each. */
const LIMITS = { median: 800, max: 2000 };
const NAME = 'outage';

const poller = fileURLToPath(new URL('../../test/host/poll.mjs', import.meta.url));
const profile = fileURLToPath(new URL('../../test/fixtures/profile.nix', import.meta.url));

/**
 * Measures how long the page of a container does not answer while its configuration changes, and how soon it answers
 * after a create.
 *
 * @param isBusy whether two processes for each processor run at the same time
 */
export async function outage(node: string, isBusy: boolean): Promise<Part> {
  const [first, later, broken] = [
    await built('1', {}),
    await built('2', {}),
    await built('3', { trouble: 'init-crash' }),
  ];
  const update = (closure: string, strategy: string) =>
    ours(node, 'update', NAME, '--profile', closure, '--strategy', strategy);
  const times = {
    create: [] as number[],
    reload: [] as number[],
    restart: [] as number[],
    back: [] as number[],
  };
  const load = isBusy ? Array.from({ length: 2 * availableParallelism() }, busyProcess) : [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await timed({ argv: ours(node, 'create', NAME, '--profile', first) });
      times.create.push(await untilAnswer());
      times.reload.push(await unanswered(update(later, 'reload')));
      times.restart.push(await unanswered(update(first, 'restart')));
      // 8: the previous generation was restored.
      times.back.push(
        await unanswered(['sh', '-c', '"$@"; test $? -eq 8', 'sh', ...update(broken, 'restart')]),
      );
      await timed({ argv: ours(node, 'remove', NAME, '--delete-state') });
    }
  } finally {
    for (const process of load) process.kill('SIGKILL');
  }
  const row = (what: string, values: number[], limit: Measured['limit']): Measured => ({
    what,
    unit: 'ms',
    ...figure(values),
    against: null,
    limit,
  });
  return {
    title: `Time without service, ${isBusy ? 'under load' : 'idle'}`,
    about: `The longest time during an update in which the container's page does not answer. The page is requested every 20 ms, in ${ROUNDS} rounds. In a restart, the container shuts down, boots and gets its address again.${isBusy ? ' Two busy processes for each processor run at the same time.' : ''}`,
    rows: [
      row('after create returned, until the page answers by name', times.create, null),
      row('update by reload', times.reload, null),
      row('update by restart', times.restart, { of: 'median', atMost: LIMITS.median }),
      row('update by restart, the longest', [Math.max(...times.restart)], { of: 'max', atMost: LIMITS.max }),
      row('update whose init crashes, and automatic rollback', times.back, null),
    ],
    curve: null,
    notes: Object.entries({ create: times.create, restart: times.restart }).map(
      ([what, values]) => `All rounds of ${what}, in ms: ${sorted(values)}`,
    ),
  };
}

const sorted = (values: readonly number[]) =>
  values
    .toSorted((a, b) => a - b)
    .map((value) => Math.round(value))
    .join(' ');

const busyProcess = () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });

/** The time until the first answer, in milliseconds. Each request resolves the name again. */
async function untilAnswer(): Promise<number> {
  const started = performance.now();
  await waitFor(
    'the page',
    () =>
      timed({ argv: ['curl', '--silent', '--fail', '--max-time', '1', `http://${NAME}/`] }).then(
        () => true,
        () => false,
      ),
    { interval: 20 },
  );
  return performance.now() - started;
}

async function built(generation: string, settings: object): Promise<string> {
  const argv: Argv = [
    'nix-build',
    profile,
    '--no-out-link',
    ...['--argstr', 'name', NAME, '--argstr', 'generation', generation],
    ...['--argstr', 'settings', JSON.stringify(settings)],
  ];
  return (await timed({ argv })).stdout.trim();
}

/** The longest time without an answer, in milliseconds, from the start of the command until the page answers again. */
async function unanswered(argv: Argv): Promise<number> {
  const url = `http://${NAME}/`;
  await waitFor('the page', async () => (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok);
  const child = spawn(process.execPath, [poller, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const nextAnswer = () => {
    const before = said.length;
    return waitFor('an answer', async () => said.length > before, { interval: 20 });
  };
  try {
    await nextAnswer();
    await timed({ argv });
    await nextAnswer();
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  return Number(/^longest (\d+)$/m.exec(said)?.[1]);
}
