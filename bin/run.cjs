#!/usr/bin/env node
// Runs the built program.
const { loadProgram } = require('./load-program.cjs');

const program = loadProgram();
program['cli/boot/main']().main(process.argv.slice(2), (path) => program[path]?.());
