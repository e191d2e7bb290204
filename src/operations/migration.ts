import * as z from 'zod';
import { untranslated } from '../container/old-container.js';
import { declarationOf } from '../container/old-container-nix.js';
import { noOldContainer } from '../errors/migration.js';
import { findOldContainers } from '../host/old-containers.js';
import { nearest } from '../text/nearest.js';
import { type OperationOptions, operationContext } from './context.js';
import { withKnownErrors } from './known-errors.js';

export interface TranslateRequest {
  /** Names of containers of NixOS's own module `containers`; empty for all of this host. */
  names: readonly string[];
}

export const translationSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** A declaration of the same container in `nixos.containers`, as text. */
  nix: z.string(),
  /** What the declaration does not say, in sentences; may be empty. */
  untranslated: z.array(z.string()),
});

export type Translation = z.infer<typeof translationSchema>;

/**
 * Translates containers of NixOS's own module `containers`, and of nixpkgs' `nixos-container`, to declarations for
 * nixos-nspawn. Reads their settings on this host, and changes nothing.
 *
 * @throws NspawnError `no-such-container`
 */
export async function translateContainers(
  { names }: TranslateRequest,
  options: OperationOptions = {},
): Promise<Translation[]> {
  return await withKnownErrors(async () => {
    const found = await findOldContainers(operationContext(options).layout.root);
    const known = found.map(({ old }) => old.name);
    const missing = names.find((name) => !known.includes(name));
    if (missing !== undefined) throw noOldContainer(missing, nearest(missing, known));
    return found
      .filter(({ old }) => names.length === 0 || names.includes(old.name))
      .map(({ old, configuration }) => ({
        name: old.name,
        nix: declarationOf(old, configuration),
        untranslated: untranslated(old, configuration),
      }));
  });
}
