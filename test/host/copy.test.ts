import { expect } from 'chai';
import { describeOnHost } from './suite.js';
import { flakeOf, Tool, warningOf } from './tool.js';

const PLAIN = '/var/lib/machines/plain';

describeOnHost('copy', 'copy', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().ask(['bash', '-euc', script]);
  const copy = (from: string, to: string, ...flags: string[]) => tool().get(['copy', from, to, ...flags]);
  const refused = (from: string, to: string) => tool().fail(10, ['copy', from, to]);
  const inside = (name: string, ...argv: string[]) =>
    host().ask(['nixos-nspawn', 'run', name, '--', '/usr/bin/busybox', ...argv]);

  before(async () => {
    await tool().create('plain');
    await tool().get(['create', 'userns', '--flake', flakeOf('userns')]);
    await shell(
      'mkdir -p /srv/in/deep; echo one >/srv/in/one; echo two >/srv/in/deep/two; ln -s one /srv/in/link',
    );
  });

  describe('of a running container', () => {
    it('follows the rules of cp for files', async () => {
      expect(await copy('/srv/in/one', 'plain:/srv')).to.include({ files: 1, bytes: 4, directories: 0 });
      expect(await inside('plain', 'cat', '/srv/one')).to.equal('one');
      await copy('/srv/in/one', 'plain:/srv/renamed');
      expect(await inside('plain', 'cat', '/srv/renamed')).to.equal('one');
      await copy('plain:/srv/renamed', '/srv/out');
      expect(await shell('cat /srv/out')).to.equal('one');
      expect(await refused('/srv/in/one', 'plain:/srv/none/')).to.include({ code: 'not-copied' });
      await refused('/srv/in/one', 'plain:/srv/none/x');
      await refused('/srv/in/one', 'plain:/srv/one/');
      await refused('/srv/in/one/', 'plain:/srv');
      await refused('plain:/srv/none', '/srv');
      await refused('/srv/none', 'plain:/srv');
    });

    it('follows the rules of cp for directories', async () => {
      const counted = await copy('/srv/in', 'plain:/srv/fresh');
      expect(counted).to.include({ files: 2, directories: 2, links: 1 });
      expect(await inside('plain', 'cat', '/srv/fresh/deep/two')).to.equal('two');
      expect(await inside('plain', 'readlink', '/srv/fresh/link')).to.equal('one');
      await copy('/srv/in', 'plain:/srv/fresh');
      expect(await inside('plain', 'cat', '/srv/fresh/in/deep/two')).to.equal('two');
      await copy('/srv/in/.', 'plain:/srv/fresh/deep');
      expect(await inside('plain', 'cat', '/srv/fresh/deep/deep/two')).to.equal('two');
      await copy('plain:/srv/fresh', '/srv/back');
      expect(await shell('cat /srv/back/in/deep/two')).to.equal('two');
      await refused('/srv/in', 'plain:/srv/one');
      await refused('plain:/srv/fresh', 'plain:/srv/fresh/deep/self');
      await inside('plain', 'mkdir', '-p', '/srv/clash/one');
      await refused('/srv/in/.', 'plain:/srv/clash');
    });

    it('sees what the container sees, also its own mounts', async () => {
      await copy('/srv/in/one', 'plain:/tmp/here');
      expect(await inside('plain', 'cat', '/tmp/here')).to.equal('one');
      await copy('plain:/etc/machine-id', '/srv/id');
      expect(await shell('cat /srv/id')).to.equal(await inside('plain', 'cat', '/etc/machine-id'));
      await refused('/srv/in/one', 'plain:/nix/store/x');
    });

    it('streams a file', async () => {
      await host().run(['nixos-nspawn', 'copy', '-', 'plain:/srv/stream'], { input: 'from a pipe' });
      expect(await inside('plain', 'cat', '/srv/stream')).to.equal('from a pipe');
      const { stdout } = await host().run(['nixos-nspawn', 'copy', 'plain:/srv/stream', '-']);
      expect(stdout).to.equal('from a pipe');
      await shell('nixos-nspawn copy plain:/srv/fresh - >/dev/null && exit 1 || test $? = 10');
      await tool().fail(64, ['copy', 'plain:/srv/stream', '-']);
      await tool().fail(64, ['copy', '/srv/in', '/srv/out2']);
      await tool().fail(2, ['copy', 'nobody:/etc', '/srv/out2']);
      await shell('nixos-nspawn copy plain:/srv/big - | head -c1 || true');
    });

    it('keeps the owner and the mode of a file that it replaces, and removes no draft too few', async () => {
      await inside('plain', 'sh', '-c', 'echo old >/srv/kept; chown 26:27 /srv/kept; chmod 640 /srv/kept');
      await copy('/srv/in/one', 'plain:/srv/kept');
      expect(await inside('plain', 'stat', '-c', '%u:%g %a', '/srv/kept')).to.equal('26:27 640');
      expect(await inside('plain', 'cat', '/srv/kept')).to.equal('one');
      expect(await shell(`find ${PLAIN} -name '.nixos-nspawn-*'`)).to.equal('');
    });

    it('gives files the owners of the user namespace', async () => {
      await inside('userns', 'sh', '-c', 'mkdir -p /srv/db /srv/tmp; chown 26:26 /srv/db; chmod 700 /srv/db');
      for (const place of ['/srv', '/srv/db', '/tmp']) {
        await copy('/srv/in', `userns:${place}`);
        expect(await inside('userns', 'stat', '-c', '%u:%g', `${place}/in/deep/two`), place).to.equal('0:0');
      }
      await inside('userns', 'sh', '-c', 'chown 26:27 /srv/in/one; chmod 4750 /srv/in/one');
      await copy('userns:/srv/in', 'plain:/srv/from-userns', '--archive');
      expect(await inside('plain', 'stat', '-c', '%u:%g %a', '/srv/from-userns/one')).to.equal('26:27 4750');
      await copy('plain:/srv/from-userns', 'userns:/srv/back', '--archive');
      expect(await inside('userns', 'stat', '-c', '%u:%g %a', '/srv/back/one')).to.equal('26:27 4750');
      await copy('userns:/srv/back', '/srv/out-archive', '--archive');
      expect(await shell('stat -c "%u:%g %a" /srv/out-archive/one')).to.equal('26:27 750');
      await copy('userns:/srv/back/one', '/srv/out-plain');
      expect(await shell('stat -c "%u:%g %a" /srv/out-plain')).to.equal('0:0 750');
    });

    it('leaves out what is not a file, with a warning', async () => {
      await inside('plain', 'sh', '-c', 'mkdir /srv/odd; mkfifo /srv/odd/pipe; echo x >/srv/odd/file');
      const result = await copy('plain:/srv/odd', '/srv/odd');
      expect(result).to.include({ files: 1 });
      expect(warningOf(result, 'not-copied')).to.include('pipe');
      // On its own it is refused, because then nothing would be copied.
      const error = await refused('plain:/srv/odd/pipe', '/srv/pipe');
      expect(error.message).to.include('neither a file nor a directory');
      await refused('/dev/zero', 'plain:/srv/zero');
      const { code } = await host().run(
        ['timeout', '20', 'nixos-nspawn', 'copy', 'plain:/proc', '/srv/proc'],
        {
          check: false,
        },
      );
      expect(code).to.be.oneOf([0, 10]);
    });
  });

  describe('of a container that is hostile', () => {
    before(async () => {
      await shell('mkdir -p /srv/host; echo precious >/srv/host/secret');
      await inside(
        'plain',
        'sh',
        '-c',
        `mkdir -p /srv/evil/tree; cd /srv/evil
         ln -s /srv/host/secret secret; ln -s ../../../../../../srv/host/secret dots; ln -s /srv/host host
         ln -s /srv/host tree/host; ln -s /srv/host/secret tree/one; ln -s /etc/shadow tree/shadow
         ln -s /proc/1/root/srv/host/secret proc`,
      );
    });

    for (const state of ['running', 'stopped'] as const)
      describe(`and ${state}`, () => {
        before(async () => {
          if (state === 'stopped') await tool().get(['stop', 'plain']);
        });

        it('its links never lead to a file of the host', async () => {
          for (const link of ['secret', 'dots', 'host', 'host/secret', 'proc'])
            await refused(`plain:/srv/evil/${link}`, '/srv/stolen');
          await copy('plain:/srv/evil/tree', `/srv/tree-${state}`);
          expect(await shell(`readlink /srv/tree-${state}/host`)).to.equal('/srv/host');
        });

        it('its links never lead a copy to a directory of the host', async () => {
          const before = await shell('find /srv/host -ls');
          await refused('/srv/in/one', 'plain:/srv/evil/host/one');
          await refused('/srv/in/one', 'plain:/srv/evil/host/');
          await refused('/srv/in', 'plain:/srv/evil/host/in');
          // A directory that is to be merged with a link is refused, and a link in the place of a file is replaced.
          await shell('mkdir -p /srv/merge/host; echo x >/srv/merge/host/secret; echo y >/srv/merge/one');
          await refused('/srv/merge/.', 'plain:/srv/evil/tree');
          await copy('/srv/merge/one', 'plain:/srv/evil/tree/shadow/../one').catch(() => undefined);
          await copy('/srv/merge/one', 'plain:/srv/evil/tree');
          expect(await shell('find /srv/host -ls')).to.equal(before);
        });

        it('its directories cannot be swapped for links meanwhile', async () => {
          await shell(`rm -rf ${PLAIN}/srv/race; mkdir -p ${PLAIN}/srv/race/a; mkdir -p /srv/swap/d;
            for i in $(seq 300); do echo "$i" >/srv/swap/d/$i; done`);
          const before = await shell('find /srv/host -ls');
          // Swaps the directory for a link to the host's and back, as fast as it can.
          const swap = host().spawn([
            'bash',
            '-c',
            `cd ${PLAIN}/srv/race; while :; do mkdir -p d; mv -T d e 2>/dev/null; ln -s /srv/host d 2>/dev/null; rm -f d; mv -T e d 2>/dev/null; done`,
          ]);
          try {
            for (let round = 0; round < 12; round += 1) {
              const { code } = await tool().ask(['copy', '/srv/swap/.', 'plain:/srv/race']);
              expect(code).to.be.oneOf([0, 10, 1]);
            }
          } finally {
            await swap.kill('SIGKILL', { group: true });
            await swap.outcome;
          }
          expect(await shell('find /srv/host -ls')).to.equal(before);
        });
      });
  });

  describe('of a stopped container', () => {
    it('copies into its state directory and out of it', async () => {
      await copy('/srv/in', 'plain:/srv/while-stopped');
      expect(await shell(`cat ${PLAIN}/srv/while-stopped/deep/two`)).to.equal('two');
      await copy('plain:/srv/while-stopped', '/srv/from-stopped');
      expect(await shell('cat /srv/from-stopped/deep/two')).to.equal('two');
      await tool().get(['start', 'plain']);
      expect(await inside('plain', 'cat', '/srv/while-stopped/one')).to.equal('one');
      await tool().get(['stop', 'plain']);
    });

    it('refuses what only a running container has, by any path', async () => {
      for (const path of ['/tmp/x', '/run/x', '/var/run/x', '/nix/store/x', '/srv/../tmp/x'])
        expect(String((await refused('/srv/in/one', `plain:${path}`)).message), path).to.include(
          'only a running container',
        );
    });

    it('gives files the owners of the user namespace, as the next start shows', async () => {
      await tool().get(['stop', 'userns']);
      await copy('/srv/in', 'userns:/srv/stopped-copy');
      await copy('plain:/srv/from-userns', 'userns:/srv/stopped-archive', '--archive');
      await tool().get(['start', 'userns']);
      expect(await inside('userns', 'stat', '-c', '%u:%g', '/srv/stopped-copy/deep/two')).to.equal('0:0');
      expect(await inside('userns', 'stat', '-c', '%u:%g', '/srv/stopped-archive/one')).to.equal('26:27');
    });

    it('leaves no part of a file behind if it is interrupted', async () => {
      const command = host().spawn([
        'sh',
        '-c',
        'yes | timeout -s INT 2 nixos-nspawn copy - plain:/srv/endless',
      ]);
      const { code } = await command.outcome;
      expect(code).to.equal(124);
      expect(
        await shell(`find ${PLAIN}/srv -maxdepth 1 -name '*endless*' -o -name '.nixos-nspawn-*'`),
      ).to.equal('');
    });
  });
});
