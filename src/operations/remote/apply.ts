import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { makeDirectory, putText, readText } from '../../base/files.js';
import { pause } from '../../base/pause.js';
import type { Argv } from '../../base/process.js';
import { uniqueSuffix } from '../../base/writer.js';
import { asNspawnError, errorDocument } from '../../errors/nspawn-error.js';
import { remoteChangeEnded } from '../../errors/remote.js';
import { signalMain, startDetached } from '../../systemd/detached.js';
import { isRunning } from '../../systemd/unit-states.js';
import { jsonIn } from '../../text/json.js';
import type { OperationOptions } from '../context.js';
import { createContainer } from '../create.js';
import { requireRoot } from '../require-root.js';
import { updateContainer } from '../update.js';
import { type Line, lineSchema, type Order, orderSchema } from './messages.js';
import { type OrderPlaces, orderPlaces, ordersDirectory } from './places.js';
import { createRequest, updateRequest } from './prepare.js';

/** Milliseconds between two looks for new lines. */
const PAUSE = 50;
/** How many looks pass before it is checked that the service still runs. */
const CHECK_EVERY = 20;

/**
 * On the target: starts a change as a service of its own, and passes on what it reports until it has ended. If this
 * process ends earlier, because the connection is lost, the change goes on. An abort of the signal is passed to it.
 *
 * @param isReceived waits until the caller has the outcome; false if it does not answer, so that the next call tells it
 * @param command the argv of the tool, for `carryOut` with the id that follows
 */
export async function applyChange(
  order: Order,
  options: OperationOptions,
  command: Argv,
  tell: (line: string) => void,
  isReceived: () => Promise<boolean>,
): Promise<void> {
  requireRoot(`Changing container '${order.wish.name}'`);
  const directory = ordersDirectory(options);
  const id = randomBytes(8).toString('hex');
  const places = orderPlaces(directory, id);
  await makeDirectory(directory, 0o700);
  await makeDirectory(places.directory, 0o700);
  // Write the order last. Other commands ignore a change without an order, so they do not report this one as lost.
  await putText(places.follower, uniqueSuffix(), 0o600);
  await putText(places.lines, '', 0o600);
  await putText(places.order, JSON.stringify(order), 0o600);
  const { verb, name } = order.wish;
  const { PATH = '', HOME = '/root', LANG = 'C.UTF-8' } = process.env;
  try {
    await startDetached(places.unit, `${verb} of container ${name} for another host`, [...command, id], {
      PATH,
      HOME,
      LANG,
    });
  } catch (error) {
    await rm(places.directory, { recursive: true, force: true });
    throw error;
  }
  await follow(places, order, options.signal, tell);
  if (await isReceived()) await rm(places.directory, { recursive: true, force: true });
}

async function follow(
  places: OrderPlaces,
  { wish: { name } }: Order,
  signal: AbortSignal | undefined,
  tell: (line: string) => void,
): Promise<void> {
  const file = await open(places.lines, 'r');
  const abort = () => {
    const reason = typeof signal?.reason === 'string' ? signal.reason : 'SIGINT';
    signalMain(places.unit, reason).catch(() => undefined);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const buffer = Buffer.alloc(65_536);
    // A character may lie on both sides of the buffer's end.
    const decoder = new StringDecoder('utf8');
    let rest = '';
    let isEnding = false;
    for (let look = 1; ; look += 1) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      rest += decoder.write(buffer.subarray(0, bytesRead));
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) tell(line);
      if (lines.some(isLast)) return;
      if (bytesRead > 0) continue;
      if (isEnding) return tell(JSON.stringify(errorDocument(remoteChangeEnded(name))));
      // What it wrote before its end is read once more.
      if (look % CHECK_EVERY === 0) isEnding = !(await isRunning(places.unit));
      await pause(PAUSE);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    await file.close();
  }
}

/** Whether the line has the outcome. */
export function isLast(line: string): boolean {
  const parsed = lineSchema.safeParse(jsonIn(line));
  return parsed.success && ('result' in parsed.data || 'error' in parsed.data);
}

/** On the target, in the service: carries out an order, and reports what happens. */
export async function carryOut(id: string, options: OperationOptions): Promise<void> {
  const places = orderPlaces(ordersDirectory(options), id);
  const { wish, built } = orderSchema.parse(jsonIn((await readText(places.order)) ?? ''));
  const file = await open(places.lines, 'a');
  let told = Promise.resolve();
  const tell = (line: Line) => {
    told = told.then(() => file.appendFile(`${JSON.stringify(line)}\n`));
  };
  const reporting: OperationOptions = {
    ...options,
    waitOnline: wish.waitOnline,
    onEvent: (event) => {
      if (event.type === 'step-started') tell({ progress: event.title });
      else if (event.type === 'undoing') tell({ progress: 'Undo the change' });
      else if (event.type === 'log') tell({ log: event.text });
      else if (event.type === 'warning') tell({ warning: { code: event.code, message: event.message } });
    },
  };
  const complete = built === null ? undefined : { ...built, isComplete: true };
  try {
    const result =
      wish.verb === 'create'
        ? await createContainer({ ...createRequest(wish), built: complete }, reporting)
        : await updateContainer({ ...updateRequest(wish), built: complete }, reporting);
    tell({ result });
  } catch (error) {
    const known = asNspawnError(error);
    process.exitCode = known.exitCode;
    tell({ error: { ...errorDocument(known).error, next_steps: [...known.nextSteps] } });
  } finally {
    await told;
    await file.close();
  }
}
