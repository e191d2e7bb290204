import { hostname } from 'node:os';
import { join } from 'node:path';
import { putText } from '../../base/files.js';
import { containerName } from '../../container/name.js';
import type { Source } from '../../container/source.js';
import { interrupted } from '../../errors/commands.js';
import { NspawnError } from '../../errors/nspawn-error.js';
import { errorOfTarget, presetElsewhere, remoteLost } from '../../errors/remote.js';
import { readClosure, resolveClosure } from '../../host/closure.js';
import { buildConfig, buildFlake } from '../../nix/build.js';
import type { NixOptions } from '../../nix/command.js';
import { copyClosure } from '../../nix/copy.js';
import { flakeDirectory } from '../../nix/flake-place.js';
import { parseFlakeReference } from '../../nix/flake-reference.js';
import { findNixpkgs } from '../../nix/nixpkgs.js';
import type { PresetModule } from '../../nix/preset-modules.js';
import { exportArgv, requisites } from '../../nix/store.js';
import { type Act, type Step, Steps, type Task } from '../../pipeline/steps.js';
import type { PluginManifest } from '../../plugins/manifest.js';
import { runThere } from '../../remote/session.js';
import { type Connection, withConnection } from '../../remote/ssh.js';
import { importThere, missingThere } from '../../remote/store.js';
import { parseTarget } from '../../remote/target.js';
import { jsonIn } from '../../text/json.js';
import { type Context, type OperationOptions, operationContext } from '../context.js';
import type { UpdateRequest } from '../update.js';
import {
  type Line,
  lineSchema,
  type Order,
  type Prepared,
  preparedSchema,
  RECEIVED,
  type Wish,
} from './messages.js';

/** How the caller works with another host. */
export interface ThereOptions {
  /** `[USER@]HOST`. */
  target: string;
  /** Whether sudo runs the tool there. */
  sudo: boolean;
  /** Whether ssh may ask for a password or about a host's key. */
  canAsk: boolean;
  /** Whether the target may get store paths from its binary caches. */
  substitutes: boolean;
  /** Global flags for the tool there. */
  flags: readonly string[];
  /** The plugins of this host, whose NixOS modules are evaluated. */
  plugins: readonly Pick<PluginManifest, 'name' | 'directory'>[];
}

/** What is known at each step. */
interface Asked {
  readonly wish: Wish;
  readonly context: Context;
  readonly connection: Connection;
  readonly there: ThereOptions;
}
interface Answered extends Asked {
  readonly prepared: Prepared;
}
interface Built extends Answered {
  /** Null if the target evaluates. */
  readonly built: Order['built'];
}
interface Applied extends Built {
  readonly result: unknown;
}

/**
 * Creates or updates a container on another host: the presets there are asked, this host evaluates and builds, the
 * closure is copied, and the tool there makes the change as a service that does not depend on the connection.
 *
 * @throws NspawnError those of the same change there, `remote-unreachable`, `remote-tool-missing`, `remote-sudo-refused`
 */
export async function changeThere(
  verb: Wish['verb'],
  request: Omit<UpdateRequest, 'built' | 'caller'>,
  there: ThereOptions,
  options: OperationOptions,
): Promise<unknown> {
  const context = operationContext(options);
  const name = containerName(request.name);
  const wish = wishOf(verb, request, options);
  const { target, canAsk } = there;
  return withConnection(parseTarget(target), { canAsk, asksFirst: true }, async (connection) => {
    const source = wish.source === null ? null : await placed(wish.source);
    const asked: Asked = { wish: { ...wish, source, caller: hostname() }, context, connection, there };
    const { result } = await Steps.from<Asked>()
      .learn(askStep(connection))
      .learn(buildStep)
      .act(copyAct(connection))
      .learn(applyStep(connection))
      .run(asked, { container: name, operation: wish.verb, ...context });
    return result;
  });
}

/** What the caller wants, from the request of an update. That of a creation has a part of its fields. */
const wishOf = (
  verb: Wish['verb'],
  request: Omit<UpdateRequest, 'built' | 'caller'>,
  options: OperationOptions,
): Omit<Wish, 'caller'> => ({
  verb,
  name: request.name,
  source: request.source ?? null,
  system: request.system ?? null,
  presets: [...(request.presets ?? [])],
  dropPresets: [...(request.dropPresets ?? [])],
  strategy: request.strategy ?? null,
  start: request.start ?? false,
  force: request.force ?? false,
  rollBack: request.rollBack ?? true,
  ignoreFailedUnits: request.ignoreFailedUnits ?? false,
  waitOnline: options.waitOnline ?? 20,
});

/** The source with the name of this host, if it is a directory or a file of this host. */
async function placed(source: Source): Promise<Source> {
  switch (source.kind) {
    case 'profile':
      return { ...source, path: await resolveClosure(source.path) };
    case 'config':
      return { ...source, host: hostname() };
    case 'flake': {
      const { flake } = parseFlakeReference(source.reference);
      const isHere = (await flakeDirectory(flake, source.directory)) !== null;
      return isHere ? { ...source, host: hostname() } : source;
    }
  }
}

const askStep = (connection: Connection): Step<Asked, Answered> => ({
  id: 'ask-target',
  title: `Ask ${connection.target.name}`,
  run: async (given) => {
    const { wish } = given;
    let output = '';
    const exitCode = await talk(given, 'prepare', JSON.stringify(wish), (part) => {
      output += part;
    });
    const answer = jsonIn(output);
    const failed = lineSchema.safeParse(answer);
    if (failed.success && 'error' in failed.data) throw errorOfTarget(failed.data.error);
    if (exitCode === 130) throw interrupted('SIGINT');
    const prepared = preparedSchema.safeParse(answer);
    if (!prepared.success) throw remoteLost(connection.target.name, output);
    return { ...given, prepared: prepared.data };
  },
});

const buildStep: Step<Answered, Built> = {
  id: 'build',
  title: 'Evaluate and build',
  skip: async (given) =>
    given.prepared.isThere
      ? { reason: 'the source is on the target', known: { ...given, built: null } }
      : null,
  run: async (given, task) => {
    const built = await build(given, task);
    // A closure for another container is refused before it is copied.
    await readClosure(built.path, containerName(given.wish.name));
    return { ...given, built };
  },
};

async function build(given: Answered, task: Task): Promise<NonNullable<Order['built']>> {
  const { wish, prepared, connection, there } = given;
  const { source, system } = prepared;
  if (source.kind === 'profile') return { path: await resolveClosure(source.path), resolved: null };
  const request = {
    name: wish.name,
    system,
    presets: prepared.modules.map((module) => modulesHere(module, there)),
    hostDefaults: await defaultsHere(prepared, connection),
    outLink: join(connection.directory, 'result'),
  };
  const options = nixOptions(given, task);
  if (source.kind === 'config') {
    const nixpkgs = await findNixpkgs(source.nixpkgs, options);
    return { path: await buildConfig({ ...request, file: source.file, nixpkgs }, options), resolved: null };
  }
  const { closure, metadata, attribute } = await buildFlake({ ...request, ...source }, options);
  return { path: closure, resolved: `${metadata.locked}#${attribute}` };
}

/** The file of the same plugin on this host. */
function modulesHere(
  { plugin, file, parameters }: Prepared['modules'][number],
  { plugins }: ThereOptions,
): PresetModule {
  const own = plugins.find(({ name }) => name === plugin);
  if (own === undefined) throw presetElsewhere(join(plugin, file));
  return { module: join(own.directory, file), parameters };
}

async function defaultsHere({ hostDefaults }: Prepared, { directory }: Connection): Promise<string | null> {
  if (hostDefaults === null) return null;
  const path = join(directory, 'defaults.nix');
  await putText(path, hostDefaults);
  return path;
}

const copyAct = (connection: Connection): Act<Built> => ({
  id: 'copy',
  title: `Copy to ${connection.target.name}`,
  skip: ({ built }) => (built === null ? 'the target builds' : null),
  run: async (given, task) => {
    const { built, prepared, there, context } = given;
    if (built === null) return;
    const { store } = connection.target;
    const to = { store, sshOptions: connection.nixOptions, daemon: prepared.daemon };
    try {
      await copyClosure(built.path, to, there, nixOptions(given, task));
    } catch (error) {
      if (context.signal.aborted || !(error instanceof NspawnError) || !(there.sudo || isForTrust(error)))
        throw error;
      task.log(`${error.message} Root there imports the closure instead.`);
      await importClosure(built.path, given, task);
    }
  },
});

/** Whether the store there requires signatures that the paths do not have, because the user is not trusted. */
const isForTrust = ({ message, details: { stderr } }: NspawnError): boolean =>
  /signature by a trusted key|lacks a (?:valid )?signature/.test(`${message}\n${stderr}`);

/** Copies a closure without the rights of the user who logs in. */
async function importClosure(path: string, { connection, there, context }: Built, task: Task): Promise<void> {
  const rights = { sudo: there.sudo, signal: context.signal };
  const missing = await missingThere(connection, await requisites(path, rights), rights);
  task.progress(`${missing.length} store paths`);
  if (missing.length > 0) await importThere(connection, exportArgv(missing), rights);
}

const nixOptions = ({ wish, context }: Asked, task: Task): NixOptions => ({
  signal: context.signal,
  showTrace: context.showTrace,
  progress: task.progress,
  log: task.log,
  warn: (message) => context.listener({ container: wish.name, type: 'warning', code: 'nix', message }),
});

const applyStep = (connection: Connection): Step<Built, Applied> => ({
  id: 'apply-there',
  title: `Change ${connection.target.name}`,
  run: async (given, task) => {
    const { wish, built, prepared, context } = given;
    const order: Order = {
      wish: {
        ...wish,
        // What was evaluated, also if presets filled in values.
        ...(built === null
          ? {}
          : { source: applied(prepared.source, built.path), presets: prepared.presets }),
        system: prepared.system,
      },
      built,
    };
    let rest = '';
    let last: Line | undefined;
    const hear = (text: string, endInput: (text: string) => void) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const { success, data: line } = lineSchema.safeParse(jsonIn(text));
        if (!success) continue;
        if ('progress' in line) task.progress(line.progress);
        else if ('log' in line) task.log(line.log);
        else if ('warning' in line)
          context.listener({ container: wish.name, type: 'warning', ...line.warning });
        else {
          last = line;
          endInput(RECEIVED);
        }
      }
    };
    await talk(given, 'apply', `${JSON.stringify(order)}\n`, hear);
    if (last === undefined) throw remoteLost(connection.target.name, '');
    if ('error' in last) throw errorOfTarget(last.error);
    return { ...given, result: 'result' in last ? last.result : null };
  },
});

/** A prebuilt closure has the same path there, where a link to it does not exist. */
const applied = (source: Source, path: string): Source =>
  source.kind === 'profile' ? { ...source, path } : source;

/** Runs the hidden command of the tool there that a change needs. */
async function talk(
  { connection, there, wish }: Asked,
  what: 'prepare' | 'apply',
  input: string,
  hear: (text: string, endInput: (text: string) => void) => void,
): Promise<number> {
  const { StringDecoder } = await import('node:string_decoder');
  const decoder = new StringDecoder('utf8');
  return runThere(connection, {
    argv: ['__change', what, wish.name, ...there.flags],
    sudo: there.sudo,
    terminal: false,
    input,
    holdsInput: what === 'apply',
    onOutput: (part, endInput) => hear(decoder.write(part), endInput),
  });
}
