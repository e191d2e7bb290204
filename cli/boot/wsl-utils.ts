import { release } from 'node:os';

/*
 * Replaces the package wsl-utils in the program (scripts/bundle/program.mjs). oclif calls it at each start to find out
 * whether it runs in WSL. For that, the original starts processes and reads files: 8 of 85 ms (`--version`,
 * Node.js 20).
 */
export const isWsl = release().toLowerCase().includes('microsoft');
