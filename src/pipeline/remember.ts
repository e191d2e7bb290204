import { asNspawnError } from '../errors/nspawn-error.js';
import type { Layout } from '../host/layout.js';
import { type LoggedOperation, logOperation } from '../systemd/operation-log.js';
import type { Listener } from './events.js';

export interface Memory {
  /** Only operations on the host itself are logged in its journal, not those on a tree at another root. */
  layout: Layout;
  listener: Listener;
}

/** Logs the outcome in the host's journal, where status reads it. If that fails, it is only a warning. */
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
      message: `Could not write to the system journal. ${message}`,
    });
  }
}
