import { printable } from '../text/printable.js';
import { kib, list, quote, sentence } from '../text/words.js';
import type { ErrorCode } from './codes.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** @param what whose parameters they are, as the beginning of a sentence */
export function parametersTooLarge(what: string, bytes: number, limit: number): NspawnError {
  return new NspawnError({
    code: 'parameters-too-large',
    exitCode: ExitCode.refused,
    message: `${what} take ${kib(bytes)}, and at most ${kib(limit)} can be handed to Nix.`,
    nextSteps: [
      "Give less, or write what is long in the container's configuration, which may read it from a file.",
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
    message: `Plugin ${quote(plugin)} refused ${moment}: ${message}`,
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
      `'nixos-nspawn plugins inspect ${plugin}' tells where it comes from; --no-plugins goes on without any.`,
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
  const how = signal === null ? `ended itself with code ${code}` : `was ended by ${signal}`;
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
    message: `Plugins are neither run from ${path} nor put there: ${why}.`,
    nextSteps: ['Give it and the directories above it to root, and take the right to write from others.'],
    details: { path },
  });
}

export function pluginNonsense(plugin: string, moment: string, why: string): NspawnError {
  return pluginFault('plugin-nonsense', plugin, `broke its contract ${moment}: ${sentence(why)}`, { moment });
}

export function badPluginSource(text: string): NspawnError {
  return new NspawnError({
    code: 'bad-plugin-source',
    exitCode: ExitCode.usage,
    message: `${quote(printable(text))} is nothing that a plugin can be installed from.`,
    nextSteps: [
      "Give a name of the registry ('policy', 'policy@1.2'), a tarball or a folder ('./policy'), or an address ('git+https://...').",
    ],
    details: { source: text },
  });
}

export function unknownPlugin(name: string, meant: string | null, known: readonly string[]): NspawnError {
  const suggestion = meant === null ? '' : ` Did you mean ${quote(meant)}?`;
  return new NspawnError({
    code: 'unknown-plugin',
    exitCode: ExitCode.usage,
    message: `There is no plugin ${quote(printable(name))}.${suggestion}`,
    nextSteps: [
      known.length > 0 ? `There are: ${list(known)}; see 'nixos-nspawn plugins'.` : 'None is installed.',
    ],
    details: { plugin: name },
  });
}

export function bundledPlugin(name: string): NspawnError {
  return new NspawnError({
    code: 'bundled-plugin',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(name)} comes with nixos-nspawn, and goes with it alone.`,
    nextSteps: ['--no-plugins goes on without any.'],
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
    message: `${quote(printable(source))} could not be fetched, and the installed plugins are as they were: ${sentence(why)}`,
    nextSteps: known?.nextSteps ?? [
      'See what npm says of it; the variable npm_config_registry names another registry.',
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
    "Ask its author for one that was made for this version; 'docs/plugins.md' says what it takes.",
  ],
): NspawnError {
  return new NspawnError({
    code: 'plugin-unusable',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(printable(plugin))} was not taken, for it cannot be used: ${sentence(why)}`,
    nextSteps,
    details: { plugin, problem: why },
  });
}

export function pluginCommandUnusable(plugin: string, command: string, why: string): NspawnError {
  return new NspawnError({
    code: 'plugin-unusable',
    exitCode: ExitCode.refused,
    message: `The command ${quote(command.replaceAll(':', ' '))} of plugin ${quote(plugin)} is not run: ${sentence(why)}`,
    nextSteps: ["Tell its author; 'docs/plugins.md' says what a plugin has to be like."],
    details: { plugin, problem: why },
  });
}
