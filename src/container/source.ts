import * as z from 'zod';

/** Where a container's configuration comes from, as the user specified it. */
export const sourceSchema = z.discriminatedUnion('kind', [
  z.object({
    /** A container of a flake. */
    kind: z.literal('flake'),
    /** As typed, including the attribute: `.#web`. */
    reference: z.string(),
    /** The directory that a relative reference is resolved against. */
    directory: z.string(),
    /** The host whose tool evaluated it, and on which a relative reference is resolved; absent for this host. */
    host: z.string().optional(),
  }),
  z.object({
    /** A NixOS configuration in a file. */
    kind: z.literal('config'),
    /** Absolute path of the configuration file. */
    file: z.string(),
    /** As typed; null for `<nixpkgs>`. */
    nixpkgs: z.string().nullable(),
    /** The host that has the file; absent for this host. */
    host: z.string().optional(),
  }),
  z.object({
    /** A closure that is already built. */
    kind: z.literal('profile'),
    /** Absolute path of the closure, or of a link to it. */
    path: z.string(),
  }),
]);

export type Source = z.infer<typeof sourceSchema>;

/** The other host on which the source is; null if it can be evaluated on this one. */
export const hostOf = (source: Source): string | null =>
  source.kind === 'profile' ? null : (source.host ?? null);

/** The source as a single word, as it was given. */
export function sourceName(source: Source): string {
  switch (source.kind) {
    case 'flake':
      return source.reference;
    case 'config':
      return source.file;
    case 'profile':
      return source.path;
  }
}
