import { type RunOptions, run } from '../base/process.js';

/** A garbage collector root, which protects a store path. */
export interface Root {
  /** The link that holds it, or Nix's name for a running process (`/proc/1/maps`, `{temp:42}`). */
  holder: string;
  path: string;
}

/** Every root that a garbage collection would respect now, including those of running processes. */
export async function garbageRoots(options: Pick<RunOptions, 'signal'> = {}): Promise<Root[]> {
  const { stdout } = await run(['nix-store', '--gc', '--print-roots'], options);
  return stdout.split('\n').flatMap((line) => {
    const at = line.lastIndexOf(' -> ');
    return at === -1 ? [] : [{ holder: line.slice(0, at), path: line.slice(at + ' -> '.length) }];
  });
}
