import type { Check } from './check.js';
import { bindSourceMissing } from './checks/containers/bind-source-missing.js';
import { credentialChanged } from './checks/containers/credential-changed.js';
import { credentialUnreadable } from './checks/containers/credential-unreadable.js';
import { devices } from './checks/containers/devices.js';
import { ephemeralCopy } from './checks/containers/ephemeral-copy.js';
import { hostPorts } from './checks/containers/host-ports.js';
import { imageInTheWay } from './checks/containers/image-in-the-way.js';
import { nameNotResolved } from './checks/containers/name-not-resolved.js';
import { networkUnreadable } from './checks/containers/network-unreadable.js';
import { order } from './checks/containers/order.js';
import { orphanedFile } from './checks/containers/orphaned-file.js';
import { orphanedRecord } from './checks/containers/orphaned-record.js';
import { orphanedSettings } from './checks/containers/orphaned-settings.js';
import { orphanedState } from './checks/containers/orphaned-state.js';
import { portDead } from './checks/containers/port-dead.js';
import { recordUnreadable } from './checks/containers/record-unreadable.js';
import { running } from './checks/containers/running.js';
import { state } from './checks/containers/state.js';
import { undeletedTree } from './checks/containers/undeleted-tree.js';
import { unitMasked } from './checks/containers/unit-masked.js';
import { clock } from './checks/host/clock.js';
import { controlGroups } from './checks/host/control-groups.js';
import { firewallForward } from './checks/host/firewall-forward.js';
import { firewallInput } from './checks/host/firewall-input.js';
import { firewallPorts } from './checks/host/firewall-ports.js';
import { firewallUnseen } from './checks/host/firewall-unseen.js';
import { forwarding } from './checks/host/forwarding.js';
import { lowLimit } from './checks/host/low-limit.js';
import { machinedMasked } from './checks/host/machined-masked.js';
import { missingCommand } from './checks/host/missing-command.js';
import { natMissing } from './checks/host/nat-missing.js';
import { networkdInactive } from './checks/host/networkd-inactive.js';
import { nixFlakes } from './checks/host/nix-flakes.js';
import { nixMissing } from './checks/host/nix-missing.js';
import { nixStore } from './checks/host/nix-store.js';
import { noSystemd } from './checks/host/no-systemd.js';
import { notRoot } from './checks/host/not-root.js';
import { nssMyMachines } from './checks/host/nss-mymachines.js';
import { oldSystemd } from './checks/host/old-systemd.js';
import { places } from './checks/host/places.js';
import { resolvedInactive } from './checks/host/resolved-inactive.js';
import { uidOverlap } from './checks/host/uid-overlap.js';
import { userNamespacesOff } from './checks/host/user-namespaces-off.js';

/** Every check, in the order in which findings of the same severity are shown, and in which the manual lists them. */
export const checks: readonly Check[] = [
  notRoot,
  noSystemd,
  oldSystemd,
  machinedMasked,
  controlGroups,
  missingCommand,
  networkdInactive,
  resolvedInactive,
  nssMyMachines,
  forwarding,
  natMissing,
  firewallUnseen,
  firewallInput,
  firewallForward,
  firewallPorts,
  nixMissing,
  nixStore,
  nixFlakes,
  places,
  clock,
  userNamespacesOff,
  uidOverlap,
  lowLimit,
  state,
  recordUnreadable,
  orphanedFile,
  orphanedRecord,
  orphanedSettings,
  undeletedTree,
  orphanedState,
  ephemeralCopy,
  byContainer(unitMasked, running),
  hostPorts,
  portDead,
  byContainer(
    imageInTheWay,
    networkUnreadable,
    bindSourceMissing,
    devices,
    credentialUnreadable,
    credentialChanged,
    order,
  ),
  nameNotResolved,
];

/** Several checks as one, whose findings are sorted by the name of the container. */
function byContainer(...parts: readonly Check[]): Check {
  return {
    findings: Object.assign({}, ...parts.map(({ findings }) => findings)),
    examine: async (look) => {
      const found = (await Promise.all(parts.map((part) => part.examine(look)))).flat();
      const name = ({ container }: (typeof found)[number]) => container ?? '';
      return found.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
    },
  };
}
