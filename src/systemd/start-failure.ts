import { showUnit, showUnits } from './systemctl.js';

/** What systemd-nspawn and systemd report if the host, not the container's configuration, prevents a start. */
const SAYINGS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /^Mount point '(\/run\/systemd\/nspawn\/[^']+)' exists already, refusing\.$/m,
    ([, place]) => `an earlier systemd-nspawn left '${place}' mounted`,
  ],
  [
    /Failed at step EXEC spawning (\S*systemd-nspawn): (.+)$/m,
    ([, program, why]) => `'${program}' cannot be executed: ${why}`,
  ],
];

/**
 * Why the host prevented the service's start, before anything of the container ran; null if the container is, or may
 * be, the cause.
 */
export async function hostsReason(service: string, journal: string): Promise<string | null> {
  const shown = await showUnit(service, ['LoadState', 'Result']);
  if (shown.get('LoadState') === 'masked') return `the unit '${service}' is masked`;
  if (shown.get('Result') === 'resources') return 'systemd did not have the resources for it';
  // If a run failed, Result is that of the run. If a requirement prevented the start, there was no run.
  const missing = shown.get('Result') === 'success' ? await missingRequirement(service) : null;
  if (missing !== null) return missing;
  for (const [pattern, tell] of SAYINGS) {
    const match = pattern.exec(journal);
    if (match !== null) return tell(match);
  }
  return null;
}

/** How many units may be between the service and the failed one. */
const DEPTH = 5;

/**
 * The unit that prevents the service from starting, such as the mount of a bind source. If that unit could not start
 * because another one failed, returns the other one. Null if all required units are active.
 */
async function missingRequirement(service: string): Promise<string | null> {
  let nearest: Map<string, string> | undefined;
  let units = [service];
  for (let depth = 0; depth < DEPTH && units.length > 0; depth++) {
    const missing = await missingRequirements(units);
    const failed = missing.find(isFailed);
    if (failed !== undefined) return described(failed);
    nearest ??= missing[0];
    units = missing.map((unit) => unit.get('Id') ?? '');
  }
  return nearest === undefined ? null : described(nearest);
}

async function missingRequirements(units: readonly string[]): Promise<Map<string, string>[]> {
  const requirements = (await showUnits(units, ['Requires', 'BindsTo', 'Requisite'])).flatMap((shown) =>
    [...shown.values()].flatMap((value) => value.split(' ')),
  );
  const names = [...new Set(requirements)].filter((name) => name !== '');
  const properties = ['Id', 'ActiveState', 'Result', 'Where', 'ConditionResult', 'ConditionTimestamp'];
  return (await showUnits(names, properties)).filter(
    (unit) => isFailed(unit) || (unit.get('ActiveState') === 'inactive' && !isSkipped(unit)),
  );
}

const isFailed = (unit: Map<string, string>) => unit.get('ActiveState') === 'failed';

/** Whether one of its conditions does not hold. That does not prevent other units from starting (systemd.unit(5)). */
const isSkipped = (unit: Map<string, string>) =>
  unit.get('ConditionResult') === 'no' && (unit.get('ConditionTimestamp') ?? '') !== '';

function described(unit: Map<string, string>): string {
  const [id = '', where = '', result = ''] = ['Id', 'Where', 'Result'].map((key) => unit.get(key));
  const name = where === '' ? `'${id}'` : `'${id}' (${where})`;
  const state = isFailed(unit) ? `failed (${result})` : 'is not active';
  return `it needs ${name}, which ${state}; 'systemctl status ${id}' shows why`;
}
