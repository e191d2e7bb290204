import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type Argv, waitFor } from './host.js';
import {
  container,
  create,
  describePresets,
  from,
  hostItself,
  inside,
  remembered,
  remove,
  removeAll,
  serve,
  theOutside,
} from './presets.js';

/** The commands in the sessions of a page of the manual. */
async function shownIn(page: string): Promise<Argv[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, session = '']) =>
    [...session.matchAll(/^[#$] (\S+)(.*)$/gm)].map(
      ([, command = '', rest = '']): Argv => [command, ...rest.split(' ').filter(Boolean)],
    ),
  );
}

/** The host's addresses on its uplink. */
const uplink = { v4: '10.99.0.2', v6: '[fd99::2]' };
const greeting = 'hello from web generation 1';

describePresets("presets for a container's own link:", 'preset-links', ({ host, tool, nothingIsLeft }) => {
  describe('ula and expose', () => {
    const forwards = 'expose:8080:80,8000-8001:9000-9001,8053:9053/udp';
    const prefixes = new Map<string, string>();
    const prefixOf = async (name: string) => {
      const { ula } = (await remembered(host(), name)) as { ula: { prefix: string } };
      return ula.prefix.replace('/64', '');
    };
    const second = (name: string) => `http://[${prefixes.get(name)}2]`;

    /** Creates `web` with the command of the manual. */
    before(async () => {
      const shown = (await shownIn('networking.md')).find((argv) => argv.includes('--preset'));
      expect(shown?.join(' ')).to.contain('create web --flake .#web --preset ula');
      await host().run(shown ?? ['false'], { cwd: '/srv/presets' });
      await create(host(), 'other', 'ula');
      for (const name of ['web', 'other']) prefixes.set(name, await prefixOf(name));
    });

    after(() => removeAll(host()));

    it("assign each container a /64 of the host's own /48", () => {
      const [web = '', other = ''] = [...prefixes.values()];
      expect(web).to.match(/^fd[0-9a-f]{2}:[0-9a-f:]+::$/);
      expect(web).not.to.equal(other);
      expect(web.split(':').slice(0, 3)).to.deep.equal(other.split(':').slice(0, 3));
    });

    it('make the container reachable from the host and from another container', async () => {
      expect(await hostItself(host()).reads(second('web'))).to.equal(greeting);
      expect(await container(host(), 'other').reads(second('web'))).to.equal(greeting);
    });

    it('work with the other commands of the manual', async () => {
      const others = (await shownIn('networking.md')).filter((argv) => !argv.includes('create'));
      expect(others.map(([command]) => command)).to.include.members(['ping', 'curl', 'nixos-nspawn']);
      for (const argv of others) {
        const [command, ...rest] = argv.map((word) => word.replace('example', 'web'));
        await waitFor(argv.join(' '), () => host().run([command ?? '', ...rest]));
      }
    });

    it('let the container reach another machine, which has no route to the container', async () => {
      await container(host(), 'web').pings('fd99::1');
      await container(host(), 'web').pings('10.99.0.1');
    });

    it('forward ports of the host over IPv6 and IPv4', async () => {
      expect(await theOutside(host()).reads(`http://${uplink.v6}:8080`)).to.equal(greeting);
      expect(await theOutside(host()).reads(`http://${uplink.v4}:8080`)).to.equal(greeting);
    });

    it('forward a range of ports, which replaces the previous ports', async () => {
      await tool().get(['update', 'web', '--preset', forwards]);
      for (const port of ['9000', '9001'])
        await serve(host(), 'web', '/usr/bin/busybox', 'httpd', '-f', '-p', port, '-h', '/var/www');
      expect(await theOutside(host()).reads(`http://${uplink.v4}:8000`)).to.equal(greeting);
      expect(await theOutside(host()).reads(`http://${uplink.v4}:8001`)).to.equal(greeting);
    });

    it('forward UDP', async () => {
      const received = '/run/received';
      const listen = ['--socket-property=ListenDatagram=9053', '--property=StandardInput=socket'];
      await serve(host(), 'web', ...listen, `--property=StandardOutput=file:${received}`, 'cat');
      const send = `echo to and fro >/dev/udp/${uplink.v4}/8053`;
      const arrived = await waitFor('a datagram', async () => {
        await host().run(['ip', 'netns', 'exec', 'outside', 'bash', '-c', send]);
        return inside(host(), 'web', 'cat', received);
      });
      expect(arrived.split('\n')[0]).to.equal('to and fro');
    });

    it('refuse a port or prefix that another container has', async () => {
      const taken = await tool().fail(10, ['create', 'third', ...from('web', ['expose:8080:80'])]);
      expect(taken.message).to.contain("The host's tcp port 8080 is already forwarded to container 'web'.");
      const prefix = `ula:${prefixes.get('web')}/64`;
      const overlapping = await tool().fail(10, ['create', 'third', ...from('web', [prefix])]);
      expect(overlapping.message).to.contain("overlaps the prefix of container 'web'");
    });

    it('are kept by an update, with the same prefix', async () => {
      await tool().get(['update', 'web', ...from('web')]);
      const { old_generation, generation } = await tool().get(['update', 'web', ...from('web-2')]);
      expect(Number(generation)).to.be.greaterThan(Number(old_generation));
      expect(await prefixOf('web')).to.equal(prefixes.get('web'));
      expect(await theOutside(host()).reads(`http://${uplink.v4}:8080`)).to.equal(
        'hello from web generation 2',
      );
    });

    it('can be removed separately with --no-preset', async () => {
      await tool().get(['update', 'web', ...from('web-2'), '--no-preset', 'expose']);
      expect(Object.keys(await remembered(host(), 'web'))).to.deep.equal(['ula']);
      expect(await hostItself(host()).reads(second('web'))).to.equal('hello from web generation 2');
      expect(await theOutside(host()).isDeafTo(`http://${uplink.v4}:8080`)).to.equal(true);
    });

    it('are refused for a prebuilt profile, which is already evaluated', async () => {
      const profile = ['--profile', '/nix/var/nix/profiles/per-nspawn/web/system'];
      const error = await tool().fail(10, ['update', 'web', ...profile, '--preset', 'expose:8080:80']);
      expect(error.message).to.equal(
        'Presets (ula, expose) cannot be applied to a prebuilt profile, because they are NixOS modules and the profile is already evaluated.',
      );
    });

    it('leave nothing on the host', async () => {
      await Promise.all([remove(host(), 'web'), remove(host(), 'other')]);
      await nothingIsLeft();
    });
  });

  it('static sets only the given addresses on both ends of the link', async () => {
    await create(host(), 'web', 'static:10.50.0.2/24,gateway=10.50.0.1,dns=10.99.0.1', 'expose:8080:80');
    expect(await hostItself(host()).reads('http://10.50.0.2')).to.equal(greeting);
    await container(host(), 'web').pings('10.50.0.1');
    await container(host(), 'web').pings('10.99.0.1');
    expect(await theOutside(host()).reads(`http://${uplink.v4}:8080`)).to.equal(greeting);
    expect(await inside(host(), 'web', 'resolvectl', 'dns', 'host0')).to.contain('10.99.0.1');
    const addresses = await inside(host(), 'web', 'ip', '-4', '-brief', 'address', 'show', 'host0');
    expect(addresses.split(/\s+/).slice(2).filter(Boolean)).to.deep.equal(['10.50.0.2/24']);
    await remove(host(), 'web');
    await nothingIsLeft();
  });

  it('host makes ports of the container ports of the host', async () => {
    await create(host(), 'web', 'host');
    expect(await hostItself(host()).reads('http://127.0.0.1')).to.equal(greeting);
    expect(await theOutside(host()).reads(`http://${uplink.v4}`)).to.equal(greeting);
    await remove(host(), 'web');
    await nothingIsLeft();
  });

  it('none leaves only a loopback', async () => {
    await create(host(), 'web', 'none');
    expect(await container(host(), 'web').reads('http://127.0.0.1')).to.equal(greeting);
    const links = JSON.parse(await inside(host(), 'web', 'ip', '-json', 'link', 'show', 'up'));
    expect(links.map(({ ifname }: { ifname: string }) => ifname)).to.deep.equal(['lo']);
    await remove(host(), 'web');
    await nothingIsLeft();
  });
});
