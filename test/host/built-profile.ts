import { type Host, REPOSITORY } from './host.js';

/**
 * Builds a fixture container with these settings (see test/fixtures/profile.nix).
 *
 * @returns the path of its closure
 */
export const builtProfile = (host: Host, name: string, settings: object, generation?: string) =>
  host.ask([
    'nix',
    'build',
    ...['--no-link', '--print-out-paths', '--file', `${REPOSITORY}/test/fixtures/profile.nix`],
    ...['--argstr', 'name', name, '--argstr', 'settings', JSON.stringify(settings)],
    ...(generation === undefined ? [] : ['--argstr', 'generation', generation]),
  ]);
