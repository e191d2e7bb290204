import { type Argv, run } from '../base/process.js';

/**
 * Starts a command as a service of the host that outlives this process and its session, and holds none of its
 * descriptors. If the service is stopped, only the command itself gets SIGTERM first, so that it can undo what it did.
 */
export async function startDetached(
  unit: string,
  description: string,
  argv: Argv,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await run([
    'systemd-run',
    '--quiet',
    '--collect',
    '--service-type=exec',
    `--unit=${unit}`,
    `--description=${description}`,
    '--property=KillMode=mixed',
    '--expand-environment=no',
    ...Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`),
    '--',
    ...argv,
  ]);
}

/** Sends a signal to the command of the unit. */
export async function signalMain(unit: string, signal: string): Promise<void> {
  // 1: it has ended.
  await run(['systemctl', 'kill', '--kill-whom=main', `--signal=${signal}`, unit], { acceptCodes: [0, 1] });
}
