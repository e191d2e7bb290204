import { expect } from 'chai';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf, Tool, warningOf } from './tool.js';

const STATE = '/var/lib/machines/plain';
const SERVICE = 'systemd-nspawn@plain.service';

describeOnHost('a container and files on its host:', 'on-disk', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().run(['bash', '-euc', script]);
  const create = (...more: string[]) => tool().get(['create', 'plain', '--flake', flakeOf('plain'), ...more]);
  const remove = () => tool().get(['remove', 'plain', '--delete-state']);
  const journalLinks = async () =>
    (await host().ask(['find', '/var/log/journal', '-type', 'l'])).split('\n').sort();
  const leader = () => host().ask(['machinectl', 'show', 'plain', '--property=Leader', '--value']);

  it('create is refused if systemd-nspawn would start another tree or image with the name', async () => {
    // The first run of the tool creates the directory of locks.
    await tool().get(['remove', 'plain']);
    const before = await host().snapshot();
    for (const [make, path] of [
      ['mkdir -p /run/machines/plain', '/run/machines/plain'],
      ['mkdir -p /etc/machines && ln -s /srv /etc/machines/plain', '/etc/machines/plain'],
      ['mkdir -p /var/lib/container/plain', '/var/lib/container/plain'],
      [`touch ${STATE}`, STATE],
      [`ln -s /nowhere ${STATE}`, STATE],
      [`touch ${STATE}.raw`, `${STATE}.raw`],
      [`mkdir -p ${STATE}.v`, `${STATE}.v`],
    ] as const) {
      await shell(make);
      for (const dry of [[], ['--dry-run']]) {
        const error = await tool().fail(5, ['create', 'plain', '--flake', flakeOf('plain'), ...dry]);
        expect(error, path).to.include({ code: 'path-in-the-way', path });
      }
      await shell(`rm -r ${path}`);
    }
    await shell('rm -rf /run/machines /etc/machines /var/lib/container');
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('an update is refused if the source of a mount does not exist, and creates nothing', async () => {
    await create();
    const running = await leader();
    const before = await host().snapshot();
    const settings = (path: string) =>
      JSON.stringify({ files: [`BindReadOnly=${path}:/inner`], data: { bindMounts: [`${path}:/inner`] } });
    for (const [make, path, why] of [
      ['true', '/etc/app/token', 'does not exist'],
      [
        'ln -s /nowhere/deep /srv/dangling',
        '/srv/dangling',
        'is a link to /nowhere/deep, which does not exist',
      ],
      ['true', '/dev/no-such-disk', 'does not exist'],
      [
        'printf "[Mount]\nWhat=nas:/m\nWhere=/mnt/nfs\nType=nfs\n" >/etc/systemd/system/mnt-nfs.mount && systemctl daemon-reload',
        '/mnt/nfs/media',
        'does not exist: /mnt/nfs is not mounted',
      ],
      [
        'printf "nas:/media /mnt/nas nfs noauto 0 0\\n" >>/etc/fstab && true',
        '/mnt/nas/media',
        'does not exist: /mnt/nas is not mounted',
      ],
    ] as const) {
      await shell(make);
      const closure = await host().ask([
        'nix',
        'build',
        ...['--no-link', '--print-out-paths', '--file', '/opt/nixos-nspawn/test/fixtures/profile.nix'],
        ...['--argstr', 'name', 'plain', '--argstr', 'settings', settings(path)],
      ]);
      const error = await tool().fail(7, ['update', 'plain', '--profile', closure]);
      expect(error).to.include({ code: 'bind-source-missing', path });
      expect(error.message).to.equal(`Container 'plain' mounts the host's ${path}, which ${why}.`);
      expect(await leader()).to.equal(running);
    }
    await shell(
      'rm /srv/dangling /etc/systemd/system/mnt-nfs.mount; sed -i /mnt.nas/d /etc/fstab; systemctl daemon-reload',
    );
    expect(await host().changesSince(before)).to.deep.equal([]);
    await remove();
  });

  it('a start or restart is refused if the source of a mount does not exist', async () => {
    const closure = await host().ask([
      'nix',
      'build',
      ...['--no-link', '--print-out-paths', '--file', '/opt/nixos-nspawn/test/fixtures/profile.nix'],
      ...['--argstr', 'name', 'plain', '--argstr', 'settings'],
      JSON.stringify({ files: ['Bind=/srv/late:/late'], data: { bindMounts: ['/srv/late:/late'] } }),
    ]);
    await shell('touch /srv/late');
    await create();
    await tool().get(['update', 'plain', '--profile', closure]);
    await shell('rm /srv/late');
    const running = await leader();
    const { code, document } = await tool().ask<Document[]>(['restart', 'plain']);
    expect(code).to.equal(7);
    expect(document[0]).to.have.nested.property('error.code', 'bind-source-missing');
    expect(await leader()).to.equal(running);
    await tool().get(['stop', 'plain']);
    const start = await tool().ask<Document[]>(['autostart']);
    expect(start.code).to.equal(7);
    expect(start.document[0]).to.have.nested.property('error.code', 'bind-source-missing');
    expect(await host().has('/srv/late')).to.equal(false);
    await remove();
  });

  it('remove deletes links to the journal and for the boot, and reports settings that the user made', async () => {
    // The first container creates directories that stay.
    await create();
    await remove();
    const before = await host().snapshot();
    const links = await journalLinks();
    await create();
    expect(await journalLinks()).to.not.deep.equal(links);
    await host().run(['machinectl', 'enable', 'plain']);
    await host().writeFile(`/etc/systemd/system/${SERVICE}.d/override.conf`, '[Service]\nNice=5\n');
    const planned = await tool().get<{ would_delete: string[]; would_keep: string[] }>([
      'remove',
      'plain',
      '--delete-state',
      '--dry-run',
    ]);
    expect(planned.would_keep).to.deep.equal([`/etc/systemd/system/${SERVICE}.d/override.conf`]);
    const removed = await remove();
    expect(removed).to.include({ removed: true, state_deleted: true });
    expect(warningOf(removed, 'settings-kept')).to.include('override.conf');
    for (const path of planned.would_delete) expect(await host().has(path), path).to.equal(false);
    const left = await host().ask([
      'find',
      '/var/log/journal',
      '/etc/systemd',
      '-name',
      '*plain*',
      '-o',
      '-type',
      'l',
      '-lname',
      '*/plain/*',
    ]);
    expect(left).to.equal(`/etc/systemd/system/${SERVICE}.d`);
    await shell(
      `rm -r /etc/systemd/system/${SERVICE}.d; rm -rf /etc/systemd/system/machines.target.wants; systemctl daemon-reload`,
    );
    expect(await journalLinks()).to.deep.equal(links);
    const changes = await host().changesSince(before);
    expect(changes.filter((change) => !change.includes('machines.target'))).to.deep.equal([]);
  });

  it('a failed create leaves no link to the journal of the container', async () => {
    const before = await journalLinks();
    await tool().fail(11, ['create', 'init-crash', '--flake', flakeOf('init-crash')]);
    expect(await journalLinks()).to.deep.equal(before);
  });

  it('remove deletes immutable and append-only files in the state', async () => {
    await create();
    await shell(`mkdir -p ${STATE}/var/lib/nixos-containers/inner/var/empty ${STATE}/data
      touch ${STATE}/data/log ${STATE}/data/fixed
      chattr +a ${STATE}/data/log
      chattr +i ${STATE}/data/fixed ${STATE}/data ${STATE}/var/lib/nixos-containers/inner/var/empty`);
    expect(await remove()).to.include({ state_deleted: true });
    expect(await host().ask(['ls', '-A', '/var/lib/machines'])).to.equal('');
  });

  it('remove is refused if something is mounted in the state, also with --dry-run', async () => {
    await shell('mv /var/lib/machines /srv/machines && ln -s /srv/machines /var/lib/machines');
    await create();
    const running = await leader();
    await shell(`mkdir ${STATE}/disk && mount -t tmpfs tmpfs ${STATE}/disk && touch ${STATE}/kept`);
    for (const dry of [['--dry-run'], []]) {
      const error = await tool().fail(10, ['remove', 'plain', '--delete-state', ...dry]);
      expect(error).to.include({ code: 'state-outside', path: '/srv/machines/plain/disk' });
    }
    expect(await leader()).to.equal(running);
    expect(await host().has(`${STATE}/kept`)).to.equal(true);
    await host().run(['umount', `${STATE}/disk`]);
    // The state directory itself is a mount point.
    await shell(`mount --bind ${STATE} ${STATE}`);
    expect(await tool().fail(10, ['remove', 'plain', '--delete-state'])).to.include({
      code: 'state-outside',
    });
    expect(await leader()).to.equal(running);
    await host().run(['umount', STATE]);
    await remove();
    await shell('rm /var/lib/machines && mv /srv/machines /var/lib/machines');
  });

  it('an undo journal causes an error with its path if it cannot be read', async () => {
    await create();
    const journal = '/var/lib/nixos-nspawn/journal/plain.jsonl';
    for (const [make, exitCode, code] of [
      [`mkdir ${journal}`, 1, 'bad-journal'],
      [`echo '{"begin":{"version":2,"operation":"update"}}' >${journal}`, 10, 'newer-format'],
    ] as const) {
      await shell(`mkdir -p /var/lib/nixos-nspawn/journal; ${make}`);
      expect(await tool().fail(exitCode, ['rollback', 'plain'])).to.include({ code, path: journal });
      expect((await tool().ask(['status', 'plain'])).code).to.equal(0);
      await shell(`rm -r ${journal}`);
    }
    await remove();
  });

  it('an undo journal with other paths is refused', async () => {
    await create();
    await shell('mkdir -p /root/precious && touch /root/precious/file');
    const forged = [
      { begin: { version: 1, operation: 'create', pid: 1, started: new Date().toISOString() } },
      { undo: { do: 'stop-machine', name: 'plain', service: SERVICE } },
      { undo: { do: 'remove-tree', path: '/root/precious' } },
    ];
    await shell('mkdir -p /var/lib/nixos-nspawn/journal');
    await host().writeFile(
      '/var/lib/nixos-nspawn/journal/plain.jsonl',
      forged.map((line) => `${JSON.stringify(line)}\n`).join(''),
      0o600,
    );
    const running = await leader();
    const looked = await tool().get(['status', 'plain']);
    expect(warningOf(looked, 'bad-journal')).to.include('/root/precious');
    expect(await tool().fail(1, ['remove', 'plain'])).to.include({ code: 'bad-journal', line: 3 });
    expect(await host().has('/root/precious/file')).to.equal(true);
    expect(await leader()).to.equal(running);
    await shell('rm -r /root/precious /var/lib/nixos-nspawn/journal');
    await remove();
  });

  it('other users can read what they need, whatever the umask is', async () => {
    await shell('rm -rf /nix/var/nix/profiles/per-nspawn /etc/systemd/nspawn /var/lib/nixos-nspawn');
    await shell(`umask 077; nixos-nspawn create plain --flake '${flakeOf('plain')}'`);
    const closed = await host().ask([
      'find',
      ...['/etc/systemd', '/nix/var/nix/profiles/per-nspawn', '/var/lib/nixos-nspawn'],
      ...['-maxdepth', '2', '-type', 'd', '!', '-perm', '-005'],
    ]);
    expect(closed).to.equal('');
    const listed = await host().ask([
      'sh',
      '-c',
      'cd / && exec setpriv --reuid=nobody --regid=nogroup --clear-groups nixos-nspawn list --json',
    ]);
    expect(listed).to.include('"plain"');
    await remove();
  });

  it('other users see what they are permitted to, even in a directory that they cannot read', async () => {
    await create();
    await shell('mkdir -m 700 /srv/closed');
    const run = (...args: string[]) => {
      const user = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] as const;
      return host().run([...user, 'nixos-nspawn', ...args], { check: false, cwd: '/srv/closed' });
    };
    const asNobody = async (...args: string[]) => {
      const { stdout, code } = await run(...args, '--json');
      return { code, document: JSON.parse(stdout) };
    };
    const status = await asNobody('status', 'plain');
    expect([status.code, status.document.state, status.document.problem]).to.deep.equal([0, 'running', null]);
    expect(status.document.needs_root).to.include.members(['source', 'running_generation', 'state_size']);
    const generations = await asNobody('list-generations', 'plain', '--size');
    expect(generations.code).to.equal(0);
    expect(generations.document[0]).to.include({ generation: 1, running: null });
    expect((await asNobody('doctor')).code).to.equal(0);
    for (const args of [
      ['prune', 'plain', '--keep', '1', '--dry-run'],
      ['logs', 'plain'],
      ['run', 'plain', '--', 'true'],
      ['update', '--all'],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stdout], args.join(' ')).to.deep.equal([7, '']);
      expect(stderr).to.include('needs root');
    }
    expect((await asNobody('create', 'x', '--flake', '.#x')).document.error).to.include({
      code: 'no-such-directory',
    });
    await shell('rmdir /srv/closed');
    await remove();
  });

  it('after machinectl remove, the command that start suggests restores the container', async () => {
    await create();
    await tool().get(['stop', 'plain']);
    // machinectl cannot delete the immutable directory of NixOS.
    await shell(`chattr -i ${STATE}/var/empty; machinectl remove plain`);
    const { document } = await tool().ask<{ error: { code: string; next_steps: string[] } }[]>([
      'start',
      'plain',
    ]);
    expect(document[0]?.error.code).to.equal('incomplete');
    const line = /'nixos-nspawn ([^']+)'/.exec(document[0]?.error.next_steps[0] ?? '')?.[1] ?? '';
    expect(await tool().get(line.split(' '))).to.include({ state: 'running', generation: 1 });
    await remove();
  });

  it('an unknown zone causes a warning with a suggestion', async () => {
    await host().writeFile('/etc/systemd/network/20-vz-lab.network', '[Match]\nName=vz-lab\n');
    const closure = (zone: string) =>
      host().ask([
        'nix-build',
        '--no-out-link',
        '/opt/nixos-nspawn/test/fixtures/profile.nix',
        ...['--argstr', 'name', 'plain', '--argstr', 'settings', JSON.stringify({ data: { zone } })],
      ]);
    const made = await tool().get(['create', 'plain', '--profile', await closure('labb')]);
    expect(warningOf(made, 'zone-unknown')).to.include("Did you mean 'lab'?");
    const { warnings } = await tool().get(['update', 'plain', '--profile', await closure('lab')]);
    expect(warnings).to.deep.equal([]);
    await host().run(['rm', '/etc/systemd/network/20-vz-lab.network']);
    await remove();
  });

  describe('the record', () => {
    const RECORD = '/var/lib/nixos-nspawn/containers/plain.json';
    const PROFILE = '/nix/var/nix/profiles/per-nspawn/plain/system';
    const named = <T extends { name: string }>(documents: readonly T[], name: string) =>
      documents.find((document) => document.name === name);
    const built = (generation: string) =>
      host().ask([
        'nix-build',
        '--no-out-link',
        '/opt/nixos-nspawn/test/fixtures/profile.nix',
        ...['--argstr', 'name', 'plain', '--argstr', 'generation', generation],
      ]);

    before(async () => {
      await create();
      await tool().create('many-01');
      await shell(`cp ${RECORD} /srv/record`);
    });

    after(async () => {
      await remove();
      await tool().get(['remove', 'many-01', '--delete-state']);
    });

    for (const [what, make, code, words] of [
      ['is empty', `>${RECORD}`, 'record-unreadable', 'is empty'],
      ['is truncated', `head -c 50 /srv/record >${RECORD}`, 'record-unreadable', 'is not valid JSON'],
      [
        'has a wrong type',
        `sed 's/"presets": .*/"presets": 3,/' /srv/record >${RECORD}`,
        'record-unreadable',
        'presets',
      ],
      ['is a directory', `mkdir ${RECORD}`, 'record-unreadable', 'is a directory'],
      [
        'has a newer format',
        `sed 's/"version": 1/"version": 2/' /srv/record >${RECORD}`,
        'newer-format',
        'it has format version 2, but this program supports version 1',
      ],
    ] as const) {
      it(`causes an error with its path if it ${what}, without hiding other containers`, async () => {
        await shell(`rm -r ${RECORD}; ${make}`);
        for (const verb of [
          ['update', 'plain'],
          ['update', 'plain', '--flake', flakeOf('plain')],
          ['rollback', 'plain'],
        ]) {
          const error = await tool().fail(10, verb);
          expect(error, verb.join(' ')).to.include({ code, path: RECORD });
          expect(error.message).to.include(words);
        }
        const all = await tool().ask<{ name: string; outcome: string; code: string | null }[]>([
          'update',
          '--all',
        ]);
        expect(all.code).to.equal(10);
        expect(named(all.document, 'plain')).to.include({ outcome: 'failed', code });
        expect(named(all.document, 'many-01')).to.include({ outcome: 'unchanged' });
        for (const verb of ['list', 'status']) {
          const told = await tool().get<{ name: string; state: string; problem: string | null }[]>([verb]);
          expect(named(told, 'plain')?.problem, verb).to.include(RECORD);
          expect(named(told, 'many-01'), verb).to.include({ state: 'running', problem: null });
        }
        expect(await tool().get(['status', 'plain'])).to.include({ state: 'running', source: null });
      });
    }

    it('does not prevent a removal if it is damaged', async () => {
      await shell(`rm -r ${RECORD}; echo '{' >${RECORD}`);
      expect(warningOf(await remove(), 'record-unreadable')).to.include(RECORD);
      expect(await host().has(RECORD)).to.equal(false);
      await create();
    });

    it('does not apply to a generation that another tool set', async () => {
      const [later, foreign] = [await built('7'), await built('8')];
      await tool().get(['update', 'plain', '--profile', later]);
      await shell(`nix-env --profile ${PROFILE} --rollback`);
      expect((await tool().get(['status', 'plain'])).source).to.deep.equal({ kind: 'profile', path: later });
      await shell(`nix-env --profile ${PROFILE} --set ${foreign}`);
      expect(await tool().get(['status', 'plain'])).to.deep.include({ source: null, presets: [] });
      const error = await tool().fail(64, ['update', 'plain']);
      expect(error).to.include({ code: 'no-stored-source' });
      expect(error.message).to.include(later);
      const all = await tool().get<{ name: string; outcome: string; code: string | null }[]>([
        'update',
        '--all',
      ]);
      expect(named(all, 'plain')).to.include({ outcome: 'skipped', code: 'no-stored-source' });
      await tool().get(['rollback', 'plain']);
      expect((await tool().get(['status', 'plain'])).source).to.deep.equal({ kind: 'profile', path: later });
    });

    it('does not apply to a container that another tool created with the same name', async () => {
      const other = await built('9');
      await shell(`systemctl stop ${SERVICE}
        rm -r ${PROFILE.replace('/system', '')}
        mkdir ${PROFILE.replace('/system', '')}
        nix-env --profile ${PROFILE} --set ${other}`);
      expect(await tool().get(['status', 'plain'])).to.include({ source: null });
      expect(await tool().fail(64, ['update', 'plain'])).to.include({ code: 'no-stored-source' });
      await tool().get(['update', 'plain', '--profile', other]);
      expect((await tool().get(['status', 'plain'])).source).to.deep.equal({ kind: 'profile', path: other });
    });
  });
});
