import * as z from 'zod';

const seconds = z.number().positive().max(3600);

const httpCheck = z.strictObject({
  /** The address as seen from inside the container. */
  url: z.url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' }),
  status: z.int().min(100).max(599).default(200),
  /** Text that the body must contain. */
  body: z.string().optional(),
  /** Accept any certificate, such as a self-signed one. */
  insecure: z.boolean().default(false),
});
export type HttpCheck = z.output<typeof httpCheck>;

/** The content of `nixosContainer.plugins.health`. */
export const configSchema = z
  .strictObject({
    /** Units of the container that must be active. */
    units: z.array(z.string().min(1)).default([]),
    /** Ports that must accept connections on the container's loopback. */
    tcp: z.array(z.int().min(1).max(65535)).default([]),
    http: z.array(httpCheck).default([]),
    /** Commands that must succeed in the container, each as an argv. */
    commands: z.array(z.tuple([z.string().min(1)], z.string())).default([]),
    /** Seconds within which all checks must pass. */
    timeout: seconds.default(30),
    /** Seconds between two rounds of checks. */
    interval: seconds.default(1),
  })
  .refine(({ units, tcp, http, commands }) => units.length + tcp.length + http.length + commands.length > 0, {
    error: 'it has no checks: set units, tcp, http or commands',
  });

export type HealthConfig = z.output<typeof configSchema>;

/** The errors in a configuration, one phrase each. */
export const problemsOf = (error: z.ZodError): string[] =>
  error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
