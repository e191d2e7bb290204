import { type BootOptions, Host } from './host.js';

/**
 * A suite on a fresh host of its own, under a name that no other suite has. Where no host can run the suite is shown as
 * skipped and says why; in CI that is a failure.
 */
export function describeOnHost(
  title: string,
  name: string,
  body: (host: () => Host) => void,
  options: () => Promise<BootOptions> = async () => ({}),
): void {
  describe(title, () => {
    let host: Host | undefined;

    before(async function () {
      this.timeout(300_000);
      const reason = await Host.unavailable();
      if (reason !== null) {
        if (process.env.CI) throw new Error(`CI must run the suites on the test host, but ${reason}`);
        console.warn(`      no test host: ${reason}`);
        this.skip();
      }
      host = await Host.boot(name, await options());
    });

    after(async function () {
      this.timeout(180_000);
      await host?.stop();
    });

    body(() => {
      if (!host) throw new Error('the host is there only while the tests of its suite run');
      return host;
    });
  });
}
