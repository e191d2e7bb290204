import type { Host } from '../../host/host.js';
import { flakeOf } from '../../host/tool.js';

/** A command whose power is cut. They run in this order. */
export interface Verb {
  /** Its name in the table. */
  title: string;
  argv: readonly [string, ...string[]];
  /** The number of cuts. */
  cuts: number;
  /** The exit code of the same command when the change has been made already. */
  whenDone: number;
  /** What is done first, and is on the disk before the command begins. */
  prepare?: (host: Host) => Promise<void>;
}

/** A file of the container. Only `remove` may delete it. */
export const KEPT = { path: '/var/lib/machines/web/var/kept', content: 'what the container wrote\n' };

const update = (attribute: string) => ['update', 'web', '--flake', flakeOf(attribute)] as const;

export const VERBS: readonly Verb[] = [
  { title: 'create', argv: ['create', 'web', '--flake', flakeOf('web')], cuts: 25, whenDone: 4 },
  {
    title: 'update with a reload',
    argv: update('web-2'),
    cuts: 20,
    whenDone: 0,
    prepare: (host) => host.writeFile(KEPT.path, KEPT.content),
  },
  { title: 'update with a restart', argv: update('web-restart'), cuts: 20, whenDone: 0 },
  { title: 'rollback', argv: ['rollback', 'web', '--to', '2'], cuts: 20, whenDone: 0 },
  // So that the next command has two generations to delete.
  { title: 'second update', argv: update('web-3'), cuts: 10, whenDone: 0 },
  {
    title: 'prune',
    argv: ['prune', 'web', '--keep', '1'],
    cuts: 15,
    whenDone: 0,
    // After a power cut, the container boots the current generation. If it had booted another one before, then the
    // command would keep that one, and delete it when it is repeated.
    prepare: async (host) => {
      await host.run(['nixos-nspawn', 'restart', 'web']);
    },
  },
  { title: 'remove', argv: ['remove', 'web', '--delete-state'], cuts: 20, whenDone: 0 },
];

/** The page of each generation. */
export const PAGES: readonly string[] = ['1', '2', 'restart', '3'].map(
  (generation) => `hello from web generation ${generation}`,
);
