import { fileURLToPath } from 'node:url';
import type { PluginContext } from 'nixos-nspawn/plugin';
import type { HealthConfig } from './config.js';
import type { Target } from './programs/probe.js';

type Context = Pick<PluginContext, 'container' | 'exec'>;

const probe = fileURLToPath(new URL('./programs/probe.js', import.meta.url));

/** Runs all checks once; returns one phrase for each problem. */
export async function unhealthy(config: HealthConfig, context: Context): Promise<string[]> {
  const found = await Promise.all([
    ...config.units.map((unit) => unitProblem(unit, context)),
    networkProblems(config, context),
    ...config.commands.map((argv) => commandProblem(argv, context)),
  ]);
  return found.flat();
}

/** Seconds for a host command that queries the container. If it hangs, the container is unhealthy. */
const PATIENCE = 10;
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);

async function unitProblem(unit: string, { container, exec }: Context): Promise<string[]> {
  const { stdout, stderr } = await exec(
    ['systemctl', `--machine=${container}`, 'show', '--property=ActiveState', '--value', '--', unit],
    { acceptCodes: ANY_CODE, timeout: PATIENCE },
  );
  const state = stdout.trim();
  if (state === 'active') return [];
  return [`unit ${unit} is ${state === '' ? `unknown (${lastLine(stderr)})` : state}`];
}

async function commandProblem(argv: readonly string[], { container, exec }: Context): Promise<string[]> {
  const { exitCode, stdout, stderr } = await exec(
    [
      'systemd-run',
      '--quiet',
      `--machine=${container}`,
      '--collect',
      '--pipe',
      '--wait',
      '--no-ask-password',
      '--service-type=exec',
      '--',
      ...argv,
    ],
    { acceptCodes: ANY_CODE, timeout: PATIENCE },
  );
  if (exitCode === 0) return [];
  const said = lastLine(stderr) || lastLine(stdout);
  return [`'${argv.join(' ')}' exited with code ${exitCode}${said === '' ? '' : ` (${said})`}`];
}

/** Ports and pages are probed from inside the container's network, so its addresses do not matter. */
async function networkProblems({ tcp, http }: HealthConfig, { container, exec }: Context): Promise<string[]> {
  const targets: Target[] = [...tcp.map((port) => ({ port })), ...http];
  if (targets.length === 0) return [];
  const shown = await exec(['machinectl', 'show', container, '--property=Leader', '--value']);
  const { stdout } = await exec(
    ['nsenter', `--target=${shown.stdout.trim()}`, '--net', '--', process.execPath, probe],
    { input: JSON.stringify(targets), timeout: PATIENCE },
  );
  return JSON.parse(stdout);
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)?.trim() ?? '';
