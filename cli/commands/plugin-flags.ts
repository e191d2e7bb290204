import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';

/** The name of an existing plugin. */
export const pluginArgument = Args.string({
  description: 'Name of the plugin, or of its package',
  required: true,
});

export const scriptsFlag = {
  'allow-scripts': Flags.boolean({
    description: "Let npm run the packages' install scripts, with your rights",
  }),
};
