import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

if (!existsSync(`${root}/dist/program.cjs`))
  throw new Error("These tests run the built program, and there is none: 'npm run build' makes it.");

/** The published script of the command line. It runs dist/. */
export const door = `${root}bin/run.cjs`;
