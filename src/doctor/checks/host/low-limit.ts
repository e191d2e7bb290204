import { join } from 'node:path';
import { readText } from '../../../base/files.js';
import { check, warning } from '../../check.js';
import { containers, type Examined } from '../../facts/containers.js';
import { hostProblem } from '../../finding.js';
import { fact } from '../../look.js';

/**
 * What containers need of each of the kernel's limits (sysctl names). The numbers were measured with a NixOS that runs a web
 * server: its systemd has 5 inotify instances, which count for the host's root even in a user namespace; its services have
 * 36 keys; it has 12 processes.
 */
const NEEDS: Readonly<Record<string, (containers: readonly Examined[]) => number>> = {
  'fs.inotify.max_user_instances': ({ length }) => 40 + 6 * length,
  // The host's root has its own limit (root_maxkeys), but the root of a user namespace is another user.
  'kernel.keys.maxkeys': (containers) =>
    containers.some(({ container }) => container.settings?.userNamespacing) ? 100 : 0,
  'kernel.pid_max': ({ length }) => 1000 + 50 * length,
};

/** The current limits, without those that this kernel does not have. */
const limits = fact(async (): Promise<ReadonlyMap<string, number>> => {
  const all = new Map<string, number>();
  for (const name of Object.keys(NEEDS)) {
    const text = await readText(join('/proc/sys', ...name.split('.')));
    if (text !== null && /^\d+\s*$/.test(text)) all.set(name, Number(text));
  }
  return all;
});

/** Whether the kernel's limits suffice if every container runs at once. */
export const lowLimit = check({
  findings: {
    'low-limit': warning(
      'Beyond the limit, services in containers fail with errors such as "Too many open files".',
    ),
  },
  look: { limits, containers },
  judge: ({ limits, containers }) =>
    [...limits].flatMap(([name, limit]) => {
      const need = NEEDS[name]?.(containers) ?? 0;
      if (containers.length === 0 || limit >= need) return [];
      const value = 2 ** Math.ceil(Math.log2(need * 2));
      const many = containers.length === 1 ? '1 container needs' : `${containers.length} containers need`;
      return [
        hostProblem('low-limit', `${name} is ${limit}, but ${many} about ${need}.`, {
          options: [`boot.kernel.sysctl."${name}" = ${value};`],
          commands: [['sysctl', '-w', `${name}=${value}`]],
          advice: `A line '${name} = ${value}' in a file in /etc/sysctl.d keeps the value after a reboot.`,
        }),
      ];
    }),
});
