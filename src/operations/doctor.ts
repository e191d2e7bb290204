import * as z from 'zod';
import { pause } from '../base/pause.js';
import { containerName } from '../container/name.js';
import { type Examination, examineHost } from '../doctor/examine.js';
import { type Finding, findingSchema, findingView, isMendable } from '../doctor/finding.js';
import { runMend } from '../doctor/mend.js';
import { ExitCode } from '../errors/exit-codes.js';
import { notFixed } from '../errors/host.js';
import { asNspawnError, errorDocument, type NspawnError } from '../errors/nspawn-error.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { requireContainer } from './known-container.js';
import { withKnownErrors } from './known-errors.js';
import { applyOwnFix } from './own-fixes.js';

export interface DoctorRequest {
  /** Only what concerns this container and the host; default every container. */
  name?: string | undefined;
  /** Whether to apply the fixes that delete nothing and interrupt nobody. `mayMend` decides about the others. */
  fix?: boolean | undefined;
  /** Called before each of the other fixes. Without it, none of them is applied. */
  mayMend?: ((finding: z.infer<typeof findingSchema>) => Promise<boolean>) | undefined;
}

export const doctorResultSchema = z.object({
  /** Whether only notes were found, or remain after the fixes. */
  healthy: z.boolean(),
  /** What is wrong, the most serious first; after `--fix`, what is still wrong. */
  findings: z.array(findingSchema),
  /** What `--fix` did, in this order. The host was checked again afterwards. */
  mended: z.array(
    z.object({
      /** The id of the finding. */
      id: z.string(),
      /** The container that it concerned; null for the host. */
      container: z.string().nullable(),
      /** What was wrong, in a sentence. */
      what: z.string(),
      /** Why the fix failed; null if it succeeded. */
      error: z
        .looseObject({
          /** Identifies the error for programs. */
          code: z.string(),
          /** What happened, in sentences. */
          message: z.string(),
          /** The exit code of the command line for it. */
          exit_code: z.int(),
        })
        .nullable(),
    }),
  ),
});

export type DoctorResult = z.infer<typeof doctorResultSchema>;

/** Checks the host and every container, reports what is wrong with them, and fixes what it may. */
export async function examine(
  request: DoctorRequest = {},
  options: OperationOptions = {},
): Promise<DoctorResult> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    if (request.name !== undefined) await requireContainer(context.layout, containerName(request.name));
    const first = await look(context, request.name);
    const carriedOut: CarriedOut[] = [];
    const { findings, isNixOS } = request.fix ? await fixAll(first, request, carriedOut, context) : first;
    return {
      healthy: findings.every(({ severity }) => severity === 'note'),
      findings: findings.map((finding) => findingView(finding, isNixOS)),
      mended: carriedOut.map(({ finding: { id, container, what }, error }) => {
        const failure = error ?? (findings.some(isSame({ id, container })) ? notFixed(id, what) : null);
        return { id, container, what, error: failure === null ? null : errorDocument(failure).error };
      }),
    };
  });
}

/** Exit code 7 if something is wrong. */
export const doctorExitCode = ({ healthy }: DoctorResult): number =>
  healthy ? ExitCode.done : ExitCode.hostLacks;

const isSame =
  ({ id, container }: Pick<Finding, 'id' | 'container'>) =>
  (other: Finding) =>
    other.id === id && other.container === container;

/** @param name leaves out what concerns only other containers */
async function look({ layout, signal }: Context, name: string | undefined): Promise<Examination> {
  const { findings, isNixOS } = await examineHost(layout, signal);
  const concerns = ({ container }: Finding) => name === undefined || container === null || container === name;
  return { findings: findings.filter(concerns), isNixOS };
}

/** Milliseconds that a fix gets to take effect: a service starts, a container gets its address. */
const PROOF = 15_000;
const BETWEEN_LOOKS = 500;

/**
 * Applies the allowed fixes, and checks again until their findings are gone or the time is up. It also fixes findings
 * that only appear after another fix: systemd's table must exist before the ports that it lacks can be seen.
 */
async function fixAll(
  first: Examination,
  request: DoctorRequest,
  carriedOut: CarriedOut[],
  context: Context,
): Promise<Examination> {
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

interface CarriedOut {
  finding: Finding;
  /** Why it failed; null if its commands succeeded. */
  error: NspawnError | null;
}

async function mend(
  { findings, isNixOS }: Examination,
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
  const { container, mend } = finding;
  if (mend.own !== null && container !== null) return applyOwnFix(mend.own, container, context);
  return runMend(finding, context.signal);
}
