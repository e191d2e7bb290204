import { expect } from 'chai';
import { answers } from '../host/by-hand.js';
import { flakeOf, Tool } from '../host/tool.js';
import { describeInMachine } from './suite.js';

for (const fileSystem of ['ext4', 'xfs', 'btrfs'] as const)
  describeInMachine(
    `a container with a user namespace on ${fileSystem}`,
    `root-${fileSystem}`,
    (machine) => {
      const tool = () => new Tool(machine());
      const inside = async (...argv: string[]) =>
        (await machine().ask(['nixos-nspawn', 'run', 'userns', '--', ...argv])).trim();

      before(async () => {
        await tool().get(['create', 'userns', '--flake', flakeOf('userns')]);
      });

      it('runs on this file system', async () => {
        for (const place of ['/var/lib/machines', '/nix/store'])
          expect(await machine().ask(['stat', '--file-system', '--format=%T', place])).to.equal(
            { ext4: 'ext2/ext3', xfs: 'xfs', btrfs: 'btrfs' }[fileSystem],
          );
      });

      it('maps its users to others', async () => {
        const [first, mapped] = (await inside('cat', '/proc/self/uid_map')).split(/ +/).map(Number);
        expect(first).to.equal(0);
        expect(mapped).to.be.at.least(65_536);
      });

      it('sees the store as its own by an idmapped mount', async () => {
        expect(await inside('stat', '--format=%u:%g', '/nix/store')).to.equal('0:0');
        expect(await machine().ask(['stat', '--format=%u:%g', '/nix/store'])).to.equal('0:0');
        const pid = await machine().ask(['machinectl', 'show', 'userns', '--property=Leader', '--value']);
        const mounts = await machine().ask(['cat', `/proc/${pid}/mountinfo`]);
        const store = mounts.split('\n').filter((line) => / \/nix\/store /.test(line));
        expect(store.join('\n')).to.include('idmapped');
      });

      it('writes files that belong to its users, and keeps them over an update and a restart', async () => {
        await inside('busybox', 'sh', '-c', 'echo kept >/var/kept');
        await tool().get(['restart', 'userns']);
        expect(await inside('cat', '/var/kept')).to.equal('kept');
        expect(await inside('stat', '--format=%u:%g', '/var/kept')).to.equal('0:0');
        expect(await answers(machine(), 'http://userns/')).to.equal('hello from userns generation 1');
      });

      it('is removed without a remnant', async () => {
        await tool().get(['remove', 'userns', '--delete-state']);
        expect(await machine().ask(['ls', '--almost-all', '/var/lib/machines'])).to.equal('');
        const { findings } = await tool().get<{ findings: unknown[] }>(['doctor']);
        expect(findings).to.deep.equal([]);
      });
    },
    { fileSystem },
  );
