import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import type { ContainerName } from '../../../src/container/name.js';
import { containerPlaces, hostLayout, type Layout } from '../../../src/host/layout.js';
import { noteArgv, takeArgvs } from '../argv-log.js';

const RECORD = `#!/bin/sh
${noteArgv(`"\${0##*/}"`, '"$FAKE_HOST/argv"')}
`;

/** The programs that the tool calls. Nothing runs on their host, and every build results in the same closure. */
const PROGRAMS: Readonly<Record<string, string>> = {
  setpriv: '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
  systemctl: `${RECORD}case $1 in
  --version) echo 'systemd 257 (257.1)' ;;
  show) echo ActiveState=inactive; echo NeedDaemonReload=no ;;
  --machine=*) [ "$2" != list-units ] || echo '[]' ;;
esac
`,
  machinectl: `${RECORD}echo '[]'\n`,
  networkctl: RECORD,
  journalctl: RECORD,
  nix: `${RECORD}case "$1 $2" in
  'flake metadata') echo '{"url":"path:/locked"}' ;;
  'build '*)
    while [ $# -gt 0 ]; do
      if [ "$1" = --out-link ]; then
        ln -sfn "$FAKE_CLOSURE" "$2"
        ln -sfn "$2" "$FAKE_ROOTS/build"
      fi
      shift
    done
    echo "$FAKE_CLOSURE"
    ;;
  *) echo '[]' ;;
esac
`,
  'nix-env': `${RECORD}case $3 in
  --set)
    n=1
    while [ -e "$2-$n-link" ]; do n=$((n + 1)); done
    ln -s "$4" "$2-$n-link" && ln -sfn "system-$n-link" "$2"
    ;;
  --switch-generation) ln -sfn "system-$4-link" "$2" ;;
  --delete-generations) rm "$2-$4-link" ;;
  *) exit 1 ;;
esac
`,
  'nix-store': RECORD,
};

/** Directories that the tool creates if they do not exist. */
const DIRECTORIES = [
  'etc/systemd/nspawn',
  'etc/systemd/network',
  'etc/systemd/system',
  'nix/var/nix/gcroots/auto',
  'run/nixos-nspawn/locks',
  'run/nixos-nspawn/roots',
  'var/lib/machines/db/etc',
  'var/lib/nixos-nspawn/containers',
  'nix/store',
  'srv',
];

/** A place in memory if there is one: the tool syncs all that it writes, which can take seconds on a busy disk. */
const quickPlace = () =>
  access('/dev/shm', constants.W_OK).then(
    () => '/dev/shm',
    () => tmpdir(),
  );

/** The content of a tree: each path below it with its kind, mode and content. */
export type Tree = ReadonlyMap<string, string>;

/** A host in a temporary directory, with another container, unrelated files, and programs that record their argv. */
export class FakeHost {
  readonly layout: Layout;
  readonly env: Readonly<Record<string, string>>;
  #closures = 0;

  private constructor(
    private readonly base: string,
    readonly root: string,
  ) {
    this.layout = hostLayout({ root });
    this.env = {
      PATH: `${join(base, 'bin')}${delimiter}${process.env.PATH}`,
      FAKE_HOST: base,
      FAKE_CLOSURE: join(root, 'nix/store', `${'0'.repeat(32)}-web`),
      FAKE_ROOTS: this.layout.autoRootsDir,
      NIXOS_NSPAWN_ROOT: root,
      // Only the fake machinectl answers.
      NIXOS_NSPAWN_MACHINED_SOCKET: '',
      NIXOS_NSPAWN_DATA_DIR: join(base, 'plugins'),
    };
  }

  static async make(): Promise<FakeHost> {
    const base = await mkdtemp(join(await quickPlace(), 'nspawn-hostile-'));
    const host = new FakeHost(base, join(base, 'root'));
    await mkdir(join(base, 'bin'));
    await writeFile(join(base, 'argv'), '');
    for (const [name, text] of Object.entries(PROGRAMS)) {
      await writeFile(join(base, 'bin', name), text, { mode: 0o755 });
    }
    for (const directory of DIRECTORIES) await mkdir(join(host.root, directory), { recursive: true });
    await host.#furnish();
    return host;
  }

  async #furnish(): Promise<void> {
    const put = (path: string, text: string) => writeFile(join(this.root, path), text);
    await put('etc/systemd/nspawn/stranger.nspawn', '[Exec]\nBoot=yes\n');
    await put('etc/systemd/network/10-uplink.network', '[Match]\nName=eth0\n');
    await put('etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
    await put('srv/web.nix', '{ }\n');
    await put('var/lib/machines/db/etc/os-release', 'ID=nixos\n');
    await put(
      'var/lib/nixos-nspawn/containers/db.json',
      JSON.stringify({
        version: 1,
        source: { kind: 'profile', path: '/srv/db' },
        system: 'x86_64-linux',
        lastOperation: { operation: 'create', at: '2026-01-01T00:00:00Z' },
      }),
    );
    const profile = join(this.layout.profilesDir, 'db');
    await mkdir(profile, { recursive: true });
    await symlink(await this.closure('db', '{}'), join(profile, 'system-1-link'));
    await symlink('system-1-link', join(profile, 'system'));
    await symlink(join(profile, 'system/nixos-nspawn/db.nspawn'), join(this.layout.unitDir, 'db.nspawn'));
    await this.closure('web', '{}', '0'.repeat(32));
  }

  /** Builds a closure for the container `name` with this data.json (null for none), and returns its store path. */
  async closure(name: string, data: string | null, hash?: string): Promise<string> {
    this.#closures += 1;
    const path = join(this.root, 'nix/store', `${hash ?? String(this.#closures).padStart(32, '1')}-${name}`);
    const files = join(path, 'nixos-nspawn');
    await mkdir(files, { recursive: true });
    await writeFile(join(path, 'init'), '');
    await writeFile(join(files, `${name}.nspawn`), '[Exec]\nBoot=yes\n');
    await writeFile(join(files, `20-ve-${name}.network`), '[Match]\n');
    await writeFile(join(files, 'service-overrides.conf'), '[Service]\n');
    if (data !== null) await writeFile(join(files, 'data.json'), data);
    return path;
  }

  /** Makes this process use the programs of this host. Returns a function that ends this. */
  enter(): () => void {
    const environment = { ...process.env };
    Object.assign(process.env, this.env);
    return () => {
      for (const variable of Object.keys(this.env)) delete process.env[variable];
      Object.assign(process.env, environment);
    };
  }

  /** Replaces a program. `cases` are the cases of a shell's `case $1 in`; for others, it prints nothing. */
  async program(name: string, cases: string): Promise<void> {
    await writeFile(join(this.base, 'bin', name), `${RECORD}case $1 in\n${cases}\nesac\n`, { mode: 0o755 });
  }

  /** Every argv since the last call that forgot them, program first. */
  async recordedArgvs({ forget = true } = {}): Promise<string[][]> {
    return takeArgvs(join(this.base, 'argv'), { forget });
  }

  async tree(): Promise<Tree> {
    const entries = await readdir(this.root, { withFileTypes: true, recursive: true });
    const seen = await Promise.all(
      entries.map(async (entry): Promise<[string, string]> => {
        const path = join(entry.parentPath, entry.name);
        const { mode } = await lstat(path);
        const content = entry.isSymbolicLink()
          ? `-> ${await readlink(path)}`
          : entry.isFile()
            ? createHash('sha256')
                .update(await readFile(path))
                .digest('hex')
            : '';
        return [relative(this.root, path), `${mode.toString(8)} ${content}`];
      }),
    );
    return new Map(seen.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The paths that differ between two trees, except those that a container of this name may have. */
  changedOutside(before: Tree, after: Tree, name: string): string[] {
    const own = this.#ownPaths(name).map((path) => relative(this.root, path));
    return [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) =>
        before.get(path) !== after.get(path) &&
        !own.some((mine) => path === mine || path.startsWith(`${mine}/`)),
    );
  }

  /** Saves the current files of the host, and returns a function that restores them. */
  async keep(): Promise<() => Promise<void>> {
    const kept = await mkdtemp(join(this.base, 'kept-'));
    const asItIs = { recursive: true, verbatimSymlinks: true };
    await cp(this.root, kept, asItIs);
    return async () => {
      await rm(this.root, { recursive: true });
      await cp(kept, this.root, asItIs);
    };
  }

  /** Deletes a container without the tool. */
  async forget(name: string): Promise<void> {
    for (const path of this.#ownPaths(name)) await rm(path, { recursive: true, force: true });
  }

  #ownPaths(name: string): string[] {
    // For a name that is not valid, nothing may be on the host.
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || name.length > 64) return [];
    const places = containerPlaces(this.layout, name as ContainerName);
    return [
      places.unitFile,
      places.profileDir,
      places.dropInDir,
      places.runtimeDropInDir,
      places.record,
      places.journal,
      places.lock,
      places.stateDir,
      places.buildRoot,
      join(this.layout.networkDir, `20-ve-${name}.network`),
    ];
  }

  /** Creates a file or a link below `srv`. */
  async put(path: string, content: { text: string; mode?: number } | { link: string }): Promise<string> {
    const place = join(this.root, 'srv', path);
    if ('link' in content) await symlink(content.link, place);
    else {
      await writeFile(place, content.text);
      await chmod(place, content.mode ?? 0o644);
    }
    return place;
  }

  /** Deletes a closure, so that later reads of the tree do not include it. */
  async discard(path: string): Promise<void> {
    await rm(path, { recursive: true });
  }

  /** Replaces a file by a link. */
  async replaceByLink(path: string, target: string): Promise<void> {
    await rm(path);
    await symlink(target, path);
  }

  async end(): Promise<void> {
    await rm(this.base, { recursive: true, force: true });
  }
}
