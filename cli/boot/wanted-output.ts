/**
 * What a command line asks of the tool, read without oclif: an error may come before the flags are parsed. What stands
 * behind `--` is for the program that `run` starts.
 */
const own = (args: readonly string[]): readonly string[] => {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
};

export const wantsJson = (args: readonly string[]): boolean => own(args).includes('--json');

export const wantsDetail = (args: readonly string[]): boolean =>
  own(args).some((word) => word === '-v' || word === '--verbose');
