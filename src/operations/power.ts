import { availableParallelism, constants } from 'node:os';
import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import { requireHost } from '../doctor/preflight.js';
import { interrupted } from '../errors/commands.js';
import { foreignUnit, incomplete, unregistered } from '../errors/containers.js';
import { ExitCode, worstExitCode } from '../errors/exit-codes.js';
import { asNspawnError, errorDocument } from '../errors/nspawn-error.js';
import { invalidSignal, noContainerNamed } from '../errors/usage.js';
import type { Container } from '../host/container.js';
import { findContainers } from '../host/inventory.js';
import { inParallel } from '../pipeline/parallel.js';
import { type Act, Steps } from '../pipeline/steps.js';
import { isUp } from '../systemd/machine.js';
import { findMachine, isRegistered, listMachines, type Machine } from '../systemd/registered-machines.js';
import { runningAfterwards } from './afterwards.js';
import { byName, failureSchema, problemText } from './container-view.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { requireContainer } from './known-container.js';
import { withKnownErrors } from './known-errors.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, performIn, type Scene } from './operation.js';
import { warnOfSharedPorts } from './shared-ports.js';
import {
  killingAct,
  type Powering,
  preparingActs,
  restartingAct,
  signallingAct,
  startingAct,
  stoppingAct,
} from './steps/power.js';

export type PowerVerb = 'start' | 'stop' | 'restart' | 'kill';

export interface PowerRequest {
  /** What to do with the containers. */
  verb: PowerVerb;
  /** Names of containers. `all` selects the stopped containers for `start`, and the running ones for other commands. */
  names: readonly string[] | 'all';
  /**
   * Seconds. A start fails after this time; by default, the service's own TimeoutStartSec=. A stop kills the container
   * after this time; by default, 30.
   */
  timeout?: number | undefined;
  /**
   * For `kill`: a signal for the container's first process, by name or number. The operation does not wait for an
   * effect.
   */
  signal?: string | undefined;
}

/** The outcome for one container. */
export const powerOutcomeSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether it is running afterwards. */
  state: z.enum(['running', 'stopped']),
  /** False if it was already in the wanted state, and if the command failed. */
  changed: z.boolean(),
  /** Why it is not in the wanted state; null if it is. */
  error: failureSchema.nullable(),
});

export type PowerOutcome = z.infer<typeof powerOutcomeSchema>;

/**
 * Starts, stops, restarts or kills containers, several at a time, and returns when each has succeeded or failed. A
 * failure does not affect the others. Declarative containers are accepted as well, because the command only talks to
 * systemd. Foreign ones are refused.
 *
 * @throws NspawnError `usage`, `host-lacks`, `interrupted`. A container's own failure is in its outcome.
 */
export async function powerContainers(
  request: PowerRequest,
  options: OperationOptions = {},
): Promise<PowerOutcome[]> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const wish = powerWish(request);
    await requireHost(context);
    const outcomes = await inParallel(await namesOf(request, context), availableParallelism(), (name) =>
      powerOne({ ...wish, name }, context),
    );
    if (context.signal.aborted) throw interrupted(context.signal.reason);
    const running = await runningAfterwards(
      outcomes.map(({ name }) => name),
      context,
    );
    return outcomes.map((outcome) => ({
      ...outcome,
      state: running.has(outcome.name) ? ('running' as const) : ('stopped' as const),
    }));
  });
}

export const powerPreviewSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether it is running now. */
  state: z.enum(['running', 'stopped']),
  /** False if it is already in the wanted state, and if it would be refused. */
  would_change: z.boolean(),
  /** Why it would be refused; null if it would not. */
  error: failureSchema.nullable(),
});

export type PowerPreview = z.infer<typeof powerPreviewSchema>;

/**
 * Shows what `powerContainers` would do, without doing it.
 *
 * @throws NspawnError `usage`
 */
export async function previewPower(
  request: PowerRequest,
  options: OperationOptions = {},
): Promise<PowerPreview[]> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const wish = powerWish(request);
    const running = await runningMachines(context);
    const names = await namesOf(request, context, running);
    return Promise.all(
      names.map(async (name): Promise<PowerPreview> => {
        const state = running.has(name) ? 'running' : 'stopped';
        try {
          const { isAsWanted } = await lookAhead(power(request.verb), { ...wish, name }, options);
          return { name, state, would_change: !isAsWanted, error: null };
        } catch (error) {
          return { name, state, would_change: false, error: errorDocument(asNspawnError(error)).error };
        }
      }),
    );
  });
}

/** The exit code for these outcomes: the most urgent one. */
export function powerExitCode(outcomes: readonly Pick<PowerOutcome, 'error'>[]): number {
  return worstExitCode(outcomes.map(({ error }) => error?.exit_code ?? ExitCode.done));
}

/** Validates a request before anything on the host is read. */
function powerWish({ verb, names, timeout, signal }: PowerRequest): PowerWish {
  if (names.length === 0) throw noContainerNamed();
  return { verb, timeout, signal: signal === undefined ? undefined : signalName(signal) };
}

/** @param running by name; read from machined if it is needed and not given */
async function namesOf(
  { verb, names }: PowerRequest,
  context: Context,
  running?: ReadonlyMap<string, Machine>,
): Promise<string[]> {
  if (names !== 'all') return [...new Set(names)];
  const [containers, machines] = await Promise.all([
    findContainers(context.layout),
    running ?? runningMachines(context),
  ]);
  return containers
    .filter(({ isComplete }) => isComplete)
    .map(({ name }): string => name)
    .filter((name) => machines.has(name) === (verb !== 'start'));
}

const runningMachines = async ({ signal }: Context) => byName(await listMachines({ signal }));

type PowerWish = Pick<PowerRequest, 'verb' | 'timeout' | 'signal'>;

interface Types {
  request: PowerWish & { name: string };
  wish: PowerWish & { name: ContainerName };
  /** The container, and whether it is already in the wanted state. */
  asked: Pick<Powering, 'container' | 'timeout'> & { isAsWanted: boolean };
  planned: Powering;
  applied: Powering;
  /** Whether anything was done. */
  result: boolean;
}

const power = (verb: PowerVerb): Operation<Types> => ({
  verb,
  read: (request) => ({ ...request, name: containerName(request.name) }),
  // Checked once for all containers.
  requireHost: async () => undefined,
  endsRun: ({ signal }) => verb === 'stop' || verb === 'restart' || (verb === 'kill' && signal === undefined),
  ask: async ({ name, timeout, signal }, { context, places }) => {
    const container = await requireContainer(context.layout, name);
    if (!container.isManaged) throw foreignUnit(name, places.unitFile);
    const isDone = await isAsWanted(verb, container, signal, context);
    if (!isDone && boots(verb)) requireWhole(container);
    return { container, timeout, isAsWanted: isDone };
  },
  unneeded: async (asked) => (asked.isAsWanted ? false : null),
  plan: () => Steps.from<Powering>(),
  apply: (asked, { signal }) => actsOf(verb, asked, signal),
  follow: async (applied) => {
    if (boots(verb)) await waitUntilOnline(applied, verb);
  },
  result: () => true,
});

const boots = (verb: PowerVerb) => verb === 'start' || verb === 'restart';

async function actsOf(
  verb: PowerVerb,
  asked: Types['asked'] & Scene,
  signal: string | undefined,
): Promise<Steps<Powering, Powering>> {
  const steps = Steps.from<Powering>();
  switch (verb) {
    case 'start':
      return steps.act(...(await preparing(asked)), startingAct);
    case 'restart':
      return steps.act(...(await preparing(asked)), restartingAct);
    case 'stop':
      return steps.act(stoppingAct);
    case 'kill':
      return steps.act(signal === undefined ? killingAct : signallingAct(signal));
  }
}

/** What has to happen before a start. */
async function preparing(asked: Types['asked'] & Scene): Promise<Act<Powering>[]> {
  const { container, context } = asked;
  await warnOfSharedPorts(container.name, container.settings, context);
  return preparingActs(container, asked);
}

async function powerOne(request: Types['request'], context: Context): Promise<Omit<PowerOutcome, 'state'>> {
  try {
    const operation = power(request.verb);
    const wish = operation.read(request);
    return { name: wish.name, changed: await performIn(operation, wish, context), error: null };
  } catch (error) {
    return { name: request.name, changed: false, error: errorDocument(asNspawnError(error)).error };
  }
}

/** A container that is being started can be stopped, but it has no first process yet that could get a signal. */
async function isAsWanted(
  verb: PowerVerb,
  { name, places }: Container,
  signal: string | undefined,
  context: Context,
): Promise<boolean> {
  if (verb === 'restart') return false;
  if (verb === 'start') {
    const machine = await findMachine(name, context);
    // A start would change nothing, and the container would stay out of reach.
    if (machine?.isRegistered === false) throw unregistered(name);
    return machine !== null;
  }
  if (signal !== undefined) return !(await isRegistered(name, context.signal));
  return !(await isUp(name, places.service, context.signal));
}

/** Real-time signals have no individual names (signal(7)): `RTMIN+4`, `RTMAX-1`. */
const REAL_TIME = /^RTM(IN(\+([0-9]|[12][0-9]|30))?|AX(-([0-9]|[12][0-9]|30))?)$/;

/** Converts a signal to the form that systemd accepts: `SIGHUP`, `SIGRTMIN+4`, `15`. */
function signalName(text: string): string {
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (/^[1-9][0-9]?$/.test(name) && Number(name) <= 64) return name;
  if (REAL_TIME.test(name) || `SIG${name}` in constants.signals) return `SIG${name}`;
  throw invalidSignal(text);
}

function requireWhole({ name, isComplete, problem, generation }: Container): void {
  if (!isComplete)
    throw incomplete(
      name,
      problem === null ? 'some of its parts are missing' : problemText(problem),
      generation !== null,
    );
}
