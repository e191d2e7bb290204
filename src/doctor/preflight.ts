import { join } from 'node:path';
import { fileState, isPresent } from '../base/files.js';
import { hostUnfit, needsRoot } from '../errors/host.js';
import type { NspawnError } from '../errors/nspawn-error.js';
import type { Layout } from '../host/layout.js';
import { type UnitState, unitStates } from '../systemd/unit-states.js';
import type { Check } from './check.js';
import { controlGroups as controlGroupsCheck } from './checks/host/control-groups.js';
import { machinedMasked } from './checks/host/machined-masked.js';
import { missingCommand } from './checks/host/missing-command.js';
import { networkdInactive } from './checks/host/networkd-inactive.js';
import { nixMissing } from './checks/host/nix-missing.js';
import { nixStore } from './checks/host/nix-store.js';
import { noSystemd } from './checks/host/no-systemd.js';
import { oldSystemd } from './checks/host/old-systemd.js';
import { places } from './checks/host/places.js';
import { controlGroups } from './facts/control-groups.js';
import { isBooted, isNixOS, isRoot } from './facts/host.js';
import { missingPrograms } from './facts/programs.js';
import { answers, SERVICES, units } from './facts/systemd.js';
import { type Finding, type FindingView, findingView } from './finding.js';
import { type Instead, instead, Look } from './look.js';

/** The checks before a change. Normally they only read files and query the version of systemd. */
const BEFORE_CHANGES: readonly Check[] = [
  noSystemd,
  oldSystemd,
  machinedMasked,
  controlGroupsCheck,
  missingCommand,
  places,
  networkdInactive,
];

/** The host that is checked, and what ends the checks early. */
interface Place {
  layout: Layout;
  signal: AbortSignal;
}

/**
 * Requires what every change needs from the host.
 *
 * @throws NspawnError `host-lacks` (exit 7), before anything is changed: the first serious finding, with its fix.
 */
export async function requireHost({ layout, signal }: Place): Promise<void> {
  requireRoot();
  const look = beforeChange(layout, signal);
  await refuseAny(look, await found(look, BEFORE_CHANGES));
}

/**
 * The same for changes that build, which also need Nix.
 *
 * @returns findings that do not prevent the creation of a container, but can limit what the container can do
 * @throws NspawnError `host-lacks`
 */
export async function requireBuildingHost({ layout, signal }: Place): Promise<FindingView[]> {
  requireRoot();
  const look = beforeChange(layout, signal);
  const findings = await found(look, BEFORE_CHANGES);
  await refuseAny(look, [...findings, ...(await nixMissing.examine(look))]);
  if (layout.root !== '/') return [];
  const onNixOS = await look.at(isNixOS);
  return findings
    .filter(({ severity }) => severity !== 'note')
    .map((finding) => findingView(finding, onNixOS));
}

function requireRoot(): void {
  if (process.geteuid?.() !== 0) throw needsRoot('This command');
}

const found = async (look: Look, checks: readonly Check[]): Promise<Finding[]> =>
  (await Promise.all(checks.map((check) => check.examine(look)))).flat();

async function refuseAny(look: Look, findings: readonly Finding[]): Promise<void> {
  const finding = findings.find(prevents);
  if (finding !== undefined) throw unfit(finding, await look.at(isNixOS));
}

function unfit(finding: Finding, onNixOS: boolean, cause?: NspawnError): NspawnError {
  const view = findingView(finding, onNixOS);
  return hostUnfit(view.id, view, mendSteps(view), cause);
}

/** Errors that a host which is not ready for containers can cause. */
const OF_COMMANDS = ['command-failed', 'command-missing'];

/**
 * Explains the failure of a verb that only reads, which runs no check beforehand. If a command failed and the host is not
 * ready for containers, the finding replaces what the command printed.
 */
export async function explained(error: NspawnError, layout: Layout): Promise<NspawnError> {
  if (process.geteuid?.() !== 0 && isRefusal(error)) return needsRoot('This command', error);
  if (!OF_COMMANDS.includes(error.code) || layout.root !== '/') return error;
  const look = beforeChange(layout, new AbortController().signal);
  const isOfNix = [error.details.argv, error.details.command].flat().some(isNix);
  const findings = await found(look, [
    noSystemd,
    oldSystemd,
    machinedMasked,
    missingCommand,
    ...(isOfNix ? [nixMissing, nixStore] : []),
  ]);
  const reason = findings.find(prevents);
  return reason === undefined ? error : unfit(reason, await look.at(isNixOS), error);
}

/**
 * Whether the error occurs because the caller is not root. Only root sees what a container runs. If a command was
 * refused, only its message shows this.
 */
function isRefusal({ code, details: { stderr } }: NspawnError): boolean {
  if (code === 'running-unknown' || code === 'no-running-generation') return true;
  return code === 'command-failed' && typeof stderr === 'string' && REFUSED.test(stderr);
}

const REFUSED =
  /permission denied|operation not permitted|access denied|authentication required|insufficient permissions/i;

const isNix = (word: unknown) => typeof word === 'string' && /^nix(?:-env|-store)?$/.test(word);

function mendSteps({ mend: { kind, lines } }: FindingView): string[] {
  switch (kind) {
    case 'options':
      return lines.map((line) => `Set ${line.replace(/;$/, '')} in this host's configuration.`);
    case 'commands':
      return lines.map((line) => `Run '${line}'.`);
    case 'advice':
      return lines;
  }
}

/**
 * Whether the finding prevents every container from being created and started. A missing networkd does not, because a
 * container can use the host's network.
 */
const prevents = ({ id, severity }: Finding) => severity === 'error' && id !== 'networkd-inactive';

/** A change must start quickly, so it asks for the states of services only if they seem wrong. */
function beforeChange(layout: Layout, signal: AbortSignal): Look {
  return new Look(layout, signal, [
    // For another user, the preflight has failed before this. `explained` reports what root would see.
    instead(isRoot, () => true),
    instead(units, suspectUnits),
    ...(layout.root === '/' ? [] : OF_ANOTHER_ROOT),
  ]);
}

/** The directories of another system can be checked, but not its services and programs, because it is not running. */
const OF_ANOTHER_ROOT: readonly Instead[] = [
  instead(isBooted, () => true),
  instead(missingPrograms, () => []),
  instead(controlGroups, () => ({ unified: true, controllers: [] })),
  instead(units, () => new Map()),
];

/** The states of services that seem wrong. If none does, no process is started. */
async function suspectUnits(look: Look): Promise<ReadonlyMap<string, UnitState>> {
  if (!(await look.at(answers))) return new Map();
  const [isUp, isMasked] = await Promise.all([
    isRunningUnit(SERVICES.networkd),
    isMaskedUnit(SERVICES.machined),
  ]);
  const suspects = [...(isUp ? [] : [SERVICES.networkd]), ...(isMasked ? [SERVICES.machined] : [])];
  return suspects.length === 0 ? new Map() : unitStates(suspects, { signal: look.signal });
}

/** systemd keeps such a link for each active unit, for journald (unit_export_invocation_id in src/core/unit.c). */
const isRunningUnit = (unit: string) => isPresent(`/run/systemd/units/invocation:${unit}`);

/** systemd.unit(5): a unit is masked by a link to /dev/null. */
async function isMaskedUnit(unit: string): Promise<boolean> {
  const links = await Promise.all(
    ['/etc/systemd/system', '/run/systemd/system'].map((directory) => fileState(join(directory, unit))),
  );
  return links.some((link) => link.kind === 'link' && link.target === '/dev/null');
}
