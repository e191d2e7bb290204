import type { Call } from './faults.js';
import type { Cell, Column } from './matrix.js';

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
export const unregistered: Cells = {
  refused: {
    fault: {
      kind: 'machined-refuses',
      members: ['CreateMachineWithNetwork', 'RegisterMachineWithNetwork', 'CreateMachine', 'RegisterMachine'],
    },
  },
};

/** The configuration that is given does not come up. */
export const withConfigurations = (
  args: Record<'never-ready' | 'crash', () => readonly string[]>,
): Cells => ({
  'never-ready': { fault: { kind: 'none' }, args: args['never-ready'] },
  crash: { fault: { kind: 'none' }, args: args.crash },
});
