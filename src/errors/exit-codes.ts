/** Documented exit codes; 0 to 11 keep the meaning they have in the Python tool. */
export const ExitCode = {
  done: 0,
  unexpected: 1,
  noSuchContainer: 2,
  noGeneration: 3,
  exists: 4,
  notOurs: 5,
  locked: 6,
  hostLacks: 7,
  activationFailedRestored: 8,
  activationFailedNotRestored: 9,
  refused: 10,
  externalCommand: 11,
  usage: 64,
  remoteUnreachable: 69,
  outputLost: 74,
  cutOff: 125,
  notExecuted: 126,
  notFound: 127,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * Sorted by urgency: a container that is neither in the old nor in the new state, a bug, an interruption, then failures
 * of the host and of single changes, then refusals, which leave nothing to repair.
 */
const BY_URGENCY: readonly number[] = [
  ExitCode.activationFailedNotRestored,
  ExitCode.unexpected,
  ExitCode.interrupted,
  ExitCode.outputLost,
  ExitCode.cutOff,
  ExitCode.activationFailedRestored,
  ExitCode.externalCommand,
  ExitCode.remoteUnreachable,
  ExitCode.hostLacks,
  ExitCode.locked,
  ExitCode.refused,
  ExitCode.notOurs,
  ExitCode.exists,
  ExitCode.noGeneration,
  ExitCode.noSuchContainer,
  ExitCode.notExecuted,
  ExitCode.notFound,
  ExitCode.usage,
  ExitCode.done,
];

/**
 * The exit code for several outcomes: the most urgent one. A code that this tool does not define is the most urgent.
 */
export function worstExitCode(codes: readonly number[]): number {
  const urgency = (code: number) => BY_URGENCY.indexOf(code);
  return [...codes].sort((a, b) => urgency(a) - urgency(b))[0] ?? ExitCode.done;
}
