import { builtProfile } from '../built-profile.js';
import type { Host } from '../host.js';

/** The port of the host that is forwarded to the container. */
export const PORT = 8181;

/** Builds the fixture container `web` with these settings (see test/fixtures/profile.nix), and returns its path. */
export const buildWeb = (host: Host, generation: string, settings: object = {}) =>
  builtProfile(host, 'web', { port: `${PORT}:80`, ula: 'fd12::/64', ...settings }, generation);

/** Its boot never ends. systemd gives up after three seconds. */
export const buildNeverReady = (host: Host) =>
  buildWeb(host, 'never-ready', { trouble: 'never-ready', timeoutStartSec: '3s' });

/** Its first process exits immediately. */
export const buildInitCrash = (host: Host) => buildWeb(host, 'init-crash', { trouble: 'init-crash' });
