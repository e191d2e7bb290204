import * as z from 'zod';
import type { Container, ContainerProblem } from '../host/container.js';
import type { Machine } from '../systemd/registered-machines.js';

/** A container as `--json` shows it; `name`, `unit_file` and `is_imperative` are the Python tool's fields. */
export const containerViewSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Absolute path of its .nspawn file. */
  unit_file: z.string(),
  /** Whether it was created by `create`, not by the host's configuration. */
  is_imperative: z.boolean(),
  /**
   * `imperative`: created by `create`; `declarative`: by the host's configuration; `incomplete`: parts of it are
   * missing; `foreign`: its .nspawn file was not written by this tool.
   */
  type: z.enum(['imperative', 'declarative', 'incomplete', 'foreign']),
  /** Whether it is running. */
  state: z.enum(['running', 'stopped']),
  /** Number of the profile's current generation; null for declarative and foreign containers. */
  generation: z.int().nullable(),
  /** IP addresses of a running container, as text. */
  addresses: z.array(z.string()),
  /** Whether it starts at boot; null if its settings cannot be read. */
  auto_start: z.boolean().nullable(),
  /** What is wrong with it, in a sentence; null if nothing is. */
  problem: z.string().nullable(),
});

/** A problem that did not undo the change. */
export const warningsSchema = z.array(
  z.object({
    /** Identifies the warning for programs; its entry in the manual's page on errors. */
    code: z.string(),
    /** What went wrong, in sentences. */
    message: z.string(),
  }),
);

/** Why the operation failed for one container of several. Additional fields are facts of that error. */
export const failureSchema = z.looseObject({
  /** Identifies the error for programs. */
  code: z.string(),
  /** What happened, in sentences. */
  message: z.string(),
  /** The exit code of the command line for it. */
  exit_code: z.int(),
  /** What the reader can do next, one sentence or command each; may be empty. */
  next_steps: z.array(z.string()).readonly(),
});

export type ContainerView = z.infer<typeof containerViewSchema>;

/** @param recordProblem why the tool's record of the container cannot be used */
export function containerView(
  container: Container,
  machines: ReadonlyMap<string, Machine>,
  recordProblem: string | null = null,
): ContainerView {
  const machine = machines.get(container.name);
  return {
    name: container.name,
    unit_file: container.places.unitFile,
    is_imperative: container.type === 'imperative',
    type: container.type,
    state: machine === undefined ? 'stopped' : 'running',
    generation: container.generation,
    addresses: [...(machine?.addresses ?? [])],
    auto_start: container.settings?.activation.autoStart ?? null,
    problem: problemOf(container, machine) ?? recordProblem,
  };
}

function problemOf({ problem }: Container, machine: Machine | undefined): string | null {
  if (problem !== null) return problemText(problem);
  return machine?.isRegistered === false
    ? 'systemd-machined does not know it, so nothing can enter it'
    : null;
}

/** What is wrong with a container, as the end of a sentence about it. */
export function problemText(problem: ContainerProblem): string {
  return problem.code === 'unreadable' ? problem.why : PROBLEM_TEXTS[problem.code];
}

const PROBLEM_TEXTS: Readonly<Record<Exclude<ContainerProblem['code'], 'unreadable'>, string>> = {
  foreign: 'it was not created by nixos-nspawn',
  'no-unit-file': 'it has no unit file',
  'no-profile': 'it has no profile',
  'under-way': 'an operation on it is in progress',
  'cut-short': 'an operation on it was interrupted',
  unsettled: 'an operation on it is in progress, or was interrupted',
};

export const byName = (machines: readonly Machine[]) =>
  new Map(machines.map((machine) => [machine.name, machine]));

/** Where a file or directory is now, and where it would be. */
export const moveSchema = z.object({
  /** Where it is now. */
  from: z.string(),
  /** Where it would be. */
  to: z.string(),
});
