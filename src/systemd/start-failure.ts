import { showUnit } from './systemctl.js';

/** What systemd-nspawn and systemd say of starts that the host prevents, whatever the container's configuration is. */
const SAYINGS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /^Mount point '(\/run\/systemd\/nspawn\/[^']+)' exists already, refusing\.$/m,
    ([, place]) => `an earlier systemd-nspawn has left '${place}' mounted`,
  ],
  [
    /Failed at step EXEC spawning (\S*systemd-nspawn): (.+)$/m,
    ([, program, why]) => `'${program}' cannot be executed: ${why}`,
  ],
];

/**
 * Why the host prevented the service's start, before anything of the container ran; null where the cause is, or may be,
 * the container's own.
 */
export async function hostsReason(service: string, journal: string): Promise<string | null> {
  const shown = await showUnit(service, ['LoadState', 'Result']);
  if (shown.get('LoadState') === 'masked') return `the unit '${service}' is masked`;
  if (shown.get('Result') === 'resources') return 'systemd had not the resources for it';
  for (const [pattern, tell] of SAYINGS) {
    const match = pattern.exec(journal);
    if (match !== null) return tell(match);
  }
  return null;
}
