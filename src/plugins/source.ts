import { resolve } from 'node:path';
import { badPluginSource } from '../errors/plugins.js';

/** What a plugin is installed from. */
export type PluginSource =
  | { kind: 'registry'; name: string; tag: string }
  /** A tarball, a folder or a repository, in npm's notation. */
  | { kind: 'address'; address: string };

const REGISTRY = /^((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:@([^\s/:@]+))?$/;
const PATH = /^(?:\/|\.{1,2}(?:\/|$))|^[^/:]+\.(?:tgz|tar\.gz)$/;

/**
 * Parses the argument of `plugins install`: a path (`/srv/policy`, `./policy-1.0.0.tgz`), an address with a scheme
 * (`git+https://…`, `https://….tgz`), `owner/repository` on GitHub, or a name in the registry (`policy@^1`).
 *
 * @throws NspawnError `bad-plugin-source`
 */
export function parsePluginSource(text: string, directory: string): PluginSource {
  // npm would parse it as a flag or as a list.
  if (text.startsWith('-') || /\s/.test(text)) throw badPluginSource(text);
  if (PATH.test(text)) return { kind: 'address', address: `file:${resolve(directory, text)}` };
  if (text.startsWith('file:'))
    return {
      kind: 'address',
      address: `file:${resolve(directory, text.replace(/^file:(?:\/\/(?=\/))?/, ''))}`,
    };
  if (text.includes(':')) return { kind: 'address', address: text };
  if (/^[\w.-]+\/[\w.-]+$/.test(text)) return { kind: 'address', address: `github:${text}` };
  const [, name, tag = 'latest'] = REGISTRY.exec(text) ?? [];
  if (name === undefined) throw badPluginSource(text);
  return { kind: 'registry', name, tag };
}

/** In the notation of npm's command line. */
export const npmSpec = (source: PluginSource) =>
  source.kind === 'registry' ? `${source.name}@${source.tag}` : source.address;
