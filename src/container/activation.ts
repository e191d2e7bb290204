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

/** What will be done to the container so that it is at the new generation, and why. */
export interface Activation {
  action: Action;
  reasons: string[];
}

export interface ActivationQuestion {
  strategy: Strategy;
  running: boolean;
  /** Start a container that does not run. */
  start: boolean;
  /** Of what the running container was started with. */
  before: HostUnits;
  after: HostUnits;
  /** Why a reload cannot bring the running container to the new generation. */
  obstacles: readonly string[];
}

/**
 * How to bring a container to a new generation. `dynamic` restarts it where something changed that only a start
 * applies, and reloads it else.
 */
export function planActivation(question: ActivationQuestion): Activation {
  const { strategy, running, start } = question;
  if (!running) {
    return start
      ? { action: 'start', reasons: ['it does not run'] }
      : { action: 'none', reasons: ['it does not run, and stays stopped'] };
  }
  if (strategy !== 'dynamic') return { action: strategy, reasons: [`the strategy is ${strategy}`] };
  const reasons = [...restartReasons(question.before, question.after), ...question.obstacles];
  if (reasons.length > 0) return { action: 'restart', reasons };
  return { action: 'reload', reasons: ['nothing changed that only a start applies'] };
}

/** Each thing that changed and that a running container cannot take on: `Bind= changed`. */
function restartReasons(before: HostUnits, after: HostUnits): string[] {
  return [
    ...compareUnitFiles(before.unit, after.unit).filter(needsStart).map(reason),
    ...compareUnitFiles(before.dropIn, after.dropIn).filter(needsStart).filter(isMoreThanPaths).map(reason),
    ...networkReasons(before.networks, after.networks),
  ];
}

/**
 * Keys that a start alone does not need to apply: the init is what a reload switches, the commands around a start
 * and its time limit matter at the next one, and X- keys are for other programs.
 */
const TAKEN_ON_LATER = new Set([
  'Exec.Parameters',
  'Service.ExecReload',
  'Service.ExecStartPre',
  'Service.TimeoutStartSec',
]);

const needsStart = ({ section, key }: KeyChange) =>
  !TAKEN_ON_LATER.has(`${section}.${key}`) && !key.startsWith('X-');

/** The service's own programs and environment name store paths, which any update of nixpkgs changes. */
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
