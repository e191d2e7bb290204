/**
 * What a message of npm or plugin-plugins means: whether the package is at fault, and why as a sentence without a full
 * stop.
 */
export interface FetchFailure {
  isUnusable: boolean;
  why: string;
  nextSteps: readonly string[];
}

const UNREACHABLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E(?:CONNECTION|IDLE|RESPONSE|TRANSFER)TIMEOUT)\b/;
const SET_REGISTRY =
  "The variable npm_config_registry, or 'registry=URL' in .npmrc, selects another registry.";

/** Null if the output is not recognized. The output itself is then the best explanation. */
export function readFetchFailure(output: string): FetchFailure | null {
  const code = /^npm error code (\S+)/m.exec(output)?.[1] ?? '';
  const url = /request to (\S+) failed|network timeout at: (\S+)|404 Not Found - GET (\S+)/.exec(output);
  const address = url?.slice(1).find((one) => one !== undefined) ?? null;
  const fetched = (why: string, ...nextSteps: string[]): FetchFailure => ({
    isUnusable: false,
    why,
    nextSteps,
  });
  const unusable = (why: string, ...nextSteps: string[]): FetchFailure => ({
    isUnusable: true,
    why,
    nextSteps,
  });

  if (/^npm error (?:command|code 128)[\s\S]*\bgit\b/m.test(output) && code !== 'E404')
    return fetched(
      `git reported: ${lastOf(output, /(?:fatal|error|ERROR): (.+)$/gm) ?? 'nothing'}`,
      'Check the address, and whether this host may read the repository without a password.',
    );
  const unreachable =
    UNREACHABLE.exec(output)?.[0] ?? (/network timeout at/.test(output) ? 'no answer' : null);
  if (unreachable !== null)
    return fetched(
      `${hostOf(address)} cannot be reached (${unreachable})`,
      'Check the network and the proxy of this host. A tarball or folder that contains its dependencies needs no registry.',
      SET_REGISTRY,
    );
  if (code === 'ETARGET' || /No match found for version/.test(output))
    return fetched(
      'the registry does not have this version or tag',
      'Omit the version to get the latest one.',
    );
  if (code === 'E404')
    return fetched(
      address === null || !/\.(?:tgz|tar\.gz|tar)$/.test(address)
        ? 'the registry has no package with this name, or does not show it to this host'
        : `${address} does not exist`,
      'Check the spelling. The path of a folder must begin with ./ or /.',
      SET_REGISTRY,
    );
  if (code === 'E401' || code === 'E403' || code === 'ENEEDAUTH')
    return fetched(
      'the registry requires a login',
      "Put a token into .npmrc. 'docs/plugins.md' shows where.",
    );
  if (/TAR_BAD_ARCHIVE|Z_DATA_ERROR|unexpected end of file/.test(output))
    return unusable(
      'it is not a tarball, or it is damaged',
      "Create one with 'npm pack' in the plugin's folder.",
    );
  if (code === 'EJSONPARSE') return unusable('its package.json is not valid JSON', 'Fix its syntax.');
  if (code === 'ENOENT' && /package\.json/.test(output))
    return unusable('it has no package.json', "Create a tarball with 'npm pack' in the plugin's folder.");
  if (/^plugin is invalid$/m.test(output))
    return unusable(
      "its package.json has no section 'oclif'",
      "It is not a plugin of nixos-nspawn. 'docs/plugins.md' describes the requirements.",
    );
  return null;
}

function hostOf(address: string | null): string {
  return address !== null && URL.canParse(address) ? new URL(address).host : 'the registry';
}

const lastOf = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].at(-1)?.[1] ?? null;
