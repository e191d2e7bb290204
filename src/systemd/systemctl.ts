import { type RunOptions, run } from '../base/process.js';

type Options = Pick<RunOptions, 'signal' | 'timeout'>;

/** The version in `systemctl --version`: `257 (257.13-1~deb13u1)`. Null if the output is something else. */
export async function systemctlVersion(options: Options = {}): Promise<string | null> {
  const { stdout } = await run(['systemctl', '--version'], options);
  return /^systemd (.+)$/m.exec(stdout)?.[1] ?? null;
}

export async function daemonReload(options: Options = {}): Promise<void> {
  await run(['systemctl', 'daemon-reload'], options);
}

/**
 * Makes systemd read all units again if the files of this unit have changed since systemd read them. If systemd has not
 * loaded the unit, no reload is needed, because systemd reads the files when it loads the unit. A reload blocks systemd
 * for a tenth of a second or longer.
 */
export async function reloadIfChanged(unit: string, options: Options = {}): Promise<void> {
  const shown = await showUnit(unit, ['NeedDaemonReload'], options);
  if (shown.get('NeedDaemonReload') !== 'no') await daemonReload(options);
}

/** Starts the unit and waits for its job. With NotifyReady=yes, the job ends when the container reports READY. */
export async function startUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'start', unit], options);
}

/** Queues the unit's stop and returns at once. Cancels a start that is in progress. */
export async function stopUnitSoon(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'stop', '--no-block', unit], options);
}

/** Sends a signal to every process in the unit's control group. */
export async function killUnit(unit: string, signal: NodeJS.Signals, options: Options = {}): Promise<void> {
  // 1: the unit has no processes left.
  await run(['systemctl', 'kill', '--kill-whom=all', `--signal=${signal}`, unit], {
    ...options,
    acceptCodes: [0, 1],
  });
}

/** Lets the processes of a frozen unit run again. */
export async function thawUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'thaw', unit], options);
}

export async function restartUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'restart', unit], options);
}

/** The exit code of the unit's last ExecReload=; null if there was none or a signal ended it. */
export async function reloadExitCode(unit: string, options: Options = {}): Promise<number | null> {
  const shown = (await showUnit(unit, ['ExecReload'], options)).get('ExecReload') ?? '';
  const ending = /; code=exited ; status=(\d+)(?:\/\w*)? \}$/.exec(shown);
  return ending?.[1] === undefined ? null : Number(ending[1]);
}

export async function reloadUnit(unit: string, options: Options = {}): Promise<void> {
  await run(['systemctl', 'reload', unit], options);
}

export async function resetFailed(unit: string, options: Options = {}): Promise<void> {
  // 1: the unit is no longer loaded, so there is nothing to reset.
  await run(['systemctl', 'reset-failed', unit], { ...options, acceptCodes: [0, 1] });
}

/** The unit's properties, as `systemctl show` prints them. An unknown unit has ActiveState=inactive. */
export async function showUnit(
  unit: string,
  properties: readonly string[],
  options: Options = {},
): Promise<Map<string, string>> {
  const { stdout } = await run(['systemctl', 'show', unit, `--property=${properties.join(',')}`], options);
  return propertiesOf(stdout);
}

/** The same for several units with one call, in their order. */
export async function showUnits(
  units: readonly string[],
  properties: readonly string[],
  options: Options = {},
): Promise<Map<string, string>[]> {
  if (units.length === 0) return [];
  const argv = [
    'systemctl',
    'show',
    '--timestamp=unix',
    `--property=${properties.join(',')}`,
    '--',
    ...units,
  ] as const;
  const { stdout } = await run(argv, options);
  return stdout.trimEnd().split('\n\n').map(propertiesOf);
}

export function propertiesOf(text: string): Map<string, string> {
  const shown = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) shown.set(line.slice(0, at), line.slice(at + 1));
  }
  return shown;
}
