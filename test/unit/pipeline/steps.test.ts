import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { type Act, Steps } from '../../../src/pipeline/steps.js';

interface Counted {
  count: number;
}

const act = (id: string, run: Act<Counted>['run'] = async () => undefined): Act<Counted> => ({
  id,
  title: `Do ${id}`,
  run,
});

/** Runs steps, and returns their result or their error, with what the listener and a watcher were told. */
async function told(steps: Steps<Counted, Counted>, signal = new AbortController().signal) {
  const heard: PipelineEvent[] = [];
  const watched: unknown[] = [];
  const watch = (message: unknown) => {
    watched.push(message);
  };
  subscribe('nixos-nspawn:steps', watch);
  const outcome = await steps
    .run(
      { count: 0 },
      { container: 'web', operation: 'create', signal, listener: (event) => heard.push(event) },
    )
    .catch((error: unknown) => error)
    .finally(() => unsubscribe('nixos-nspawn:steps', watch));
  const events = heard.map((event) =>
    'id' in event ? `${event.type} ${event.step} ${event.id}` : event.type,
  );
  return { outcome, heard, watched, events };
}

describe('steps', () => {
  it('run one after the other, and each receives the results of the steps before it', async () => {
    const counting = {
      id: 'count',
      title: 'Count',
      run: async ({ count }: Counted) => ({ count: count + 1 }),
    };
    const { outcome, events } = await told(
      Steps.from<Counted>().learn(counting).act(act('rest')).learn(counting),
    );
    expect(outcome).to.deep.equal({ count: 2 });
    expect(events).to.deep.equal([
      'plan',
      'step-started 0 count',
      'step-done 0 count',
      'step-started 1 rest',
      'step-done 1 rest',
      'step-started 2 count',
      'step-done 2 count',
    ]);
  });

  it('announce all titles first, including those of appended steps', async () => {
    const first = Steps.from<Counted>().act(act('one'));
    const { heard } = await told(first.and(Steps.from<Counted>().act(act('two'), act('three'))));
    expect(heard[0]).to.deep.equal({
      container: 'web',
      type: 'plan',
      operation: 'create',
      steps: ['Do one', 'Do two', 'Do three'],
    });
  });

  it('skip a step that gives a reason, and use the result given with that reason', async () => {
    const skipped = {
      id: 'count',
      title: 'Count',
      skip: async () => ({ reason: 'it is counted', known: { count: 9 } }),
      run: () => Promise.reject(new Error('a skipped step ran')),
    };
    const { outcome, heard } = await told(Steps.from<Counted>().learn(skipped));
    expect(outcome).to.deep.equal({ count: 9 });
    expect(heard.at(-1)).to.include({ type: 'step-skipped', id: 'count', reason: 'it is counted' });
  });

  it('stop at the first step that fails, and throw its error', async () => {
    const failing = act('two', () => Promise.reject(new Error('broken')));
    const { outcome, events } = await told(Steps.from<Counted>().act(act('one'), failing, act('three')));
    expect(outcome).to.be.an('error').with.property('message').that.includes('broken');
    expect(events.slice(-2)).to.deep.equal(['step-started 1 two', 'step-failed 1 two']);
  });

  it('stop before the next step after an abort', async () => {
    const stop = new AbortController();
    const aborting = act('one', async () => stop.abort());
    const { outcome, events } = await told(Steps.from<Counted>().act(aborting, act('two')), stop.signal);
    expect(outcome).to.have.property('code', 'interrupted');
    expect(events.at(-1)).to.equal('step-done 0 one');
  });

  it('report the same to code in the same process as to the listener', async () => {
    const { heard, watched } = await told(Steps.from<Counted>().act(act('one')));
    expect(watched).to.deep.equal(heard.filter(({ type }) => type !== 'plan'));
  });
});
