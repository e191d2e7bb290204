import * as Flags from '@oclif/core/flags';

/** How long a command that starts a container waits for its address. */
export const onlineFlags = {
  'wait-online': Flags.integer({
    description: "Seconds to wait for the container's address after its start",
    helpValue: 'SECONDS',
    default: 20,
    min: 0,
  }),
  'no-wait-online': Flags.boolean({
    description: "Do not wait for the container's address",
    exclusive: ['wait-online'],
  }),
};

/** How many seconds the flags ask to wait. */
export const secondsToWaitOnline = (flags: { 'wait-online': number; 'no-wait-online': boolean }): number =>
  flags['no-wait-online'] ? 0 : flags['wait-online'];
