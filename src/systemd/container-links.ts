import { readdir } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import * as z from 'zod';
import { readText } from '../base/files.js';
import { type RunOptions, run } from '../base/process.js';
import { parseUnitFile, unitValues } from '../container/unit-file.js';

/** The host side of a container's network link, as networkd configures it. */
export interface ContainerLink {
  name: string;
  /** Whether networkd is configured to masquerade its IPv4 packets and has finished configuring the link. */
  masquerades: boolean;
  /** Its IPv4 address, unless that is link-local; null if it has none. */
  address: string | null;
}

const describedSchema = z.looseObject({
  Interfaces: z.array(
    z.looseObject({
      Name: z.string(),
      NetworkFile: z.string().nullish(),
      NetworkFileDropins: z.array(z.string()).nullish(),
      AdministrativeState: z.string().nullish(),
    }),
  ),
});

/** States of a link that networkd is still configuring (networkctl(1), SETUP). */
const UNDER_WAY: readonly string[] = ['pending', 'initialized', 'configuring'];

/** The interfaces `ve-*`, `vz-*` and `vb-*`. If there are none, networkd is not queried. */
export async function containerLinks(options: Pick<RunOptions, 'signal'> = {}): Promise<ContainerLink[]> {
  const names = (await readdir('/sys/class/net')).filter((name) => /^v[ebz]-/.test(name));
  if (names.length === 0) return [];
  // Exit code 1: networkd is not running.
  const { stdout, exitCode } = await run(['networkctl', '--json=short', 'list'], {
    ...options,
    acceptCodes: [0, 1],
  });
  const interfaces = networkInterfaces();
  const described = exitCode === 0 ? describedSchema.parse(JSON.parse(stdout)).Interfaces : [];
  return Promise.all(
    names.map(async (name) => {
      const link = described.find(({ Name }) => Name === name);
      const files = [link?.NetworkFile, ...(link?.NetworkFileDropins ?? [])].filter((file) => file != null);
      const address =
        interfaces[name]?.find(({ family, address }) => family === 'IPv4' && !address.startsWith('169.254.'))
          ?.address ?? null;
      // A new link gets its address before networkd masquerades it.
      const isDone = !UNDER_WAY.includes(link?.AdministrativeState ?? '');
      return { name, masquerades: isDone && (await saysMasquerade(files)), address };
    }),
  );
}

/** The last IPMasquerade= across all files takes effect (systemd.network(5)). */
async function saysMasquerade(files: readonly string[]): Promise<boolean> {
  const texts = await Promise.all(files.map(readText));
  const values = texts.flatMap((text) => unitValues(parseUnitFile(text ?? ''), 'Network', 'IPMasquerade'));
  return /^(?:ipv4|both|yes|true|on|1)$/.test(values.at(-1) ?? '');
}
