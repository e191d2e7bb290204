import type { Argv } from '../../../base/process.js';
import { check, warning } from '../../check.js';
import { distribution, isNixOS } from '../../facts/host.js';
import { hasMyMachines, nssHosts } from '../../facts/name-services.js';
import { hostProblem } from '../../finding.js';
import { installCommand } from '../../packages.js';

const ADD_TO_HOSTS: Argv = ['sed', '-i', 's/^hosts:[[:space:]]*/&mymachines /', '/etc/nsswitch.conf'];

/** Whether the host can resolve the names of containers (nss-mymachines(8)). */
export const nssMyMachines = check({
  findings: { 'nss-mymachines': warning('Without it, the host cannot resolve the names of containers.') },
  look: { nssHosts, hasMyMachines, isNixOS, distribution },
  judge: ({ nssHosts, hasMyMachines, isNixOS, distribution }) => {
    const isListed = nssHosts?.includes('mymachines') ?? false;
    const isMissing = hasMyMachines === false;
    if (isListed && !isMissing) return [];
    const what = isMissing
      ? 'The module nss-mymachines is not installed.'
      : "The line 'hosts:' of /etc/nsswitch.conf does not contain mymachines.";
    return [
      hostProblem('nss-mymachines', what, {
        options: isNixOS ? ['system.nssDatabases.hosts = [ "mymachines" ];'] : null,
        commands: [
          ...(isMissing ? installCommand(distribution, 'nss-mymachines') : []),
          ...(isListed ? [] : [ADD_TO_HOSTS]),
        ],
        advice: 'Install nss-mymachines, which is a part of systemd.',
      }),
    ];
  },
});
