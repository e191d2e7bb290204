import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LifecycleEvent, Listener, PluginContext } from 'nixos-nspawn/plugin';

/** Seconds for each script. */
const LIMIT = 60;

const DIRECTORY = '/etc/nixos-nspawn/hooks.d';

/** Runs the executables in the event's directory, ordered by name, until one fails. */
const scripts = <E extends LifecycleEvent>(event: E): Listener<E> => ({
  event,
  // Each script has its own limit, and the error then names the script. So the listener's limit must never be reached.
  timeout: 24 * 60 * 60,
  listen: async (context) => {
    for (const script of await scriptsFor(context)) {
      await requireTrusted(script, context);
      await runScript(script, context);
    }
  },
});

/** Excludes hidden files and the files that editors and packages leave beside others. */
const isName = (name: string) =>
  /^[A-Za-z0-9][\w.-]*$/.test(name) && !/\.(?:bak|orig|rej|dpkg-\w+)$/.test(name);

async function scriptsFor(context: PluginContext): Promise<string[]> {
  const directory = join(context.root, DIRECTORY, context.event);
  const names = (await readdir(directory)).filter(isName).sort();
  const found: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const file = await stat(path);
    if (file.isFile() && (file.mode & 0o111) !== 0) found.push(path);
    else context.log.info(`${path} is not run, because it is not an executable file`);
  }
  return found;
}

async function requireTrusted(script: string, context: PluginContext): Promise<void> {
  const why = await context.whyUntrusted(script);
  if (why === null) return;
  context.refuse(`${script} is not run: ${why}.`, [
    'A user who can write to it could run any program as root. Make root its owner, and remove write access for other users.',
  ]);
}

async function runScript(script: string, context: PluginContext): Promise<void> {
  context.log.progress(script);
  const { event, container, operation } = context;
  const { exitCode, stdout, stderr } = await context.exec([script], {
    input: `${JSON.stringify(told(context))}\n`,
    env: {
      NIXOS_NSPAWN_EVENT: event,
      NIXOS_NSPAWN_OPERATION: operation,
      NIXOS_NSPAWN_CONTAINER: container,
    },
    cwd: '/',
    timeout: LIMIT,
    acceptCodes: Array.from({ length: 256 }, (_, code) => code),
  });
  for (const line of `${stdout}\n${stderr}`.split('\n').filter((one) => one !== '')) context.log.info(line);
  if (exitCode === 0) return;
  const said = stderr.trimEnd().split('\n').at(-1) ?? '';
  throw new Error(`${script} exited with code ${exitCode}${said === '' ? '' : `: ${said}`}`);
}

/** What a script reads on standard input, with the field names of the tool's own JSON. */
const told = (context: PluginContext) => ({
  event: context.event,
  operation: context.operation,
  container: context.container,
  source: context.source,
  presets: context.presets,
  settings: context.settings,
  closure: context.closure,
  old_generation: context.oldGeneration,
  new_generation: context.newGeneration,
  config: context.config,
});

export const beforeEvaluate = scripts('before-evaluate');
export const afterBuild = scripts('after-build');
export const beforeActivate = scripts('before-activate');
export const afterActivate = scripts('after-activate');
export const afterCreate = scripts('after-create');
export const afterUpdate = scripts('after-update');
export const afterRollback = scripts('after-rollback');
export const afterRemove = scripts('after-remove');
export const afterAutostart = scripts('after-autostart');
