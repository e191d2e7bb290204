#!/usr/bin/env node
// The command line's door.
const { loadProgram } = require('./load-program.cjs');

loadProgram()['cli/main']().main(process.argv.slice(2));
