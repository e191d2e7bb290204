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
}

const update = (attribute: string) => ['update', 'web', '--flake', flakeOf(attribute)] as const;

export const VERBS: readonly Verb[] = [
  { title: 'create', argv: ['create', 'web', '--flake', flakeOf('web')], cuts: 25, whenDone: 4 },
  { title: 'update with a reload', argv: update('web-2'), cuts: 20, whenDone: 0 },
  { title: 'update with a restart', argv: update('web-restart'), cuts: 20, whenDone: 0 },
  { title: 'rollback', argv: ['rollback', 'web', '--to', '2'], cuts: 20, whenDone: 0 },
  // So that the next command has two generations to delete.
  { title: 'second update', argv: update('web-3'), cuts: 10, whenDone: 0 },
  { title: 'prune', argv: ['prune', 'web', '--keep', '1'], cuts: 15, whenDone: 0 },
  { title: 'remove', argv: ['remove', 'web', '--delete-state'], cuts: 20, whenDone: 0 },
];

/** The page of each generation. */
export const PAGES: readonly string[] = ['1', '2', 'restart', '3'].map(
  (generation) => `hello from web generation ${generation}`,
);

/** A file in the container, which is written after `create` and on the disk before any other command. */
export const KEPT = '/var/lib/machines/web/var/kept';
