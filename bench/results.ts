import * as z from 'zod';

/** What can be measured apart: in the host that the tests boot, and outside of it. */
export const INSIDE = ['start-up', 'listing', 'changes', 'update-all', 'outage', 'autostart'] as const;
export const PARTS = [...INSIDE, 'evaluation'] as const;

export type InsidePart = (typeof INSIDE)[number];

/** One line of a table. */
export const measuredSchema = z.object({
  what: z.string(),
  unit: z.enum(['ms', 'MiB', 'processes', 'calls']),
  median: z.number(),
  min: z.number(),
  max: z.number(),
  /** What it is compared with, and how many times that it takes: the median of pairs. */
  against: z.object({ what: z.string(), ratio: z.number() }).nullable(),
  /** What it must not exceed, in words. */
  limit: z.string().nullable(),
});

export const partSchema = z.object({
  title: z.string(),
  /** What was done, in a sentence or two. */
  about: z.string(),
  rows: z.array(measuredSchema),
  /** Lines over a number of containers, in milliseconds; null where there is nothing to draw. */
  curve: z
    .object({
      across: z.string(),
      lines: z.array(z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) })),
    })
    .nullable(),
  /** What the trace showed, one line each. */
  notes: z.array(z.string()),
});

export const resultsSchema = z.object({
  date: z.iso.date(),
  machine: z.object({ processor: z.string(), cores: z.int(), memory: z.string(), kernel: z.string() }),
  versions: z.record(z.string(), z.string()),
  parts: z.array(partSchema),
});

export type Measured = z.infer<typeof measuredSchema>;
export type Part = z.infer<typeof partSchema>;
export type Results = z.infer<typeof resultsSchema>;
