import type { Essentials } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** Controllers that the settings of containers are about: MemoryMax=, CPUQuota=, TasksMax=, IOWeight=. */
const CONTROLLERS = ['cpu', 'io', 'memory', 'pids'];

/** The unified hierarchy, and what can be limited in it. */
export function controlGroupFindings({ host: { cgroup, isBooted } }: Essentials): Finding[] {
  if (!isBooted) return [];
  const boot = 'systemd.unified_cgroup_hierarchy=1';
  if (!cgroup.unified)
    return [
      hostFinding('no-cgroup2', '/sys/fs/cgroup is not the unified hierarchy (cgroup2).', {
        options: [`boot.kernelParams = [ "${boot}" ];`],
        advice: `Boot the kernel with ${boot}, and without cgroup_no_v1 or a hybrid hierarchy.`,
      }),
    ];
  const missing = CONTROLLERS.filter((name) => !cgroup.controllers.includes(name));
  if (missing.length === 0) return [];
  return [
    hostFinding('missing-controllers', `Control groups have no controller for ${missing.join(', ')}.`, {
      advice: 'Boot the kernel without cgroup_disable= and without a hierarchy of version 1 that takes them.',
    }),
  ];
}
