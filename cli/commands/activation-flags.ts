import * as Flags from '@oclif/core/flags';
import { strategies } from '../../src/container/strategy.js';

/** How a container is switched to another generation. */
export const activationFlags = {
  strategy: Flags.option({
    description: "Activation strategy; default the one of the container's configuration",
    options: strategies,
  })(),
  start: Flags.boolean({ description: 'Start the container if it does not run' }),
  rollback: Flags.boolean({
    description: 'On a failed activation, go back to the previous generation',
    default: true,
    allowNo: true,
  }),
  'ignore-failed-units': Flags.boolean({
    description: 'Only warn of units that newly fail inside; default that is a failed activation',
  }),
};
