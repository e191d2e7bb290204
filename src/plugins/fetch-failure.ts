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
const SET_REGISTRY = "The variable npm_config_registry, or 'registry=URL' in .npmrc, names another registry.";

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
      `git said: ${lastOf(output, /(?:fatal|error|ERROR): (.+)$/gm) ?? 'nothing'}`,
      'Check the address, and whether this host may read the repository without a password.',
    );
  const unreachable =
    UNREACHABLE.exec(output)?.[0] ?? (/network timeout at/.test(output) ? 'no answer' : null);
  if (unreachable !== null)
    return fetched(
      `${hostOf(address)} cannot be reached (${unreachable})`,
      'Check the network and the proxy of this host; a tarball or a folder needs no registry if its dependencies are in it.',
      SET_REGISTRY,
    );
  if (code === 'ETARGET' || /No match found for version/.test(output))
    return fetched('the registry has no such version or tag of it', 'Leave the version out for the latest.');
  if (code === 'E404')
    return fetched(
      address === null || !/\.(?:tgz|tar\.gz|tar)$/.test(address)
        ? 'the registry has no package of this name, or does not show it to this host'
        : `there is nothing at ${address}`,
      'Check the spelling. A folder is written with ./ or / before it.',
      SET_REGISTRY,
    );
  if (code === 'E401' || code === 'E403' || code === 'ENEEDAUTH')
    return fetched('the registry wants a login', "Put its token into .npmrc; 'docs/plugins.md' says where.");
  if (/TAR_BAD_ARCHIVE|Z_DATA_ERROR|unexpected end of file/.test(output))
    return unusable('it is no tarball, or a damaged one', "'npm pack' makes one in the plugin's folder.");
  if (code === 'EJSONPARSE') return unusable('its package.json is not JSON', 'Correct it.');
  if (code === 'ENOENT' && /package\.json/.test(output))
    return unusable('it has no package.json', "'npm pack' makes a tarball in the plugin's folder.");
  if (/^plugin is invalid$/m.test(output))
    return unusable(
      "its package.json has no section 'oclif'",
      "It is no plugin of nixos-nspawn; 'docs/plugins.md' says what makes one.",
    );
  return null;
}

function hostOf(address: string | null): string {
  return address !== null && URL.canParse(address) ? new URL(address).host : 'the registry';
}

const lastOf = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].at(-1)?.[1] ?? null;
