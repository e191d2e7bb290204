#!/usr/bin/env node
import * as nodeModule from 'node:module';

// Before anything large is loaded. Node.js has it since 22.8; by default it would lie in /tmp, where whoever makes it
// first could give root code to run.
const { HOME, XDG_CACHE_HOME = HOME && `${HOME}/.cache` } = process.env;
const caches = process.geteuid?.() === 0 ? '/var/cache' : XDG_CACHE_HOME;
if (caches) nodeModule.enableCompileCache?.(`${caches}/nixos-nspawn`);

const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2), import.meta.url);
