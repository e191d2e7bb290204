import { check, error, note } from '../../check.js';
import { controlGroups as groups } from '../../facts/control-groups.js';
import { isBooted } from '../../facts/host.js';
import { hostProblem } from '../../finding.js';

/** Controllers for settings of containers: CPUQuota=, IOWeight=, MemoryMax=, TasksMax=. */
const CONTROLLERS = ['cpu', 'io', 'memory', 'pids'];

const PARAMETER = 'systemd.unified_cgroup_hierarchy=1';

/** Whether the unified hierarchy is mounted, and which resources can be limited in it. */
export const controlGroups = check({
  findings: {
    'no-cgroup2': error(
      'systemd gives containers control groups of their own only in the unified hierarchy.',
    ),
    'missing-controllers': note(
      'Limits that containers set on these resources are accepted, but have no effect.',
    ),
  },
  look: { isBooted, groups },
  judge: ({ isBooted, groups }) => {
    if (!isBooted) return [];
    if (!groups.unified)
      return [
        hostProblem('no-cgroup2', '/sys/fs/cgroup is not the unified hierarchy (cgroup2).', {
          options: [`boot.kernelParams = [ "${PARAMETER}" ];`],
          advice: `Add ${PARAMETER} to the kernel's command line, and reboot.`,
        }),
      ];
    const missing = CONTROLLERS.filter((name) => !groups.controllers.includes(name));
    if (missing.length === 0) return [];
    return [
      hostProblem('missing-controllers', `Control groups have no controller for ${missing.join(', ')}.`, {
        advice:
          'Boot the kernel without cgroup_disable=, and do not mount a cgroup v1 hierarchy that uses these controllers.',
      }),
    ];
  },
});
