import { type Host, REPOSITORY } from '../host.js';

/** The host's port that the container serves on. */
export const PORT = 8181;

/** Builds the container `web` of the fixtures with these settings (see test/fixtures/profile.nix); gives its path. */
export const buildWeb = (host: Host, generation: string, settings: object = {}) =>
  host.ask([
    'nix',
    'build',
    '--no-link',
    '--print-out-paths',
    '--file',
    `${REPOSITORY}/test/fixtures/profile.nix`,
    '--argstr',
    'name',
    'web',
    '--argstr',
    'generation',
    generation,
    '--argstr',
    'settings',
    JSON.stringify({ port: `${PORT}:80`, ula: 'fd12::/64', ...settings }),
  ]);

/** Its boot never ends; systemd gives it up after three seconds. */
export const buildNeverReady = (host: Host) =>
  buildWeb(host, 'never-ready', { trouble: 'never-ready', timeoutStartSec: '3s' });

/** Its first process ends at once. */
export const buildInitCrash = (host: Host) => buildWeb(host, 'init-crash', { trouble: 'init-crash' });
