import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The first line of host files that presets create. */
export const MARK =
  '# Made by a preset of nixos-nspawn, and taken away with the last container that uses it.';

/** The host's side of a network that containers share, modelled on systemd's 80-container-vz.network. */
export function sharedNetwork(match: readonly string[], address: string): string {
  return [
    MARK,
    '[Match]',
    ...match,
    '',
    '[Network]',
    `Address=${address}`,
    'ConfigureWithoutCarrier=yes',
    'DHCPServer=yes',
    'EmitLLDP=customer-bridge',
    'IPMasquerade=both',
    'IPv6AcceptRA=no',
    'IPv6SendRA=yes',
    'LLDP=yes',
    'LinkLocalAddressing=ipv6',
    '',
    '[Link]',
    'RequiredForOnline=no',
    '',
  ].join('\n');
}

/** Who owns a file at this path: nobody (there is none), a preset, or the host. */
export async function ownerOf(root: string, path: string): Promise<'nobody' | 'preset' | 'host'> {
  try {
    return (await readFile(join(root, path), 'utf8')).startsWith(MARK) ? 'preset' : 'host';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nobody';
    throw error;
  }
}
