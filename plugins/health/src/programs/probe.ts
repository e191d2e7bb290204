import { once } from 'node:events';
import { request as askHttp } from 'node:http';
import { request as askHttps } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { HttpCheck } from '../config.js';

/*
 * Runs in a container's network namespace. Reads targets from standard input, tries each once, and prints the problems
 * as JSON.
 */

export type Target = { port: number } | HttpCheck;

/** Milliseconds to wait for one answer. */
const PATIENCE = 5000;
/** How many characters of a page are searched. */
const LONGEST_BODY = 1024 * 1024;

const reason = (error: unknown) =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error);

async function portProblem(port: number): Promise<string[]> {
  const failures: string[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    const socket = connect({ host, port, signal: AbortSignal.timeout(PATIENCE) });
    try {
      await once(socket, 'connect');
      return [];
    } catch (error) {
      failures.push(reason(error));
    } finally {
      socket.destroy();
    }
  }
  return [`port ${port} does not accept connections (${[...new Set(failures)].join(', ')})`];
}

async function pageProblem({ url, status, body, insecure }: HttpCheck): Promise<string[]> {
  try {
    const answer = await page(url, insecure);
    if (answer.status !== status) return [`${url} answered ${answer.status} instead of ${status}`];
    if (body !== undefined && !answer.body.includes(body)) return [`${url} does not contain '${body}'`];
    return [];
  } catch (error) {
    return [`${url} does not answer (${reason(error)})`];
  }
}

function page(url: string, insecure: boolean): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? askHttps : askHttp;
    const signal = AbortSignal.timeout(PATIENCE);
    const request = ask(url, { agent: false, signal, rejectUnauthorized: !insecure }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        if (body.length < LONGEST_BODY) body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body })).on('error', reject);
    });
    request.on('error', reject).end();
  });
}

const targets: Target[] = JSON.parse(await text(process.stdin));
const problems = await Promise.all(
  targets.map((target) => ('port' in target ? portProblem(target.port) : pageProblem(target))),
);
process.stdout.write(JSON.stringify(problems.flat()));
