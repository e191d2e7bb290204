import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import * as z from 'zod';
import { type FileState, fileState, isPresent, putFile } from '../base/files.js';
import { findProgram, PROGRAM_DIRECTORIES } from '../base/programs.js';
import { requireHost } from '../doctor/preflight.js';
import { autostartOfNixOS, unstableCommand } from '../errors/host.js';
import { pathInTheWay } from '../errors/places.js';
import type { Layout } from '../host/layout.js';
import { daemonReload } from '../systemd/systemctl.js';
import { disableUnit, enableUnit, AUTOSTART_UNIT as UNIT } from '../systemd/unit-files.js';
import { type OperationOptions, operationContext } from './context.js';
import { withKnownErrors } from './known-errors.js';

/** The unit's first line, which identifies it as this tool's. */
const MARK = "# Written by 'nixos-nspawn autostart --install'; '--uninstall' takes it away.";

/** Where distributions and Nix's installer put programs. */
const PROGRAMS = [...PROGRAM_DIRECTORIES, '/nix/var/nix/profiles/default/bin'];

export interface InstallRequest {
  /** The command that starts this program: Node.js and the script, as absolute paths. */
  program: readonly [string, string];
  /** Arguments for `autostart`, such as `--jobs 4`. */
  args?: readonly string[] | undefined;
}

export const autostartUnitSchema = z.object({
  /** Name of the service that starts containers with the host. */
  unit: z.string(),
  /** Absolute path of the service's file. */
  path: z.string(),
  /** Whether it is now installed and enabled. */
  installed: z.boolean(),
  /** False if it already was. */
  changed: z.boolean(),
});

export type AutostartUnit = z.infer<typeof autostartUnitSchema>;

/** Sets up a unit that runs `autostart` at boot, for hosts without the NixOS module, which has its own unit. */
export async function installAutostart(
  request: InstallRequest,
  options: OperationOptions = {},
): Promise<AutostartUnit> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const { layout, signal } = context;
    await requireHost(context);
    if (await isPresent(join(layout.root, 'etc', 'NIXOS'))) throw autostartOfNixOS();
    const path = unitPath(layout);
    const before = await ownState(path);
    const search = process.env.PATH ?? '';
    const command = [
      ...(await lastingCommand(request.program, search)),
      'autostart',
      ...(request.args ?? []),
    ];
    const content = autostartUnit(command, await programPath(search));
    const isSame = before.kind === 'file' && before.content === content;
    try {
      if (!isSame) await putFile(path, { kind: 'file', content, mode: 0o644 });
      await enableUnit(UNIT, { signal });
    } catch (error) {
      if (!isSame) {
        await putFile(path, before);
        await daemonReload();
      }
      throw error;
    }
    return { unit: UNIT, path, installed: true, changed: !isSame };
  });
}

/** Removes the unit. Containers that it started keep running. Does nothing if there is no unit. */
export async function uninstallAutostart(options: OperationOptions = {}): Promise<AutostartUnit> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const { layout, signal } = context;
    await requireHost(context);
    const path = unitPath(layout);
    const isThere = (await ownState(path)).kind === 'file';
    if (isThere) {
      await disableUnit(UNIT, { signal });
      await putFile(path, { kind: 'absent' });
      await daemonReload({ signal });
    }
    return { unit: UNIT, path, installed: false, changed: isThere };
  });
}

/**
 * The unit's text. It is wanted by multi-user.target, because some distributions leave machines.target disabled. Its
 * ordering is that of the NixOS module's unit.
 */
function autostartUnit(command: readonly string[], path: readonly string[]): string {
  return `${[
    MARK,
    '[Unit]',
    'Description=Start imperative NixOS containers',
    'Before=machines.target',
    'RequiresMountsFor=/etc/systemd/nspawn /nix/var/nix/profiles/per-nspawn /var/lib/machines',
    '# A container that cannot start is tried again, but not for ever.',
    'StartLimitIntervalSec=1h',
    'StartLimitBurst=3',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'Restart=on-failure',
    'RestartSec=30',
    `Environment=${quoted(`PATH=${path.join(delimiter)}`)}`,
    `ExecStart=${command.map((word) => quoted(word.replaceAll('$', '$$$$'))).join(' ')}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ].join('\n')}\n`;
}

const unitPath = (layout: Layout) => join(layout.serviceDir, UNIT);

/** Quotes a word by the rules of systemd.service(5): quotes, backslashes and specifiers. */
function quoted(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%');
  return /^[\w./:@=+,-]+$/.test(word) ? word : `"${escaped}"`;
}

/** @throws `path-in-the-way` for anything that this tool did not write */
async function ownState(path: string): Promise<Exclude<FileState, { kind: 'other' | 'link' }>> {
  const state = await fileState(path);
  if (state.kind === 'absent' || (state.kind === 'file' && state.content.startsWith(MARK))) return state;
  throw pathInTheWay(path);
}

/**
 * The command in a form that still works at the next boot. A path in the Nix store does not: systemd's unit does not
 * protect it from garbage collection. The profile in which the program is installed does.
 */
async function lastingCommand([node, script]: readonly [string, string], search: string): Promise<string[]> {
  const places = await Promise.all([realpath(node), realpath(script)]);
  const passing = places.find(isInStore);
  if (passing === undefined) return [node, script];
  const installed = await findProgram('nixos-nspawn', search);
  if (installed === null || isInStore(installed)) throw unstableCommand(passing);
  return [installed];
}

/** The PATH for the unit: the directories of the distribution's programs, and the directory where Nix is now. */
async function programPath(search: string): Promise<string[]> {
  const nix = await findProgram('nix-env', search);
  const extra = nix === null || isInStore(nix) ? [] : [dirname(nix)];
  return [...new Set([...PROGRAMS, ...extra])];
}

const isInStore = (path: string) => path.startsWith('/nix/store/');
