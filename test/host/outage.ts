import { answers } from './by-hand.js';
import { type Host, REPOSITORY, waitFor } from './host.js';

/** The longest time, in milliseconds, in which a page did not answer during `act`. It must answer before and after. */
export async function timeWithoutService(host: Host, url: string, act: () => Promise<void>): Promise<number> {
  await answers(host, url);
  const poller = host.spawn(['node', `${REPOSITORY}/test/host/poll.mjs`, url]);
  const nextAnswer = () => {
    const before = poller.stdoutSoFar.length;
    return waitFor('an answer to the poller', async () => {
      if (poller.hasEnded) throw new Error(`it ended: ${poller.stderrSoFar}`);
      return poller.stdoutSoFar.length > before;
    });
  };
  try {
    await nextAnswer();
    await act();
    await nextAnswer();
  } finally {
    await poller.kill('SIGTERM');
  }
  const { stdout, stderr } = await poller.outcome;
  const longest = /^longest (\d+)$/m.exec(stdout)?.[1];
  if (longest === undefined) throw new Error(`the poller did not say how long: ${stderr}`);
  return Number(longest);
}
