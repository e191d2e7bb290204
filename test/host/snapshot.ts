/**
 * The state of a host: keys such as `path /etc/hosts` or `machine web`, with descriptions. Two hosts in the same state
 * have equal snapshots.
 */
export type Snapshot = ReadonlyMap<string, string>;

/** Parses the output of snapshot.sh. */
export function parseSnapshot(output: string): Snapshot {
  const things = new Map<string, string>();
  const fields = output.split('\0');
  if (fields.pop() !== '' || fields.length % 3 !== 0)
    throw new Error('snapshot.sh printed incomplete records');
  const records: [string, string, string][] = [];
  const running = new Set<string>();
  for (let index = 0; index < fields.length; index += 3) {
    const [kind, path, value] = fields.slice(index, index + 3) as [string, string, string];
    if (kind === 'invocation') running.add(value);
    else records.push([kind, path, value]);
  }
  for (const [kind, path, value] of records) addRecord(things, kind, withoutInvocation(path, running), value);
  return things;
}

/**
 * The path of a run's garbage collector root, without the run's random InvocationID. Two snapshots are equal if the
 * same closures have roots, but a root of a run that has ended is marked.
 */
function withoutInvocation(path: string, running: ReadonlySet<string>): string {
  return path.replace(/(?<=^\/nix\/var\/nix\/gcroots\/nixos-nspawn\/[^/]+\/)[0-9a-f]{32}/, (id) =>
    running.has(id) ? 'the-run' : 'an-ended-run',
  );
}

function addRecord(things: Map<string, string>, kind: string, path: string, value: string): void {
  const addEach = (entries: Iterable<readonly [string, string]>) => {
    for (const [key, text] of entries) things.set(key, text);
  };
  switch (kind) {
    case 'packaged':
    case 'other':
      things.set(`path ${path}`, value);
      return;
    case 'file':
      things.set(`path ${path}`, `file ${value}`);
      return;
    case 'link':
      things.set(`path ${path}`, `link to ${value}`);
      return;
    case 'content':
      things.set(`content ${path}`, value);
      return;
    case 'machines':
      addEach(rows(value).map((row) => [`machine ${row.machine}`, `${row.class}`]));
      return;
    case 'links':
      addEach(interfaces(value).map((link) => [`link ${link.Name}`, `${link.Kind ?? link.Type}`]));
      return;
    case 'ruleset':
      addEach(rules(value).map((rule) => [`nft ${rule}`, 'present']));
      return;
    case 'failed-units':
      addEach(rows(value).map((row) => [`failed unit ${row.unit}`, `${row.sub}`]));
      return;
    case 'container-units':
      addEach(rows(value).map((row) => [`unit ${row.unit}`, `${row.active} (${row.sub})`]));
      return;
    default:
      throw new Error(`snapshot.sh printed a record of kind ${JSON.stringify(kind)}`);
  }
}

type Row = Readonly<Record<string, unknown>>;

/** The rows of a table that systemd's tools print as JSON. An empty table may be an empty output. */
function rows(json: string): Row[] {
  return json.trim() === '' ? [] : (JSON.parse(json) as Row[]);
}

function interfaces(json: string): Row[] {
  return (JSON.parse(json) as { Interfaces?: Row[] }).Interfaces ?? [];
}

interface NftObject {
  table?: Row;
  chain?: Row;
  rule?: Row;
  set?: Row & { name?: string; table?: string; elem?: unknown[] };
  map?: Row & { name?: string; table?: string; elem?: unknown[] };
}

/**
 * The ruleset without handles. Of systemd's own table, only the elements of its sets are included, because networkd and
 * nspawn create the table with the first container and never delete it (fw_nftables_init(),
 * src/shared/firewall-util-nft.c).
 */
function rules(json: string): string[] {
  const { nftables } = JSON.parse(json) as { nftables: NftObject[] };
  return nftables.flatMap((object) => {
    const [kind, body] = Object.entries(object)[0] as [string, Row];
    if (kind === 'metainfo') return [];
    if (body.table === 'io.systemd.nat' || (kind === 'table' && body.name === 'io.systemd.nat')) {
      const elements = Array.isArray(body.elem) ? body.elem : [];
      return elements.map(
        (element) => `${body.family} ${body.table} ${body.name}: ${JSON.stringify(element)}`,
      );
    }
    const { handle: _handle, ...rest } = body;
    return [`${kind} ${JSON.stringify(rest)}`];
  });
}

/** The differences, one line each, in the order of the keys: `+` added, `-` removed, `~` changed. */
export function diffSnapshots(before: Snapshot, after: Snapshot): string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => {
    const was = before.get(key);
    const is = after.get(key);
    if (was === is) return [];
    if (was === undefined) return [`+ ${key}: ${is}`];
    if (is === undefined) return [`- ${key}: ${was}`];
    return [`~ ${key}: ${was} -> ${is}`];
  });
}
