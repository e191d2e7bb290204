import { readText } from '../../base/files.js';
import { fact } from '../look.js';

export interface ControlGroups {
  /** Whether systemd uses the unified hierarchy (cgroups(7)). */
  unified: boolean;
  controllers: readonly string[];
}

export const controlGroups = fact(async (): Promise<ControlGroups> => {
  const [mounts, controllers] = await Promise.all([
    readText('/proc/self/mounts'),
    readText('/sys/fs/cgroup/cgroup.controllers'),
  ]);
  return {
    unified: /^\S+ \/sys\/fs\/cgroup cgroup2 /m.test(mounts ?? ''),
    controllers: (controllers ?? '')
      .trim()
      .split(/\s+/)
      .filter((word) => word !== ''),
  };
});
