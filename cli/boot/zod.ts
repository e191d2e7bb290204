import { config } from 'zod/v4';

/*
 * The program uses this module in place of zod. It reads each kind of document only once or a few times, and zod would
 * compile a function for each schema first.
 */
config({ jitless: true });

export * from 'zod/v4';
