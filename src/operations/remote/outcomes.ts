import { rm } from 'node:fs/promises';
import { entries, readText } from '../../base/files.js';
import { writerOf } from '../../base/writer.js';
import { isRunning } from '../../systemd/unit-states.js';
import { jsonIn } from '../../text/json.js';
import type { OperationOptions } from '../context.js';
import { isLast } from './apply.js';
import { lineSchema, orderSchema } from './messages.js';
import { type OrderPlaces, orderPlaces, ordersDirectory } from './places.js';

/**
 * On the target: the outcomes of changes whose callers lost the connection, as sentences. Each outcome is reported once,
 * and only to root.
 */
export async function lostChanges(options: OperationOptions = {}): Promise<string[]> {
  const directory = ordersDirectory(options);
  const ids = process.geteuid?.() === 0 ? await entries(directory) : [];
  const told: string[] = [];
  for (const id of ids) {
    const places = orderPlaces(directory, id);
    const order = orderSchema.safeParse(jsonIn((await readText(places.order)) ?? ''));
    if (!order.success || (await isFollowed(places))) continue;
    const { verb, name } = order.data.wish;
    const begin = `The connection was lost during an earlier '${verb}' of container '${name}'.`;
    const outcome = await outcomeOf(places);
    told.push(`${begin} ${outcome ?? 'It is still under way.'}`);
    if (outcome !== null) await rm(places.directory, { recursive: true, force: true });
  }
  return told;
}

const isFollowed = async ({ follower }: OrderPlaces): Promise<boolean> =>
  writerOf((await readText(follower)) ?? '') === 'another';

/** Null if it has not ended. */
async function outcomeOf({ lines, unit }: OrderPlaces): Promise<string | null> {
  const isOver = !(await isRunning(unit));
  const last = ((await readText(lines)) ?? '').split('\n').find(isLast);
  const parsed = lineSchema.safeParse(jsonIn(last ?? ''));
  if (parsed.success && 'result' in parsed.data) return 'It has succeeded.';
  if (parsed.success && 'error' in parsed.data)
    return `It has failed with exit code ${parsed.data.error.exit_code}: ${parsed.data.error.message}`;
  return isOver
    ? 'It was killed. This command, or the next one on the container, undoes or finishes it.'
    : null;
}
