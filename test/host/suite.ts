import { type BootOptions, Host } from './host.js';

/**
 * A suite on its own fresh host, whose name must be unique. If no host can run, the suite is reported as skipped with
 * the reason. In CI, this is a failure.
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
      if (!host) throw new Error('the host exists only while the tests of its suite run');
      return host;
    });
  });
}
