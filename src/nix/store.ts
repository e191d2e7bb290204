import { type RunOptions, run } from '../base/process.js';

/** Something that keeps a store path from the garbage collector. */
export interface Root {
  /** The link that holds it, or what Nix says of a running process (`/proc/1/maps`, `{temp:42}`). */
  holder: string;
  path: string;
}

/** Every root that a garbage collection would honour now, running processes included. */
export async function garbageRoots(options: Pick<RunOptions, 'signal'> = {}): Promise<Root[]> {
  const { stdout } = await run(['nix-store', '--gc', '--print-roots'], options);
  return stdout.split('\n').flatMap((line) => {
    const at = line.lastIndexOf(' -> ');
    return at === -1 ? [] : [{ holder: line.slice(0, at), path: line.slice(at + ' -> '.length) }];
  });
}
