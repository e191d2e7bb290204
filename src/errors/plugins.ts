import { printable } from '../text/printable.js';
import { kib, list, quote, sentence } from '../text/words.js';
import type { ErrorCode } from './codes.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** @param what the subject of the message, such as "The parameters of preset 'ula'" */
export function parametersTooLarge(what: string, bytes: number, limit: number): NspawnError {
  return new NspawnError({
    code: 'parameters-too-large',
    exitCode: ExitCode.refused,
    message: `${what} take ${kib(bytes)}, but at most ${kib(limit)} can be passed to Nix.`,
    nextSteps: [
      "Pass shorter values, or move long values to the container's configuration, which can read them from a file.",
    ],
    details: { bytes, limit },
  });
}

export function pluginRefused(
  plugin: string,
  moment: string,
  message: string,
  nextSteps: readonly string[],
): NspawnError {
  return new NspawnError({
    code: 'plugin-refused',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(plugin)} refused the operation ${moment}: ${message}`,
    nextSteps,
    details: { plugin, moment },
  });
}

/** For every case in which the plugin itself is at fault. */
function pluginFault(
  code: ErrorCode,
  plugin: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): NspawnError {
  return new NspawnError({
    code,
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(plugin)} ${what}`,
    nextSteps: [
      `'nixos-nspawn plugins inspect ${plugin}' shows where it comes from. --no-plugins runs the command without plugins.`,
    ],
    details: { plugin, ...details },
    cause,
  });
}

export function pluginFailed(
  plugin: string,
  moment: string,
  why: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): NspawnError {
  return pluginFault(
    'plugin-failed',
    plugin,
    `failed ${moment}: ${sentence(why)}`,
    { moment, ...details },
    cause,
  );
}

export function pluginTimedOut(plugin: string, moment: string, seconds: number): NspawnError {
  return pluginFault('plugin-timed-out', plugin, `took longer than ${seconds} s ${moment}.`, {
    moment,
    seconds,
  });
}

export function pluginExited(
  plugin: string,
  moment: string,
  code: number | null,
  signal: string | null = null,
): NspawnError {
  const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  return pluginFault('plugin-exited', plugin, `${how} ${moment}.`, {
    moment,
    plugin_exit_code: code,
    ...(signal === null ? {} : { plugin_signal: signal }),
  });
}

export function pluginsPlaceUntrusted(path: string, why: string): NspawnError {
  return new NspawnError({
    code: 'plugins-place-untrusted',
    exitCode: ExitCode.refused,
    message: `Plugins in ${path} are not used, and none can be installed there: ${why}.`,
    nextSteps: [
      'Make root the owner of it and of the directories above it, and remove write access for other users.',
    ],
    details: { path },
  });
}

export function pluginNonsense(plugin: string, moment: string, why: string): NspawnError {
  return pluginFault(
    'plugin-nonsense',
    plugin,
    `violated the contract for plugins ${moment}: ${sentence(why)}`,
    { moment },
  );
}

export function badPluginSource(text: string): NspawnError {
  return new NspawnError({
    code: 'bad-plugin-source',
    exitCode: ExitCode.usage,
    message: `${quote(printable(text))} is not a valid plugin source.`,
    nextSteps: [
      "Pass the name of a package ('policy', 'policy@1.2'), the path of a tarball or folder ('./policy'), or a URL ('git+https://...').",
    ],
    details: { source: text },
  });
}

export function unknownPlugin(name: string, meant: string | null, known: readonly string[]): NspawnError {
  const suggestion = meant === null ? '' : ` Did you mean ${quote(meant)}?`;
  return new NspawnError({
    code: 'unknown-plugin',
    exitCode: ExitCode.usage,
    message: `Plugin ${quote(printable(name))} does not exist.${suggestion}`,
    nextSteps: [
      known.length > 0
        ? `Available plugins: ${list(known)}; see 'nixos-nspawn plugins'.`
        : 'No plugins are installed.',
    ],
    details: { plugin: name },
  });
}

export function bundledPlugin(name: string): NspawnError {
  return new NspawnError({
    code: 'bundled-plugin',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(name)} is part of nixos-nspawn, and cannot be uninstalled separately.`,
    nextSteps: ['--no-plugins runs a command without plugins.'],
    details: { plugin: name },
  });
}

/** @param known the meaning of npm's output; null if it is unknown, and then the output is printed below the message */
export function pluginNotFetched(
  source: string,
  cause: NspawnError | null,
  known: { why: string; nextSteps: readonly string[] } | null = null,
): NspawnError {
  const { stderr, ...details } = cause?.details ?? {};
  const why = known === null ? 'npm failed' : known.why;
  return new NspawnError({
    code: 'plugin-not-fetched',
    exitCode: ExitCode.externalCommand,
    message: `${quote(printable(source))} could not be fetched: ${sentence(why)} The installed plugins are unchanged.`,
    nextSteps: known?.nextSteps ?? [
      'See the output of npm. The variable npm_config_registry selects another registry.',
    ],
    details: {
      ...details,
      source,
      ...(stderr === undefined ? {} : known === null ? { stderr } : { log: stderr }),
    },
    ...(cause === null ? {} : { cause }),
  });
}

export function pluginUnusable(
  plugin: string,
  why: string,
  nextSteps: readonly string[] = [
    "Ask its author for a version that works with this version of nixos-nspawn. 'docs/plugins.md' describes the requirements.",
  ],
): NspawnError {
  return new NspawnError({
    code: 'plugin-unusable',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(printable(plugin))} was rejected, because it cannot be used: ${sentence(why)}`,
    nextSteps,
    details: { plugin, problem: why },
  });
}

export function pluginCommandUnusable(plugin: string, command: string, why: string): NspawnError {
  return new NspawnError({
    code: 'plugin-unusable',
    exitCode: ExitCode.refused,
    message: `The command ${quote(command.replaceAll(':', ' '))} of plugin ${quote(plugin)} cannot be run: ${sentence(why)}`,
    nextSteps: ["Report this to its author. 'docs/plugins.md' describes the requirements."],
    details: { plugin, problem: why },
  });
}
