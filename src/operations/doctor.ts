import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import { catalog } from '../doctor/catalog.js';
import { type Finding, findingSchema, findingView, isMendable } from '../doctor/finding.js';
import { gatherContainers } from '../doctor/gather-containers.js';
import { gatherHost } from '../doctor/gather-host.js';
import { gatherOrphans } from '../doctor/gather-orphans.js';
import { judge } from '../doctor/judge.js';
import { runMend } from '../doctor/mend.js';
import { notFixed } from '../error-catalog.js';
import { asNspawnError, ExitCode, errorDocument, type NspawnError } from '../errors.js';
import { readClosure } from '../host/closure.js';
import { readProfile } from '../host/generations.js';
import { findContainers } from '../host/inventory.js';
import { containerPlaces } from '../host/layout.js';
import { hiddenNames, removeTree } from '../host/trees.js';
import { pause } from '../pause.js';
import { guarded } from '../pipeline/guarded.js';
import { runningMachines } from '../systemd/running-machines.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { requireContainer } from './known-container.js';
import { applyHostFiles } from './steps/host-files.js';

export interface DoctorRequest {
  /** Only what concerns this container, and the host; default every container. */
  name?: string | undefined;
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
  /** What `--fix` did, in this order; the host was looked at again afterwards. */
  mended: z.array(
    z.object({
      /** Of the finding. */
      id: z.string(),
      /** The container it was about; null for the host. */
      container: z.string().nullable(),
      /** What was wrong, in a sentence. */
      what: z.string(),
      /** Why it did not go well; null where it did. */
      error: z
        .looseObject({
          /** What the error is identified by, for programs. */
          code: z.string(),
          /** What happened, in sentences. */
          message: z.string(),
          /** What the command line exits with for it. */
          exit_code: z.int(),
        })
        .nullable(),
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
  if (request.name !== undefined) await requireContainer(context.layout, containerName(request.name));
  const first = await look(context, request.name);
  const carriedOut: CarriedOut[] = [];
  const { findings, isNixOS } = request.fix ? await fixAll(first, request, carriedOut, context) : first;
  return {
    healthy: findings.every(({ id }) => catalog[id].severity === 'note'),
    findings: findings.map((finding) => findingView(finding, isNixOS)),
    mended: carriedOut.map(({ finding: { id, container, what }, error }) => {
      const failure = error ?? (findings.some(isSame({ id, container })) ? notFixed(id, what) : null);
      return { id, container, what, error: failure === null ? null : errorDocument(failure).error };
    }),
  };
}

const isSame =
  ({ id, container }: Pick<Finding, 'id' | 'container'>) =>
  (other: Finding) =>
    other.id === id && other.container === container;

/** Milliseconds until what was fixed must be seen to be fixed: a service starts, a container gets its address. */
const PROOF = 15_000;
const BETWEEN_LOOKS = 500;

/**
 * Fixes what it may, and looks until nothing of it is left or the time is over. What one fix brings to light is fixed too:
 * systemd's table has to be there before the ports that it lacks can be seen.
 */
async function fixAll(
  first: Look,
  request: DoctorRequest,
  carriedOut: CarriedOut[],
  context: Context,
): Promise<Look> {
  let seen = first;
  const asked: Finding[] = [];
  const started = performance.now();
  for (;;) {
    const fresh = seen.findings.filter((finding) => !asked.some(isSame(finding)));
    asked.push(...fresh);
    const done = await mend({ ...seen, findings: fresh }, request, context);
    carriedOut.push(...done);
    if (carriedOut.length === 0) return seen;
    seen = await look(context, request.name);
    const waits = carriedOut.some(
      ({ finding, error }) => error === null && seen.findings.some(isSame(finding)),
    );
    const hasMore = seen.findings.some(
      (finding) => isMendable(finding.mend, seen.isNixOS) && !asked.some(isSame(finding)),
    );
    if (hasMore) continue;
    if (!waits || performance.now() - started >= PROOF) return seen;
    await pause(BETWEEN_LOOKS, context.signal);
  }
}

/** Exit code 7 where something is wrong. */
export const doctorExitCode = ({ healthy }: DoctorResult): number =>
  healthy ? ExitCode.done : ExitCode.hostLacks;

interface CarriedOut {
  finding: Finding;
  /** Why it failed; null where its commands succeeded. */
  error: NspawnError | null;
}

interface Look {
  findings: Finding[];
  isNixOS: boolean;
}

/** @param name leaves out what concerns other containers only */
async function look({ layout, signal }: Context, name: string | undefined): Promise<Look> {
  const found = await findContainers(layout);
  const containerUnits = found.map(({ places }) => places.service);
  // Addresses first: systemd-nspawn forwards a port as soon as the container has one.
  const machines = await machinesIfAny(signal);
  const [host, orphans] = await Promise.all([
    gatherHost({ layout, signal, containerUnits }),
    // Parts of a container whose unit files are in another directory are not orphans.
    gatherOrphans(layout, await findContainers({ ...layout, standardUnitDir: layout.unitDir }), signal),
  ]);
  const containers = await gatherContainers({ layout, found, units: host.units, machines });
  const findings = judge({ host, containers, orphans }).filter(
    ({ container }) => name === undefined || container === null || container === name,
  );
  return { findings, isNixOS: host.isNixOS };
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
): Promise<CarriedOut[]> {
  const carriedOut: CarriedOut[] = [];
  for (const finding of findings) {
    if (!isMendable(finding.mend, isNixOS)) continue;
    if (!finding.mend.safe && !(await mayMend?.(findingView(finding, isNixOS)))) continue;
    try {
      await carryOut(finding, context);
      carriedOut.push({ finding, error: null });
    } catch (error) {
      const known = asNspawnError(error);
      if (known.code === 'interrupted') throw error;
      carriedOut.push({ finding, error: known });
    }
  }
  return carriedOut;
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
    const { current } = await readProfile(places.profile);
    if (current === null) return;
    const { files } = await readClosure(current.path, name);
    await applyHostFiles(layout, places, transaction, files, { signal });
  });
}
