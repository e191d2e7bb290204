#!/usr/bin/env node
// Runs a command of @oclif/plugin-plugins on a directory of plugins: plugin-plugins.js DIRECTORY COMMAND [WORD]...
// The tool's own `plugins` commands start it (src/plugins/package-manager.ts).
import { fileURLToPath } from 'node:url';
import { Config, Plugin } from '@oclif/core';

const [directory, id = '', ...words] = process.argv.slice(2);
process.env.NIXOS_NSPAWN_DATA_DIR = directory;
// It prints npm's messages on standard output, but they are needed on standard error to explain a failure.
process.stdout.write = process.stderr.write.bind(process.stderr);
try {
  const config = await Config.load({ root: fileURLToPath(import.meta.url), userPlugins: false });
  const plugin = new Plugin({ name: '@oclif/plugin-plugins', root: config.root, type: 'core' });
  await plugin.load();
  const command = await plugin.findCommand(id, { must: true });
  await command.run(words, config);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
