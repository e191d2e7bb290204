import { type RunOptions, run } from '../base/process.js';
import { showUnit } from './systemctl.js';

type Options = Pick<RunOptions, 'signal'>;

export interface UnitState {
  /** `loaded`, `not-found`, `masked`, … */
  load: string;
  /** `active`, `inactive`, `failed`, … */
  active: string;
  /** The id of its current or last run; empty if there was none. */
  invocation: string;
}

/** The states of many units with one call. An unknown unit is `not-found` and `inactive`. */
export async function unitStates(
  units: readonly string[],
  options: Options = {},
): Promise<Map<string, UnitState>> {
  const { stdout } = await run(
    ['systemctl', 'show', '--property=Id,LoadState,ActiveState,InvocationID', '--', ...units],
    options,
  );
  const states = new Map<string, UnitState>();
  for (const block of stdout.split('\n\n')) {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1] ?? '';
    if (value('Id') !== '')
      states.set(value('Id'), {
        load: value('LoadState'),
        active: value('ActiveState'),
        invocation: value('InvocationID'),
      });
  }
  return states;
}

/** Whether a unit in this state (`ActiveState`) neither runs nor starts nor stops. */
export const isEnded = (active: string): active is 'inactive' | 'failed' =>
  active === 'inactive' || active === 'failed';

/** The `ActiveState` of one unit. An unknown unit is `inactive`. */
export async function activeState(unit: string, options: Options = {}): Promise<string> {
  return (await showUnit(unit, ['ActiveState'], options)).get('ActiveState') ?? 'inactive';
}

/** Whether the unit runs, starts or stops. */
export const isRunning = async (unit: string, options: Options = {}): Promise<boolean> =>
  !isEnded(await activeState(unit, options));
