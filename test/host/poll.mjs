// Asks a page every 20 ms until SIGTERM, says "answered" for each answer, and at the end how many milliseconds it was
// without one at most. The name is looked up once: a container keeps its address over a restart. Each request is on its
// own, so that one which hangs keeps no other.
import { lookup } from 'node:dns/promises';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL = 20;
const [url = ''] = process.argv.slice(2);
const address = await addressOf(new URL(url).hostname);

/** A container that has just started has its name before it has an address. */
async function addressOf(hostname) {
  for (;;) {
    try {
      const { address } = await lookup(hostname, { family: 4 });
      // The address of the link alone, which a container has until its lease comes, is not kept.
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
  // No answer is what is measured.
  request.on('error', () => undefined);
}

setInterval(ask, INTERVAL);
process.on('SIGTERM', () => {
  process.stdout.write(`longest ${Math.round(longest)}\n`);
  process.exit(0);
});
