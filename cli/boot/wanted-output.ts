/**
 * The output flags of a command line, read without oclif because an error may occur before oclif parses the flags.
 * Everything after `--` belongs to the program that `run` starts.
 */
const own = (args: readonly string[]): readonly string[] => {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
};

export const wantsJson = (args: readonly string[]): boolean => own(args).includes('--json');

export const wantsDetail = (args: readonly string[]): boolean =>
  own(args).some((word) => word === '-v' || word === '--verbose');
