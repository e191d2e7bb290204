import type { Call, Moment } from './faults.js';
import type { Cell, Column, Row } from './matrix.js';
import type { StepId } from './step-titles.js';

const begin = (step: StepId): Moment => ({ step, type: 'step-started' });
const end = (step: StepId): Moment => ({ step, type: 'step-done' });

type Cells = Partial<Record<Column, Cell>>;

/** Trials for any step: Ctrl-C when it begins, SIGKILL after it made its changes. */
export const cutShort = (step: StepId): Cells => ({
  interrupted: { fault: { kind: 'signal', at: begin(step), signal: 'SIGINT' } },
  killed: { fault: { kind: 'signal', at: end(step), signal: 'SIGKILL' } },
});

/** Trials for a step that calls another program. SIGKILL arrives while the tool waits for the result. */
export const calling = (step: StepId, call: Call): Cells => ({
  ...cutShort(step),
  fails: { fault: { kind: 'call-fails', call } },
  killed: { fault: { kind: 'killed-after-call', call } },
});

/** The file system to which the step writes is full when it begins. */
export const onFullDisk = (step: StepId, path: string): Cells => ({
  full: { fault: { kind: 'disk-full', at: begin(step), path } },
});

/** machined refuses to register the container. */
export const unregistered: Cells = {
  refused: {
    fault: {
      kind: 'machined-refuses',
      members: ['', 'Ex', 'WithNetwork'].flatMap((kind) => [
        `CreateMachine${kind}`,
        `RegisterMachine${kind}`,
      ]),
    },
  },
};

/** The given configuration does not start. */
const withConfigurations = (args: Record<'never-ready' | 'crash', () => readonly string[]>): Cells => ({
  'never-ready': { fault: { kind: 'none' }, args: args['never-ready'] },
  crash: { fault: { kind: 'none' }, args: args.crash },
});

/** The first step of a change from a flake, with the arguments for such a change. */
export const evaluating = (args: () => readonly string[]): Row => {
  const step = 'build';
  const cells: Cells = {
    ...calling(step, { program: 'nix', word: 'build' }),
    ...onFullDisk(step, '/var/lib/nixos-nspawn'),
  };
  return {
    step,
    cells: Object.fromEntries(Object.entries(cells).map(([column, cell]) => [column, { ...cell, args }])),
  };
};

/** The step that asks machined what runs. */
export const planning: Row = {
  step: 'plan-activation',
  cells: {
    ...cutShort('plan-activation'),
    refused: { fault: { kind: 'machined-refuses', members: ['ListMachines'] } },
  },
};

/** The step that switches the profile to another generation, with this option of nix-env. */
export const switching = (step: StepId, word: string): Row => ({
  step,
  cells: { ...calling(step, { program: 'nix-env', word }), ...onFullDisk(step, '/nix/var/nix/profiles') },
});

export const writingUnits = (call: Call): Row => ({
  step: 'write-units',
  cells: { ...calling('write-units', call), ...onFullDisk('write-units', '/etc/systemd') },
});

export const remembering: Row = {
  step: 'remember-source',
  cells: {
    ...cutShort('remember-source'),
    ...onFullDisk('remember-source', '/var/lib/nixos-nspawn'),
  },
};

/** The step that activates the container's configuration, with this command of systemctl. */
export const bringingUp = (
  step: StepId,
  word: string,
  args: Parameters<typeof withConfigurations>[0],
): Row => ({
  step,
  cells: {
    ...calling(step, { program: 'systemctl', word }),
    ...unregistered,
    ...withConfigurations(args),
  },
});
