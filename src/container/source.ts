import * as z from 'zod';

/** Where a container's configuration comes from, as it was asked for. */
export const sourceSchema = z.discriminatedUnion('kind', [
  z.object({
    /** A container of a flake. */
    kind: z.literal('flake'),
    /** As typed, attribute included: `.#web`. */
    reference: z.string(),
    /** The directory in which a relative reference was meant. */
    directory: z.string(),
  }),
  z.object({
    /** A NixOS configuration in a file. */
    kind: z.literal('config'),
    /** Absolute path of the configuration file. */
    file: z.string(),
    /** As typed; null for `<nixpkgs>`. */
    nixpkgs: z.string().nullable(),
  }),
  z.object({
    /** A closure that is built already. */
    kind: z.literal('profile'),
    /** Absolute path, which may be a link to the closure. */
    path: z.string(),
  }),
]);

export type Source = z.infer<typeof sourceSchema>;

/** The source in one word, as it was given. */
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
