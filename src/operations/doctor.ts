import * as z from 'zod';
import type { ContainerName } from '../container/name.js';
import { catalog } from '../doctor/catalog.js';
import { type Finding, findingSchema, findingView, isMendable } from '../doctor/finding.js';
import { gatherContainers } from '../doctor/gather-containers.js';
import { gatherHost } from '../doctor/gather-host.js';
import { gatherOrphans } from '../doctor/gather-orphans.js';
import { judge } from '../doctor/judge.js';
import { runMend } from '../doctor/mend.js';
import { asNspawnError, ExitCode, errorDocument } from '../errors.js';
import { readClosure } from '../host/closure.js';
import { readProfile } from '../host/generations.js';
import { findContainers } from '../host/inventory.js';
import { containerPlaces } from '../host/layout.js';
import { hiddenNames, removeTree } from '../host/trees.js';
import { guarded } from '../pipeline/guarded.js';
import { runningMachines } from '../systemd/running-machines.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { applyHostFiles } from './steps/host-files.js';

export interface DoctorRequest {
  /** Mends what takes nothing away and interrupts nobody; the rest only as `mayMend` says. */
  fix?: boolean | undefined;
  /** Asked before any other mend; without it none is carried out. */
  mayMend?: ((finding: z.infer<typeof findingSchema>) => Promise<boolean>) | undefined;
}

export const doctorResultSchema = z.object({
  /** Whether nothing but notes was found, or is left after mending. */
  healthy: z.boolean(),
  /** What is wrong, the gravest first; after `--fix`, what still is. */
  findings: z.array(findingSchema),
  /** What `--fix` did, in this order. */
  mended: z.array(
    z.object({
      id: z.string(),
      container: z.string().nullable(),
      what: z.string(),
      /** Why it did not go well; null where it did. */
      error: z.looseObject({ code: z.string(), message: z.string(), exit_code: z.int() }).nullable(),
    }),
  ),
});

export type DoctorResult = z.infer<typeof doctorResultSchema>;

/** Looks at the host and at every container, tells what is wrong with them, and mends what it may. */
export async function examine(
  request: DoctorRequest = {},
  options: OperationOptions = {},
): Promise<DoctorResult> {
  const context = operationContext(options);
  const first = await look(context);
  const mended = request.fix ? await mend(first, request, context) : [];
  const { findings, isNixOS } = mended.length === 0 ? first : await look(context);
  return {
    healthy: findings.every(({ id }) => catalog[id].severity === 'note'),
    findings: findings.map((finding) => findingView(finding, isNixOS)),
    mended,
  };
}

/** Exit code 7 where something is wrong. */
export const doctorExitCode = ({ healthy }: DoctorResult): number =>
  healthy ? ExitCode.done : ExitCode.hostLacks;

interface Look {
  findings: Finding[];
  isNixOS: boolean;
}

async function look({ layout, signal }: Context): Promise<Look> {
  const found = await findContainers(layout);
  const containerUnits = found.map(({ places }) => places.service);
  const [host, orphans, machines] = await Promise.all([
    gatherHost({ layout, signal, containerUnits }),
    gatherOrphans(layout, found, signal),
    machinesIfAny(signal),
  ]);
  const containers = await gatherContainers({ layout, found, units: host.units, machines });
  return { findings: judge({ host, containers, orphans }), isNixOS: host.isNixOS };
}

/** None where machined cannot answer, which the checks of the host tell of. */
async function machinesIfAny(signal: AbortSignal): ReturnType<typeof runningMachines> {
  try {
    return await runningMachines({ signal });
  } catch (error) {
    const { code } = asNspawnError(error);
    if (code === 'command-failed' || code === 'command-missing') return new Map();
    throw error;
  }
}

async function mend(
  { findings, isNixOS }: Look,
  { mayMend }: DoctorRequest,
  context: Context,
): Promise<DoctorResult['mended']> {
  const mended: DoctorResult['mended'] = [];
  for (const finding of findings) {
    const { id, container, what } = finding;
    if (!isMendable(finding.mend, isNixOS)) continue;
    if (!finding.mend.safe && !(await mayMend?.(findingView(finding, isNixOS)))) continue;
    try {
      await carryOut(finding, context);
      mended.push({ id, container, what, error: null });
    } catch (error) {
      const known = asNspawnError(error);
      if (known.code === 'interrupted') throw error;
      mended.push({ id, container, what, error: errorDocument(known).error });
    }
  }
  return mended;
}

async function carryOut(finding: Finding, context: Context): Promise<void> {
  const { container, mend: repair } = finding;
  if (repair.own !== null && container !== null) return carryOutOwn(repair.own, container, context);
  return runMend(finding, context.signal);
}

/** Under the container's lock, by which also what a killed run left is brought to one side. */
async function carryOutOwn(
  own: NonNullable<Finding['mend']['own']>,
  name: ContainerName,
  context: Context,
): Promise<void> {
  const { layout, signal } = context;
  const places = containerPlaces(layout, name);
  await guarded(places, { operation: 'doctor', ...context }, async (transaction) => {
    if (own === 'recover') return;
    if (own === 'delete-remnants') {
      for (const place of [places.stateDir, places.profileDir])
        for (const path of await hiddenNames(place)) await removeTree(path);
      return;
    }
    const { generations, current } = await readProfile(places.profile);
    const generation = generations.find(({ number }) => number === current);
    if (generation === undefined) return;
    const { files } = await readClosure(generation.path, name);
    await applyHostFiles(layout, places, transaction, files, { signal });
  });
}
