import type { Call } from './faults.js';
import type { Cell, Column, Row } from './matrix.js';

/** How the tool says that it begins a step. */
const begins = (step: string) => `❯ ${step}`;
/** How it says that it is done with one. */
const isDone = (step: string) => `✔ ${step}`;

type Cells = Partial<Record<Column, Cell>>;

/** The trials that make sense for any step: Ctrl-C when it begins, SIGKILL when it has made its changes. */
export const cutShort = (step: string): Cells => ({
  interrupted: { fault: { kind: 'signal', says: begins(step), signal: 'SIGINT' } },
  killed: { fault: { kind: 'signal', says: isDone(step), signal: 'SIGKILL' } },
});

/** Those of a step whose work is this call of another program; SIGKILL comes while the tool waits for its answer. */
export const calling = (step: string, call: Call): Cells => ({
  ...cutShort(step),
  fails: { fault: { kind: 'call-fails', call } },
  killed: { fault: { kind: 'killed-after-call', call } },
});

/** The file system that the step writes to is filled when it begins. */
export const onFullDisk = (step: string, path: string): Cells => ({
  full: { fault: { kind: 'disk-full', says: begins(step), path } },
});

/** machined refuses to register the container. */
const unregistered: Cells = {
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

/** The configuration that is given does not come up. */
const withConfigurations = (args: Record<'never-ready' | 'crash', () => readonly string[]>): Cells => ({
  'never-ready': { fault: { kind: 'none' }, args: args['never-ready'] },
  crash: { fault: { kind: 'none' }, args: args.crash },
});

/** The step that a change from a flake begins with; these arguments make it such a change. */
export const evaluating = (args: () => readonly string[]): Row => {
  const step = 'Evaluate and build';
  const cells: Cells = {
    ...calling(step, { program: 'nix', word: 'build' }),
    ...onFullDisk(step, '/var/lib/nixos-nspawn'),
  };
  return {
    step,
    cells: Object.fromEntries(Object.entries(cells).map(([column, cell]) => [column, { ...cell, args }])),
  };
};

export const planning: Row = {
  step: 'Plan the activation',
  cells: calling('Plan the activation', { program: 'machinectl', word: 'show' }),
};

/** The step that has the profile at another generation, by this word of nix-env. */
export const switching = (step: string, word: string): Row => ({
  step,
  cells: { ...calling(step, { program: 'nix-env', word }), ...onFullDisk(step, '/nix/var/nix/profiles') },
});

export const writingUnits = (call: Call): Row => ({
  step: 'Write unit files',
  cells: { ...calling('Write unit files', call), ...onFullDisk('Write unit files', '/etc/systemd') },
});

export const remembering: Row = {
  step: 'Remember the source',
  cells: {
    ...cutShort('Remember the source'),
    ...onFullDisk('Remember the source', '/var/lib/nixos-nspawn'),
  },
};

/** The step that brings the container to its configuration, by this word of systemctl. */
export const bringingUp = (
  step: string,
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
