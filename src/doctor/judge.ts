import { catalog, severities } from './catalog.js';
import { machineFindings } from './containers/machine.js';
import { nameFindings } from './containers/names.js';
import { orphanFindings } from './containers/orphans.js';
import { portFindings } from './containers/ports.js';
import { recordFindings } from './containers/records.js';
import { sourceFindings } from './containers/sources.js';
import { stateFindings } from './containers/state.js';
import type { Facts } from './facts.js';
import type { Finding } from './finding.js';
import { clockFindings } from './host/clock.js';
import { commandFindings } from './host/commands.js';
import { controlGroupFindings } from './host/control-groups.js';
import { firewallFindings } from './host/firewall.js';
import { firewallPortFindings } from './host/firewall-ports.js';
import { forwardingFindings } from './host/forwarding.js';
import { limitFindings } from './host/limits.js';
import { masqueradingFindings } from './host/masquerading.js';
import { nameServiceFindings } from './host/name-services.js';
import { nixFindings } from './host/nix.js';
import { placeFindings } from './host/places.js';
import { rightsFindings } from './host/rights.js';
import { serviceFindings } from './host/services.js';
import { systemdFindings } from './host/systemd.js';
import { userFindings } from './host/users.js';

/** Every check; each judges what was seen, and looks at nothing itself. */
const checks: readonly ((facts: Facts) => Finding[])[] = [
  rightsFindings,
  systemdFindings,
  controlGroupFindings,
  commandFindings,
  serviceFindings,
  nameServiceFindings,
  forwardingFindings,
  masqueradingFindings,
  firewallFindings,
  firewallPortFindings,
  nixFindings,
  placeFindings,
  clockFindings,
  userFindings,
  limitFindings,
  stateFindings,
  recordFindings,
  orphanFindings,
  machineFindings,
  portFindings,
  sourceFindings,
  nameFindings,
];

/** What is wrong, the gravest first, else in the order of the checks. */
export function judge(facts: Facts): Finding[] {
  const rank = ({ id }: Finding) => severities.indexOf(catalog[id].severity);
  return checks.flatMap((check) => check(facts)).sort((a, b) => rank(a) - rank(b));
}
