import { asNspawnError } from '../errors/nspawn-error.js';
import type { Layout } from '../host/layout.js';
import { type LoggedOperation, logOperation } from '../systemd/operation-log.js';
import type { Listener } from './events.js';

export interface Memory {
  /** The host's journal tells how an operation ended; not that of a tree that is only looked into. */
  layout: Layout;
  listener: Listener;
}

/** Tells the host's journal, from which status has it; a host that cannot be told is no reason to fail. */
export async function remember(
  ended: Omit<LoggedOperation, 'at'>,
  { layout, listener }: Memory,
): Promise<void> {
  if (layout.root !== '/') return;
  try {
    await logOperation(ended);
  } catch (failure) {
    const { message } = asNspawnError(failure);
    listener({
      container: ended.container,
      type: 'warning',
      code: 'not-logged',
      message: `The journal was not told. ${message}`,
    });
  }
}
