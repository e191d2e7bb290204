import * as Flags from '@oclif/core/flags';
import { strategies } from '../../src/container/strategy.js';

/** How a container is switched to another generation. */
export const activationFlags = {
  strategy: Flags.option({
    description: "Activation strategy (default: the one in the container's configuration)",
    options: strategies,
  })(),
  start: Flags.boolean({ description: 'Start the container if it is not running' }),
  rollback: Flags.boolean({
    description: 'If the activation fails, switch back to the previous generation (default: yes)',
    default: true,
    allowNo: true,
  }),
  'ignore-failed-units': Flags.boolean({
    description: 'Only warn about new failed units in the container, instead of failing the activation',
  }),
};
