import { readText } from './files.js';

/** Whether systemd runs on the unified hierarchy, and which controllers are there (cgroups(7)). */
export async function controlGroups(): Promise<{ unified: boolean; controllers: string[] }> {
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
}
