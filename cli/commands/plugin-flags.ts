import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';

/** The name of an existing plugin. */
export const pluginArgument = Args.string({ description: "Plugin's name, or its package's", required: true });

export const scriptsFlag = {
  'allow-scripts': Flags.boolean({
    description: "Run the packages' install scripts, with your rights; npm is else told not to",
  }),
};
