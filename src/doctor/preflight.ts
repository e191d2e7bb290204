import { join } from 'node:path';
import { hostLacks, hostUnfit, needsRoot } from '../error-catalog.js';
import type { NspawnError } from '../errors.js';
import { controlGroups } from '../host/control-groups.js';
import { fileState, isPresent } from '../host/files.js';
import type { Layout } from '../host/layout.js';
import { distributionIds } from '../host/os-release.js';
import { placeFacts, placesInUse } from '../host/place-facts.js';
import { storeProblem } from '../nix/health.js';
import { systemdVersion } from '../systemd/systemctl.js';
import { type UnitState, unitStates } from '../systemd/unit-states.js';
import { catalog } from './catalog.js';
import type { Essentials } from './facts.js';
import { type Finding, type FindingView, findingView } from './finding.js';
import { commandFindings } from './host/commands.js';
import { controlGroupFindings } from './host/control-groups.js';
import { missingNixFindings, nixFindings } from './host/nix.js';
import { placeFindings } from './host/places.js';
import { serviceFindings } from './host/services.js';
import { systemdFindings } from './host/systemd.js';
import { missingNix, missingPrograms } from './programs.js';
import { SERVICES } from './services.js';

/** Those of doctor's checks that judge what can be seen in no time, and without starting a process for it. */
const CHECKS = [
  systemdFindings,
  controlGroupFindings,
  commandFindings,
  placeFindings,
  serviceFindings,
] as const;

/**
 * That the host can do what any change takes.
 *
 * @throws NspawnError `host-lacks` (exit 7), before anything is touched: doctor's gravest finding, with its mend.
 */
export async function requireHost(layout: Layout, signal: AbortSignal): Promise<void> {
  requireRoot();
  refuseAny(await gather(layout, signal));
}

/**
 * The same for what builds: that Nix is there, too. Gives what does not keep a container from being made, but will be
 * missed.
 *
 * @throws NspawnError `host-lacks`
 */
export async function requireBuildingHost(layout: Layout, signal: AbortSignal): Promise<FindingView[]> {
  requireRoot();
  const essentials = await gather(layout, signal);
  refuseAny(essentials, missingNixFindings({ ...essentials.host, missing: await missingNix() }));
  if (layout.root !== '/') return [];
  return findings(essentials)
    .filter(({ id }) => catalog[id].severity !== 'note')
    .map((finding) => findingView(finding, essentials.host.isNixOS));
}

function requireRoot(): void {
  if (process.geteuid?.() !== 0)
    throw hostLacks('the rights for this: it needs root', ['Run the same command with sudo.']);
}

const findings = (essentials: Essentials) => CHECKS.flatMap((check) => check(essentials));

function refuseAny(essentials: Essentials, more: readonly Finding[] = []): void {
  const finding = [...findings(essentials), ...more].find(hinders);
  if (finding !== undefined) throw unfit(finding, essentials.host.isNixOS);
}

function unfit(finding: Finding, isNixOS: boolean, cause?: NspawnError): NspawnError {
  const view = findingView(finding, isNixOS);
  return hostUnfit(view.id, view, mendSteps(view), cause);
}

/** Failures that a host which is not fit for containers can be the reason of. */
const OF_COMMANDS = ['command-failed', 'command-missing'];

/**
 * The failure of a verb that only looks, which asks nothing of the host beforehand: where a command failed on a host that
 * is not fit for containers, what doctor says of the host, in place of what the command said.
 */
export async function explained(error: NspawnError, layout: Layout): Promise<NspawnError> {
  if (process.geteuid?.() !== 0 && isRefusal(error)) return needsRoot('This command', error);
  if (!OF_COMMANDS.includes(error.code) || layout.root !== '/') return error;
  const { host } = await gather(layout, new AbortController().signal);
  const missing = await missingNix();
  const isOfNix = [error.details.argv, error.details.command].flat().some(isNix);
  const problem = isOfNix && missing.length === 0 ? await storeProblem() : null;
  const found = [
    ...systemdFindings({ host }),
    ...commandFindings({ host }),
    ...(isOfNix
      ? nixFindings({ host: { ...host, nix: { missing, storeProblem: problem, features: null } } })
      : []),
  ];
  const reason = found.find(hinders);
  return reason === undefined ? error : unfit(reason, host.isNixOS, error);
}

/** Only root sees what a container runs, and a command says by its words alone that it was refused. */
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

/** Whether no container could be made or started. Without networkd one still can, which uses the host's network. */
const hinders = ({ id }: Finding) => catalog[id].severity === 'error' && id !== 'networkd-inactive';

/** Another system's tree is not what runs here, so of it only the places are looked at. */
async function gather(layout: Layout, signal: AbortSignal): Promise<Essentials> {
  const isRunning = layout.root === '/';
  const missingCommands = isRunning ? await missingPrograms() : [];
  const isBooted = !isRunning || (await isPresent('/run/systemd/system'));
  // Where systemd is not PID 1, systemctl only fails.
  const asksSystemd = isBooted && !missingCommands.includes('systemctl');
  const [isNixOS, version, cgroup, units, distribution, places] = await Promise.all([
    isPresent(join(layout.root, 'etc', 'NIXOS')),
    asksSystemd ? systemdVersion({ signal }) : 0,
    isRunning ? controlGroups() : { unified: true, controllers: [] },
    isRunning && asksSystemd ? suspectUnits(signal) : new Map<string, UnitState>(),
    distributionIds(layout),
    Promise.all(placesInUse(layout).map((place) => placeFacts(layout, place))),
  ]);
  return {
    host: {
      isRoot: true,
      isNixOS,
      distribution,
      isBooted,
      systemdVersion: version,
      cgroup,
      missingCommands,
      units,
      places,
    },
  };
}

/** States of services that seem not to be as they should; where none seems so, nobody is asked. */
async function suspectUnits(signal: AbortSignal): Promise<Map<string, UnitState>> {
  const [isUp, isMasked] = await Promise.all([
    isRunningUnit(SERVICES.networkd),
    isMaskedUnit(SERVICES.machined),
  ]);
  const suspects = [...(isUp ? [] : [SERVICES.networkd]), ...(isMasked ? [SERVICES.machined] : [])];
  return suspects.length === 0 ? new Map() : unitStates(suspects, { signal });
}

/** systemd keeps such a link for each unit that is up, for journald (unit_export_invocation_id in src/core/unit.c). */
const isRunningUnit = (unit: string) => isPresent(`/run/systemd/units/invocation:${unit}`);

/** systemd.unit(5): a link to /dev/null takes a unit away. */
async function isMaskedUnit(unit: string): Promise<boolean> {
  const links = await Promise.all(
    ['/etc/systemd/system', '/run/systemd/system'].map((directory) => fileState(join(directory, unit))),
  );
  return links.some((link) => link.kind === 'link' && link.target === '/dev/null');
}
