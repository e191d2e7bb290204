import { bindSources, createdSources, type Settings } from '../../container/settings.js';
import { noGeneration } from '../../error-catalog.js';
import { type Closure, readClosure } from '../../host/closure.js';
import { readProfile } from '../../host/generations.js';
import { planHostFiles } from '../../host/host-files.js';
import type { Found } from '../../host/inventory.js';
import { keepRunning } from '../../host/keep-running.js';
import type { Layout } from '../../host/layout.js';
import type { Step, Task } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import {
  endMachine,
  forgetFailure,
  restartMachine,
  startMachine,
  stopMachine,
} from '../../systemd/machine.js';
import { signalLeader } from '../../systemd/machinectl.js';
import { requireOwnImage } from '../own-container.js';
import { requireClosureSources, requireSources } from './bind-sources.js';
import { applyHostFiles } from './host-files.js';
import { explained } from './start.js';
import { stateStep } from './state.js';

/** What starts a container: links and drop-ins that a reboot took are put back first, as autostart does. */
export async function startSteps(
  found: Found,
  transaction: Transaction,
  layout: Layout,
  limit: number | undefined,
): Promise<Step[]> {
  const start = (task: Task) => startMachine(found.name, found.places.service, { ...task, limit });
  return [...(await unitSteps(found, transaction, layout)), activeStep('Start', found, transaction, start)];
}

export async function restartSteps(
  found: Found,
  transaction: Transaction,
  layout: Layout,
  limit: number | undefined,
): Promise<Step[]> {
  const restart = (task: Task) => restartMachine(found.name, found.places.service, { ...task, limit });
  return [
    ...(await unitSteps(found, transaction, layout)),
    activeStep('Restart', found, transaction, restart),
  ];
}

export function stopSteps({ name, places }: Found, patience: number | undefined): Step[] {
  return [
    {
      title: 'Stop',
      run: async (task) => {
        await stopMachine(name, places.service, { ...task, patience });
        await keepRunning(places);
      },
    },
  ];
}

export function killSteps({ name, places }: Found): Step[] {
  return [
    {
      title: 'Kill',
      run: async (task) => {
        await endMachine(name, places.service, task);
        await forgetFailure(places.service);
        await keepRunning(places);
      },
    },
  ];
}

/** A signal for the container's init, which may do with it whatever it likes. */
export function signalSteps({ name }: Found, signal: string): Step[] {
  return [{ title: 'Send the signal', run: (task) => signalLeader(name, signal, task) }];
}

/** A declared container's units are the host's configuration's. */
async function unitSteps(found: Found, transaction: Transaction, layout: Layout): Promise<Step[]> {
  const { name, places, settings } = found;
  await requireOwnImage(layout, places);
  if (found.type !== 'imperative') return settings === null ? [] : [declaredSourcesStep(name, settings)];
  const closure = await currentClosure(found);
  const missing = await planHostFiles(layout, places, closure.files);
  return [
    {
      title: 'Check what it mounts',
      run: ({ signal }) => requireClosureSources(name, closure, { mountsComeFirst: true, signal }),
    },
    {
      title: 'Put units back',
      skip: () => (missing.length === 0 ? 'all are there' : null),
      run: ({ signal }) => applyHostFiles(layout, places, transaction, closure.files, { signal }),
    },
    stateStep({ places, transaction, closure }),
  ];
}

function declaredSourcesStep(name: string, settings: Settings): Step {
  const sources = { paths: bindSources(settings), created: createdSources(settings) };
  return {
    title: 'Check what it mounts',
    run: ({ signal }) => requireSources(name, sources, { mountsComeFirst: true, signal }),
  };
}

function activeStep(
  title: string,
  { name, places }: Found,
  transaction: Transaction,
  act: (task: Task) => Promise<void>,
): Step {
  return {
    title,
    run: async (task) => {
      // What was put back is right whether or not it starts.
      await transaction.commit();
      try {
        await explained(places, () => act(task), task.signal);
        await keepRunning(places, { signal: task.signal });
      } catch (error) {
        // A start that was given up or interrupted goes on within systemd, and would succeed unseen.
        await endMachine(name, places.service);
        throw error;
      }
    },
  };
}

async function currentClosure({ name, places }: Found): Promise<Closure> {
  const { current, numbers } = await readProfile(places.profile);
  if (current === null) throw noGeneration(name, 'current', numbers);
  return readClosure(current.path, name);
}
