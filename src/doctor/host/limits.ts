import type { KernelLimit } from '../../host/kernel-limits.js';
import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/**
 * What containers need of a limit. Measured of a NixOS with a web server: its systemd has 5 inotify instances, all of them
 * the host root's, also with a user namespace; its services have 36 keys; it has 12 processes.
 */
const NEEDS: Record<KernelLimit, (containers: Facts['containers']) => number> = {
  'fs.inotify.max_user_instances': ({ length }) => 40 + 6 * length,
  // Root has a limit of its own (root_maxkeys), but the root of a user namespace is another user.
  'kernel.keys.maxkeys': (containers) =>
    containers.some(({ found }) => found.settings?.userNamespacing) ? 100 : 0,
  'kernel.pid_max': ({ length }) => 1000 + 50 * length,
};

/** Whether the containers here, all of which may run at once, keep within the kernel's limits. */
export function limitFindings({ host: { limits }, containers }: Facts): Finding[] {
  return [...limits].flatMap(([name, limit]) => {
    const need = NEEDS[name](containers);
    if (containers.length === 0 || limit >= need) return [];
    const value = 2 ** Math.ceil(Math.log2(need * 2));
    const many = containers.length === 1 ? '1 container needs' : `${containers.length} containers need`;
    return [
      hostFinding('low-limit', `${name} is ${limit}, and ${many} about ${need}.`, {
        options: [`boot.kernel.sysctl."${name}" = ${value};`],
        commands: [['sysctl', '-w', `${name}=${value}`]],
        advice: `A line '${name} = ${value}' in a file of /etc/sysctl.d keeps it over a reboot.`,
      }),
    ];
  });
}
