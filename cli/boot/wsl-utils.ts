import { release } from 'node:os';

/*
 * Takes the place of the package wsl-utils in the program (scripts/bundle/program.mjs). oclif asks it at each start whether
 * the kernel is Windows', for which it starts processes and looks at files: 8 of 85 ms (`--version`, Node.js 20).
 */
export const isWsl = release().toLowerCase().includes('microsoft');
