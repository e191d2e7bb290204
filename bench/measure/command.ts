import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

export type Argv = readonly [string, ...string[]];

export interface Command {
  argv: Argv;
  env?: Readonly<Record<string, string>>;
  /** The exit codes that are accepted. Default: 0. */
  codes?: readonly number[];
}

export interface Finished {
  /** Wall-clock milliseconds from the spawn to the exit. */
  milliseconds: number;
  stdout: string;
}

/** Runs a command and reads its output. @throws Error if its exit code is not accepted. */
export async function timed({ argv, env = {}, codes = [0] }: Command): Promise<Finished> {
  const [file, ...args] = argv;
  const started = performance.now();
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const milliseconds = performance.now() - started;
  if (code === null || !codes.includes(code))
    throw new Error(`${argv.join(' ')}: exited with ${code}\n${stderr}\n${stdout}`);
  return { milliseconds, stdout };
}

const traceSchema = z.object({
  /** Peak resident memory of the process, in bytes. */
  peakMemory: z.int(),
  /** Each child, with its start and end in milliseconds since the epoch. */
  children: z.array(z.object({ argv: z.array(z.string()), began: z.number(), ended: z.number() })),
});

export interface Traced extends Finished, z.infer<typeof traceSchema> {
  /** Milliseconds in which no child ran. */
  own: number;
}

/** Runs a Node.js program, and records which processes it started and how much memory it used. */
export async function traced({ argv, env = {}, ...command }: Command): Promise<Traced> {
  const directory = await mkdtemp(join(tmpdir(), 'nixos-nspawn-bench-'));
  try {
    const file = join(directory, 'trace.json');
    const hook = fileURLToPath(new URL('trace-hook.cjs', import.meta.url));
    const finished = await timed({
      ...command,
      argv,
      env: { ...env, NODE_OPTIONS: `--require=${hook}`, NIXOS_NSPAWN_BENCH_TRACE: file },
    });
    const trace = traceSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return { ...finished, ...trace, own: finished.milliseconds - covered(trace.children) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The length of the union of the spans. */
export function covered(spans: readonly { began: number; ended: number }[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { began, ended } of spans.toSorted((a, b) => a.began - b.began)) {
    if (ended > until) sum += ended - Math.max(began, until);
    until = Math.max(until, ended);
  }
  return sum;
}
