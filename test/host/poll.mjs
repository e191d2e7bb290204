// Requests a page every 20 ms until SIGTERM, prints "answered" for each answer, and at the end the longest time without
// one in milliseconds. The requests are independent, so that one that hangs does not delay others. After a failed request,
// the name is resolved again, because a container may get another address after a restart.
import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL = 20;
const [url = ''] = process.argv.slice(2);
const { hostname } = new URL(url);
let address = await addressOf(hostname);
let isResolving = false;

async function resolveAgain() {
  if (isResolving) return;
  isResolving = true;
  address = await addressOf(hostname);
  isResolving = false;
}

/** Waits for an address, because a container has a name before it has an address. */
async function addressOf(hostname) {
  for (;;) {
    try {
      const { address } = await lookup(hostname, { family: 4 });
      // A container has a link-local address until it gets its lease.
      if (!address.startsWith('169.254.')) return address;
    } catch (error) {
      if (!['EAI_AGAIN', 'ENOTFOUND'].includes(error.code)) throw error;
    }
    await delay(INTERVAL);
  }
}

let last = null;
let longest = 0;

function ask() {
  const request = get({ host: address, agent: false, timeout: 1000 }, (response) => {
    response.resume();
    if (response.statusCode !== 200) return;
    const now = performance.now();
    if (last !== null) longest = Math.max(longest, now - last);
    last = now;
    process.stdout.write('answered\n');
  });
  request.on('timeout', () => request.destroy());
  // Missing answers are measured.
  request.on('error', resolveAgain);
}

setInterval(ask, INTERVAL);
process.on('SIGTERM', () => {
  process.stdout.write(`longest ${Math.round(longest)}\n`);
  process.exit(0);
});
