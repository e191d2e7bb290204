import { join } from 'node:path';
import { packageDirectory } from '../base/package-directory.js';

/** A file of the package's own `nix/` directory. */
export const nixFile = (name: string): string => join(packageDirectory(), 'nix', name);
