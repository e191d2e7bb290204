import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BootOptions, Host, runScript } from './host.js';
import { describeOnHost } from './suite.js';

const here = dirname(fileURLToPath(import.meta.url));

/** Two hosts with a link of their own. The first may log in to the second as root, and knows its key. */
export interface Pair {
  caller: Host;
  target: Host;
  /** The target, as the caller writes it. */
  readonly there: 'root@10.98.0.2';
}

/** A suite on two fresh hosts. */
export function describeOnPair(
  title: string,
  name: string,
  body: (pair: () => Pair) => void,
  options?: () => Promise<BootOptions>,
): void {
  describeOnHost(
    title,
    `${name}-caller`,
    (caller) => {
      let target: Host | undefined;

      before(async function () {
        this.timeout(300_000);
        target = await Host.boot(`${name}-target`, (await options?.()) ?? {});
        await runScript(join(here, 'join.sh'), caller().name, target.name);
        await admit(caller(), target);
      });

      after(async function () {
        this.timeout(180_000);
        await target?.stop();
      });

      body(() => {
        if (!target) throw new Error('the hosts exist only while the tests of their suite run');
        return { caller: caller(), target, there: 'root@10.98.0.2' };
      });
    },
    options,
  );
}

async function admit(caller: Host, target: Host): Promise<void> {
  await target.run(['systemctl', 'start', 'ssh.service']);
  await caller.run([
    'sh',
    '-euc',
    'mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519',
  ]);
  await target.run(['install', '-d', '-m', '700', '/root/.ssh']);
  await target.writeFile(
    '/root/.ssh/authorized_keys',
    await caller.readFile('/root/.ssh/id_ed25519.pub'),
    0o600,
  );
  const key = await target.readFile('/etc/ssh/ssh_host_ed25519_key.pub');
  await caller.writeFile('/root/.ssh/known_hosts', `10.98.0.2 ${key}`, 0o600);
}
