import { availableParallelism, constants } from 'node:os';
import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import { requireHost } from '../doctor/preflight.js';
import { interrupted } from '../errors/commands.js';
import { foreignUnit, incomplete, unregistered } from '../errors/containers.js';
import { ExitCode, worstExitCode } from '../errors/exit-codes.js';
import { asNspawnError, errorDocument } from '../errors/nspawn-error.js';
import { requirementNotRunning } from '../errors/order.js';
import { invalidSignal, noContainerNamed } from '../errors/usage.js';
import type { Container } from '../host/container.js';
import { findContainers } from '../host/inventory.js';
import { inOrder } from '../pipeline/in-order.js';
import { type Act, Steps } from '../pipeline/steps.js';
import { type ComparedCredential, compareCredentials } from '../systemd/credentials.js';
import { isUp } from '../systemd/machine.js';
import {
  findMachine,
  isRegistered,
  listMachines,
  type Machine,
  machineLeader,
} from '../systemd/registered-machines.js';
import { runningAfterwards } from './afterwards.js';
import { byName, failureSchema, problemText } from './container-view.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { requireContainer } from './known-container.js';
import { withKnownErrors } from './known-errors.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, performIn, type Scene } from './operation.js';
import { requireOrder, requireUnneeded } from './order.js';
import {
  type PowerOrder,
  type PowerTask,
  type PowerVerb,
  restartOrder,
  startOrder,
  stopOrder,
  withoutOrder,
} from './power-order.js';
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

export type { PowerVerb };

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
  /**
   * For `stop` and `kill`: whether to also stop the running containers that require one of these. By default, the
   * command refuses to stop a container while another one requires it.
   */
  withDependents?: boolean | undefined;
  /**
   * For `restart`: only the running containers for which the content of a credential has changed on the host since
   * their start; default false.
   */
  ifCredentialsChanged?: boolean | undefined;
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
 * container starts after those that it names in `after`, `wants` or `requires`, and stops before those that it requires.
 * A start also starts what the containers want or require. A restart also restarts the running containers that require
 * them. The outcomes of these follow those of the named containers.
 *
 * A failure affects only containers that require the failed one. Declarative containers are accepted as well, because the command only talks to
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
    const names = await namesOf(request, context);
    const outcomes = await powerInOrder(await orderOf(request, names, context), wish, context);
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

/** Carries out the tasks of an order. A container that a failed restart left alone has no outcome, unless it was named. */
export async function powerInOrder(
  order: PowerOrder,
  wish: PowerWish,
  context: Context,
): Promise<Omit<PowerOutcome, 'state'>[]> {
  const ended = new Map<string, Omit<PowerOutcome, 'state'>>();
  const outcomes = await inOrder(
    [...order.tasks.keys()],
    order.before,
    availableParallelism(),
    async (name) => {
      const failed = order.required(name).filter((other) => (ended.get(other)?.error ?? null) !== null);
      const task = failed.length > 0 ? order.alone(name) : (order.tasks.get(name) ?? null);
      if (task === null) return null;
      const request = { ...wish, name, besides: order.circular(name) };
      const outcome = await powerOne(task, request, failed, context);
      ended.set(name, outcome);
      return outcome;
    },
  );
  return outcomes.filter((outcome) => outcome !== null);
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
    const { tasks } = await orderOf(request, await namesOf(request, context, running), context);
    const besides = [...tasks.keys()];
    return Promise.all(
      [...tasks].map(async ([name, task]): Promise<PowerPreview> => {
        const state = running.has(name) ? 'running' : 'stopped';
        try {
          const { isAsWanted } = await lookAhead(power(task), { ...wish, name, besides }, options);
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
function powerWish({ names, timeout, signal, ifCredentialsChanged }: PowerRequest): PowerWish {
  if (names.length === 0) throw noContainerNamed();
  return { timeout, ifCredentialsChanged, signal: signal === undefined ? undefined : signalName(signal) };
}

async function orderOf(
  { verb, signal, withDependents = false }: PowerRequest,
  names: readonly string[],
  context: Context,
): Promise<PowerOrder> {
  switch (verb) {
    case 'start':
      return startOrder(names, context);
    case 'restart':
      return restartOrder(names, context);
    case 'stop':
      return stopOrder(verb, names, withDependents, context);
    case 'kill':
      return signal === undefined
        ? stopOrder(verb, names, withDependents, context)
        : withoutOrder(verb, names);
  }
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

export type PowerWish = Pick<PowerRequest, 'timeout' | 'signal' | 'ifCredentialsChanged'>;

interface Besides {
  /** Containers that may still run when this one stops, although they require it. */
  besides: readonly string[];
}

interface Types {
  request: PowerWish & Besides & { name: string };
  wish: PowerWish & Besides & { name: ContainerName };
  /** The container, and whether it is already in the wanted state. */
  asked: Pick<Powering, 'container' | 'timeout'> & { isAsWanted: boolean };
  planned: Powering;
  applied: Powering;
  /** Whether anything was done. */
  result: boolean;
}

const power = (verb: PowerTask): Operation<Types> => ({
  verb: verb === 'restart-along' ? 'restart' : verb,
  read: (request) => ({ ...request, name: containerName(request.name) }),
  // Checked once for all containers.
  requireHost: async () => undefined,
  endsRun: ({ signal }) => verb === 'restart' || ends(verb, signal),
  ask: async (wish, { context, places }) => {
    const { name, timeout, signal, besides } = wish;
    const container = await requireContainer(context.layout, name);
    if (!container.isManaged) throw foreignUnit(name, places.unitFile);
    const isDone = await isAsWanted(verb, container, wish, context);
    if (!isDone && boots(verb)) {
      requireWhole(container);
      await requireOrder(name, container.settings, context);
    }
    if (!isDone && ends(verb, signal)) await requireUnneeded(name, context, { besides, verb });
    return { container, timeout, isAsWanted: isDone };
  },
  unneeded: async (asked) => (asked.isAsWanted ? false : null),
  plan: () => Steps.from<Powering>(),
  apply: (asked, { signal }) => actsOf(verb, asked, signal),
  follow: async (applied) => {
    if (boots(verb)) await waitUntilOnline(applied, verb === 'restart-along' ? 'restart' : verb);
  },
  result: () => true,
});

const boots = (verb: PowerTask) => verb === 'start' || verb === 'restart' || verb === 'restart-along';

/** Whether the container ends, and does not start again. */
const ends = (verb: PowerTask, signal: string | undefined): verb is 'stop' | 'kill' =>
  verb === 'stop' || (verb === 'kill' && signal === undefined);

async function actsOf(
  verb: PowerTask,
  asked: Types['asked'] & Scene,
  signal: string | undefined,
): Promise<Steps<Powering, Powering>> {
  const steps = Steps.from<Powering>();
  switch (verb) {
    case 'start':
      return steps.act(...(await preparing(asked)), startingAct);
    case 'restart':
      return steps.act(...(await preparing(asked)), restartingAct);
    case 'restart-along':
      // systemd has begun its restart, and the start waits for that.
      return steps.act(startingAct);
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

/** @param failed what the container requires, and the command could not bring up */
async function powerOne(
  task: PowerTask,
  request: Types['request'],
  failed: readonly string[],
  context: Context,
): Promise<Omit<PowerOutcome, 'state'>> {
  try {
    for (const other of failed)
      if ((await findMachine(other, context)) === null) throw requirementNotRunning(request.name, other);
    const operation = power(task);
    const wish = operation.read(request);
    return { name: wish.name, changed: await performIn(operation, wish, context), error: null };
  } catch (error) {
    return { name: request.name, changed: false, error: errorDocument(asNspawnError(error)).error };
  }
}

/** A container that is being started can be stopped, but it has no first process yet that could get a signal. */
async function isAsWanted(
  verb: PowerTask,
  container: Container,
  { signal, ifCredentialsChanged }: PowerWish,
  context: Context,
): Promise<boolean> {
  const { name, places } = container;
  if (verb === 'restart' && ifCredentialsChanged) return !(await hasStaleCredential(container, context));
  if (verb === 'restart' || verb === 'restart-along') return false;
  if (verb === 'start') {
    const machine = await findMachine(name, context);
    // A start would change nothing, and the container would stay out of reach.
    if (machine?.isRegistered === false) throw unregistered(name);
    return machine !== null;
  }
  if (signal !== undefined) return !(await isRegistered(name, context.signal));
  return !(await isUp(name, places.service, context.signal));
}

/** Whether a restart would pass another content of a credential to a running container. */
async function hasStaleCredential({ name, settings }: Container, context: Context): Promise<boolean> {
  const { signal } = context;
  const credentials = settings?.credentials ?? [];
  if (credentials.length === 0) return false;
  const leader = await machineLeader(name, { signal });
  const compared = await compareCredentials(credentials, leader, { signal });
  if (leader !== null) warnOfUnknown(name, compared, context);
  return compared.some(({ changed }) => changed === true);
}

function warnOfUnknown(name: string, compared: readonly ComparedCredential[], { listener }: Context): void {
  for (const { id, path, changed } of compared) {
    if (changed === null)
      listener({
        container: name,
        type: 'warning',
        code: 'credential-unknown',
        message: `It is not known whether ${path}, the credential ${id} of ${name}, has changed since its start.`,
      });
  }
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
