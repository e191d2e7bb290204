#!/usr/bin/env -S node --import tsx
// Runs the command line from its sources, even if there is a build.
import { main } from '../cli/boot/main.js';

await main(process.argv.slice(2), null);
