import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../test/host/wait-for.js';
import { type Argv, timed } from '../measure/command.js';
import { figure } from '../measure/paired.js';
import type { Part } from '../results.js';
import { ours } from './program.js';

const ROUNDS = 5;
const NAME = 'outage';

const poller = fileURLToPath(new URL('../../test/host/poll.mjs', import.meta.url));
const profile = fileURLToPath(new URL('../../test/fixtures/profile.nix', import.meta.url));

/** Measures how long the page of a container does not answer while its configuration changes. */
export async function outage(node: string): Promise<Part> {
  const [first, later, broken] = [
    await built('1', {}),
    await built('2', {}),
    await built('3', { trouble: 'init-crash' }),
  ];
  const update = (closure: string, strategy: string) =>
    ours(node, 'update', NAME, '--profile', closure, '--strategy', strategy);
  const times = { reload: [] as number[], restart: [] as number[], back: [] as number[] };
  await timed({ argv: ours(node, 'create', NAME, '--profile', first) });
  for (let round = 0; round < ROUNDS; round++) {
    times.reload.push(await unanswered(update(later, 'reload')));
    times.restart.push(await unanswered(update(first, 'restart')));
    // 8: the previous generation was restored.
    times.back.push(
      await unanswered(['sh', '-c', '"$@"; test $? -eq 8', 'sh', ...update(broken, 'restart')]),
    );
  }
  await timed({ argv: ours(node, 'remove', NAME, '--delete-state') });
  const row = (what: string, values: number[]) => ({
    what,
    unit: 'ms' as const,
    ...figure(values),
    against: null,
    limit: null,
  });
  return {
    title: 'Time without service',
    about: `The longest time during an update in which the container's page does not answer. The page is requested every 20 ms, in ${ROUNDS} rounds. In a restart, the container shuts down, boots and gets its address again.`,
    rows: [
      row('update by reload', times.reload),
      row('update by restart', times.restart),
      row('update whose init crashes, and automatic rollback', times.back),
    ],
    curve: null,
    notes: [],
  };
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
