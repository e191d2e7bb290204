import { join } from 'node:path';
import { packageDirectory } from '../base/package-directory.js';

/** A file in the package's `nix/` directory. */
export const nixFile = (name: string): string => join(packageDirectory(), 'nix', name);
