import * as z from 'zod';

/** The parts that can be measured separately, in the host of the tests and outside of it. */
export const INSIDE = [
  'start-up',
  'python-tool',
  'listing',
  'changes',
  'update-all',
  'outage',
  'autostart',
  'scale',
] as const;
export const PARTS = [...INSIDE, 'evaluation'] as const;

export type InsidePart = (typeof INSIDE)[number];

/** One line of a table. */
export const measuredSchema = z.object({
  what: z.string(),
  unit: z.enum(['ms', 'MiB', 'processes', 'calls']),
  median: z.number(),
  min: z.number(),
  max: z.number(),
  /** What it is compared with, and the ratio to it: the median over pairs. */
  against: z.object({ what: z.string(), ratio: z.number() }).nullable(),
  /** Its upper limit; null if it has none. */
  limit: z.object({ of: z.enum(['median', 'max', 'ratio']), atMost: z.number() }).nullable(),
});

export const partSchema = z.object({
  title: z.string(),
  /** What was measured, in one or two sentences. */
  about: z.string(),
  rows: z.array(measuredSchema),
  /** Lines over a number of containers, in milliseconds; null if there is nothing to draw. */
  curve: z
    .object({
      across: z.string(),
      lines: z.array(z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })),
    })
    .nullable(),
  /** Results of the trace, one per line. */
  notes: z.array(z.string()),
});

export const resultsSchema = z.object({
  date: z.iso.date(),
  machine: z.object({ processor: z.string(), cores: z.int(), memory: z.string(), kernel: z.string() }),
  versions: z.record(z.string(), z.string()),
  parts: z.array(partSchema),
});

/** The results of each release of the host that was measured, by its name. */
export const allResultsSchema = z.record(z.string(), resultsSchema);

export type AllResults = z.infer<typeof allResultsSchema>;
export type Measured = z.infer<typeof measuredSchema>;
export type Part = z.infer<typeof partSchema>;
export type Results = z.infer<typeof resultsSchema>;
