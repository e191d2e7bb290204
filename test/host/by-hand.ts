import { type Host, waitFor } from './host.js';

/** Installs a fixture container with commands of the host, as a person could. */
export async function installByHand(host: Host, container: string, attribute = container): Promise<void> {
  const closure = await host.buildFixture(attribute);
  const profile = `/nix/var/nix/profiles/per-nspawn/${container}/system`;
  const service = `/etc/systemd/system/systemd-nspawn@${container}.service.d`;
  const network = `20-ve-${container}.network`;
  await host.run(['mkdir', '-p', `/nix/var/nix/profiles/per-nspawn/${container}`, service]);
  await host.run(['nix-env', '--profile', profile, '--set', closure]);
  const link = (file: string, place: string) =>
    host.run(['ln', '-sfn', `${profile}/nixos-nspawn/${file}`, place]);
  await link(`${container}.nspawn`, `/etc/systemd/nspawn/${container}.nspawn`);
  await link('service-overrides.conf', `${service}/fixture.conf`);
  if (await host.has(`${closure}/nixos-nspawn/${network}`)) {
    await link(network, `/etc/systemd/network/${network}`);
    await host.run(['networkctl', 'reload']);
  }
  await host.run(['systemctl', 'daemon-reload']);
}

export async function removeByHand(host: Host, container: string): Promise<void> {
  await host.run(['systemctl', 'stop', `systemd-nspawn@${container}.service`]);
  await host.run(['systemctl', 'reset-failed', `systemd-nspawn@${container}.service`], { check: false });
  await host.run(['chattr', '-f', '-i', `/var/lib/machines/${container}/var/empty`], { check: false });
  await host.run([
    'rm',
    '-rf',
    `/nix/var/nix/profiles/per-nspawn/${container}`,
    `/etc/systemd/nspawn/${container}.nspawn`,
    `/etc/systemd/system/systemd-nspawn@${container}.service.d`,
    `/etc/systemd/network/20-ve-${container}.network`,
    `/var/lib/machines/${container}`,
  ]);
  const profile = `/nix/var/nix/profiles/per-nspawn/${container}/*`;
  await host.run(['find', '/nix/var/nix/gcroots/auto', '-lname', profile, '-delete']);
  await host.run(['rmdir', '--ignore-fail-on-non-empty', '/nix/var/nix/profiles/per-nspawn']);
  await host.run(['systemctl', 'daemon-reload']);
  await host.run(['networkctl', 'reload']);
}

/** Waits for a page and returns its text. The address and the name are available a few seconds after a start. */
export const answers = (host: Host, url: string, options: readonly string[] = []) =>
  waitFor(`an answer of ${url}`, () => host.ask(['curl', '-sS', '--max-time', '2', ...options, url]));

/** Waits until a port of the host is forwarded over IPv4 and IPv6, for which the container needs all its addresses. */
export const forwards = (host: Host, port: number) =>
  waitFor(`the rules that forward port ${port}`, async () => {
    const rules = await host.ask(['nft', 'list', 'ruleset']);
    return rules.split(`${port}`).length > 2;
  });
