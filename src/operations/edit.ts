import { join } from 'node:path';
import { isPresent, readText } from '../base/files.js';
import { runAttached } from '../base/process.js';
import { findProgram } from '../base/programs.js';
import { containerName } from '../container/name.js';
import { type Source, sourceName } from '../container/source.js';
import { commandFailed } from '../errors/commands.js';
import { notEditable, unreadableFile } from '../errors/places.js';
import { noEditor } from '../errors/usage.js';
import { readProfile } from '../host/generations.js';
import { containerPlaces } from '../host/layout.js';
import { describesProfile, readRecord } from '../host/record.js';
import { flakeDirectory } from '../nix/flake-place.js';
import { parseFlakeReference } from '../nix/flake-reference.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { lookingContext } from './looking-context.js';
import { requireOwn } from './own-container.js';
import { requireRoot } from './require-root.js';
import { requireHere, sourceUnknown } from './update.js';

export interface EditRequest {
  /** The name of the container. */
  name: string;
  /** A file in the directory of the container's flake; default `flake.nix`. */
  file?: string | undefined;
}

export interface Edited {
  /** The name of the container. */
  name: string;
  /** The file that was opened. */
  path: string;
  /** Whether the editor has changed it. */
  changed: boolean;
}

/**
 * Opens the file that a container is built from in the user's editor, on this process's terminal, and waits until the
 * editor has ended. It does not update the container.
 *
 * @throws NspawnError `no-such-container`, `declarative`, `no-stored-source`, `not-editable`, `no-such-file`, `usage` if
 * there is no editor, `command-failed` if it fails
 */
export async function editSource(request: EditRequest, options: OperationOptions = {}): Promise<Edited> {
  return await withKnownErrors(async () => {
    const name = containerName(request.name);
    requireRoot(`Reading the source of container '${name}'`);
    const path = await fileOf(request, options);
    const before = await readText(path);
    if (before === null) throw unreadableFile(path, 'The configuration');
    const argv = [...(await editor()), path] as const;
    const exitCode = await runAttached(argv);
    if (exitCode !== 0) throw commandFailed({ argv, exitCode, signal: null, stderr: '' });
    return { name, path, changed: (await readText(path)) !== before };
  });
}

async function fileOf(request: EditRequest, options: OperationOptions): Promise<string> {
  const name = containerName(request.name);
  const { layout } = await lookingContext(options, name, 'edit');
  await requireOwn(layout, name);
  const { record: path, profile } = containerPlaces(layout, name);
  const record = await readRecord(path);
  if (record === null || !describesProfile(record, await readProfile(profile)))
    throw sourceUnknown(name, record);
  requireHere(name, record.source);
  return editableFile(name, record.source, request.file);
}

async function editableFile(name: string, source: Source, file: string | undefined): Promise<string> {
  if (source.kind === 'config') {
    if (file !== undefined) throw notEditable(name, sourceName(source), 'is a single file');
    return source.file;
  }
  if (source.kind === 'profile')
    throw notEditable(name, sourceName(source), 'is a closure that is already built');
  const { flake } = parseFlakeReference(source.reference);
  const directory = await flakeDirectory(flake, source.directory);
  if (directory === null) throw notEditable(name, flake, 'is not a directory of this host');
  return join(directory, file ?? 'flake.nix');
}

/** Editors that most distributions have, as with systemctl(1). */
const USUAL = ['editor', 'nano', 'vim', 'vi'];

/** The user's editor with its own arguments. Like systemctl, it does not use a shell. */
async function editor(): Promise<readonly [string, ...string[]]> {
  for (const variable of ['VISUAL', 'EDITOR']) {
    const [program, ...args] = (process.env[variable] ?? '').split(/\s+/).filter((word) => word !== '');
    if (program !== undefined) return [program, ...args];
  }
  for (const name of USUAL) {
    const program = await findProgram(name);
    if (program !== null && (await isPresent(program))) return [program];
  }
  throw noEditor();
}
