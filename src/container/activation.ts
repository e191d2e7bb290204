import type { Strategy } from './strategy.js';
import { compareUnitFiles, type KeyChange, type UnitFile } from './unit-file.js';

/** The files of one generation that systemd reads on the host. */
export interface HostUnits {
  unit: UnitFile;
  dropIn: UnitFile;
  /** By file name. */
  networks: ReadonlyMap<string, UnitFile>;
}

export type Action = 'none' | 'reload' | 'restart' | 'start';

/** What to do to the container to bring it to the new generation, and why. */
export interface Activation {
  action: Action;
  reasons: string[];
  /** Running containers that require it. systemd restarts them with it. */
  dependents: readonly string[];
}

export interface ActivationQuestion {
  strategy: Strategy;
  running: boolean;
  /** Start the container if it is not running. */
  start: boolean;
  /** The units that the running container was started with. */
  before: HostUnits;
  after: HostUnits;
  /** Why a reload cannot bring the running container to the new generation. */
  obstacles: readonly string[];
  /** The credentials whose changed content requires a restart. */
  staleCredentials: readonly string[];
}

/**
 * Decides how to bring a container to a new generation. `dynamic` restarts it if something changed that only takes
 * effect at a start, and reloads it otherwise. Stale credentials restart it with any strategy.
 */
export function planActivation(question: ActivationQuestion): Omit<Activation, 'dependents'> {
  const { strategy, running, start } = question;
  if (!running) {
    return start
      ? { action: 'start', reasons: ['it is not running'] }
      : { action: 'none', reasons: ['it is not running, and stays stopped'] };
  }
  const credentials = question.staleCredentials.map(staleCredential);
  if (credentials.length > 0 && strategy !== 'dynamic')
    return {
      action: 'restart',
      reasons: strategy === 'restart' ? ['the strategy is restart', ...credentials] : credentials,
    };
  if (strategy !== 'dynamic') return { action: strategy, reasons: [`the strategy is ${strategy}`] };
  const reasons = [...restartReasons(question.before, question.after), ...question.obstacles, ...credentials];
  if (reasons.length > 0) return { action: 'restart', reasons };
  return { action: 'reload', reasons: ['no change requires a restart'] };
}

/** Part of a sentence about a credential whose content has changed since the start of the container. */
const staleCredential = (id: string) => `the content of credential ${id} has changed`;

/** Lists each change that a running container cannot apply, like `Bind= changed`. */
function restartReasons(before: HostUnits, after: HostUnits): string[] {
  return [
    ...compareUnitFiles(before.unit, after.unit).filter(needsStart).map(reason),
    ...compareUnitFiles(before.dropIn, after.dropIn).filter(needsStart).filter(isMoreThanPaths).map(reason),
    ...networkReasons(before.networks, after.networks),
  ];
}

/**
 * Keys whose change does not need a restart. A reload switches to the new init. The commands of a start and its time
 * limit take effect at the next start, and so does its order. Keys that begin with X- are for other programs.
 */
const TAKEN_ON_LATER = new Set([
  'Exec.Parameters',
  'Service.ExecReload',
  'Service.ExecStartPre',
  'Service.TimeoutStartSec',
  'Unit.After',
  'Unit.Requires',
  'Unit.Wants',
]);

const needsStart = ({ section, key }: KeyChange) =>
  !TAKEN_ON_LATER.has(`${section}.${key}`) && !key.startsWith('X-');

/** The service's programs and environment contain store paths, which change with every update of nixpkgs. */
const isMoreThanPaths = ({ before, after }: KeyChange) =>
  before.map(withoutHashes).join('\n') !== after.map(withoutHashes).join('\n');

const withoutHashes = (value: string) =>
  value.replace(/\/nix\/store\/[0-9a-z]{32}-[^/\s:"';]*/g, '/nix/store/…');

const reason = ({ key, before, after }: KeyChange) =>
  before.length === 0 ? `${key}= added` : after.length === 0 ? `${key}= removed` : `${key}= changed`;

function networkReasons(
  before: ReadonlyMap<string, UnitFile>,
  after: ReadonlyMap<string, UnitFile>,
): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === undefined) return [`${name} added`];
    if (is === undefined) return [`${name} removed`];
    return compareUnitFiles(was, is).length > 0 ? [`${name} changed`] : [];
  });
}
