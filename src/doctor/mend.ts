import { run } from '../base/process.js';
import type { Finding } from './finding.js';

/** Runs the commands of a finding in their order, exactly as they are shown; @throws NspawnError at the first that fails. */
export async function runMend({ mend: { commands } }: Finding, signal: AbortSignal): Promise<void> {
  for (const command of commands) await run(command, { signal });
}
