import type { HostFiles } from '../../container/host-file-names.js';
import { bindSources, createdSources, type Settings } from '../../container/settings.js';
import { noGeneration } from '../../errors/containers.js';
import { type Closure, readClosure } from '../../host/closure.js';
import type { Container } from '../../host/container.js';
import { readProfile } from '../../host/generations.js';
import { type FileChange, planHostFiles } from '../../host/host-file-changes.js';
import type { Act } from '../../pipeline/steps.js';
import { keepRunning } from '../../running/keep.js';
import {
  endMachine,
  forgetFailure,
  restartMachine,
  startMachine,
  stopMachine,
} from '../../systemd/machine.js';
import { signalLeader } from '../../systemd/machinectl.js';
import { hostFilesOf } from '../host-files.js';
import type { Guarded, Scene } from '../operation.js';
import { requireOwnImage } from '../own-container.js';
import { requireClosureSources, requireSources } from './bind-sources.js';
import { requireDevices } from './devices.js';
import { applyHostFiles } from './host-files.js';
import { explained } from './start.js';
import { stateAct } from './state.js';

/** A container of any type, and how long its start or stop may take. */
export interface Powering extends Scene, Guarded {
  readonly container: Container;
  /** In seconds; the meaning depends on the command. */
  readonly timeout: number | undefined;
}

/** Checks that a container can start. First restores links and drop-ins that a reboot removed, as autostart does. */
export async function preparingActs(
  container: Container,
  { context: { layout, signal }, places }: Scene,
): Promise<Act<Scene & Guarded>[]> {
  const { name, settings, isOwn } = container;
  await requireOwnImage(layout, places);
  // The host's configuration manages the units of a declarative container.
  if (!isOwn) return settings === null ? [] : [declaredSourcesAct(name, settings)];
  const closure = await currentClosure(container);
  const files = await hostFilesOf(closure, signal);
  return restoringActs(closure, files, await planHostFiles(layout, places, files));
}

/** Restores what a container's current generation needs on the host. `changes` are the missing files. */
export const restoringActs = (
  closure: Closure,
  files: HostFiles,
  changes: readonly FileChange[],
): Act<Scene & Guarded>[] => [
  {
    id: 'check-mounts',
    title: 'Check mount sources',
    run: ({ places }, { signal }) =>
      requireClosureSources(places.name, closure, { mountsComeFirst: true, signal }),
  },
  {
    id: 'restore-units',
    title: 'Restore unit files',
    skip: () => (changes.length === 0 ? 'none is missing' : null),
    run: ({ context: { layout }, places, transaction }, { signal }) =>
      applyHostFiles(layout, places, transaction, files, { signal }),
  },
  {
    id: stateAct.id,
    title: stateAct.title,
    run: (given, task) => stateAct.run({ ...given, closure }, task),
  },
];

const declaredSourcesAct = (name: string, settings: Settings): Act<unknown> => ({
  id: 'check-mounts',
  title: 'Check mount sources',
  run: async (_, { signal }) => {
    await requireDevices(name, settings);
    await requireSources(
      name,
      { paths: bindSources(settings), created: createdSources(settings) },
      { mountsComeFirst: true, signal },
    );
  },
});

/** Starts the container and waits until it reports that it is ready. */
export const startingAct = bootingAct({ id: 'start', title: 'Start' }, startMachine);

export const restartingAct = bootingAct({ id: 'restart', title: 'Restart' }, restartMachine);

export const stoppingAct: Act<Powering> = {
  id: 'stop',
  title: 'Stop',
  run: async ({ places, timeout }, task) => {
    await stopMachine(places.name, places.service, { ...task, patience: timeout });
    await keepRunning(places);
  },
};

export const killingAct: Act<Powering> = {
  id: 'kill',
  title: 'Kill',
  run: async ({ places }, task) => {
    await endMachine(places.name, places.service, task);
    await forgetFailure(places.service);
    await keepRunning(places);
  },
};

/** Sends a signal to the container's init, which may handle it in any way. */
export const signallingAct = (signal: string): Act<Powering> => ({
  id: 'signal',
  title: 'Send the signal',
  run: ({ places }, task) => signalLeader(places.name, signal, task),
});

function bootingAct(shown: Pick<Act<Powering>, 'id' | 'title'>, boot: typeof startMachine): Act<Powering> {
  return {
    ...shown,
    run: async ({ places, transaction, timeout }, task) => {
      const { name, service } = places;
      // The restored files are correct even if the start fails, so they are kept.
      await transaction.commit();
      try {
        await explained(places, () => boot(name, service, { ...task, limit: timeout }), task.signal);
        await keepRunning(places, { signal: task.signal });
      } catch (error) {
        // systemd continues a start that timed out or was interrupted, and it could succeed unnoticed.
        await endMachine(name, service);
        throw error;
      }
    },
  };
}

async function currentClosure({ name, places }: Container): Promise<Closure> {
  const { current, numbers } = await readProfile(places.profile);
  if (current === null) throw noGeneration(name, 'current', numbers);
  return readClosure(current.path, name);
}
