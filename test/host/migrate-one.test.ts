import { expect } from 'chai';
import { answers } from './by-hand.js';
import { REPOSITORY, waitFor } from './host.js';
import { CONF, CONFIGURATION, makeOldContainer, makeOldUnit } from './old-containers.js';
import { describeOnHost } from './suite.js';
import { type Document, nextStepsOf, Tool, warningOf } from './tool.js';

const OLD = '/var/lib/nixos-containers/web';
const STATE = '/var/lib/machines/web';
const CONF_FILE = '/etc/nixos-containers/web.conf';
const MADE = '/etc/nixos-nspawn/containers/web';
const MIGRATION = '/var/lib/nixos-nspawn/migrations/web.json';
const MASK = '/etc/systemd/system.control/container@web.service';

/** An attribute, and an access list that lets user 1000 read (acl_ea_header in linux/posix_acl_xattr.h). */
const SET_ATTRIBUTES = `import os, struct
os.setxattr("data", "user.note", b"kept")
entries = [(1, 7, -1), (2, 4, 1000), (4, 0, -1), (16, 4, -1), (32, 0, -1)]
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
os.setxattr("private", "system.posix_acl_access", acl)`;

const ATTRIBUTES_OF = `import os
for path in ["data", "private"]:
    print(path, [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path))])`;

describeOnHost('migrate NAME', 'migrate-one', (host) => {
  const tool = () => new Tool(host());
  const shell = (script: string) => host().ask(['bash', '-euc', script]);
  const env = { NIXOS_NSPAWN_NIXPKGS: `${REPOSITORY}/test/fixtures/nixpkgs` };
  const migrate = (...args: string[]) => tool().get(['migrate', 'web', ...args], { env });
  const refuse = (code: number, ...args: string[]) => tool().fail(code, ['migrate', 'web', ...args], { env });
  const stateOf = (unit: string) => shell(`systemctl show --property=ActiveState --value ${unit}`);
  const page = (address: string) => answers(host(), `http://${address}/`);
  /** A NixOS without the files of nixos-nspawn, as `nixos-container` builds it. */
  let system: string;
  /** One with them. */
  let closure: string;

  /** Owners, modes, contents, links, access lists and attributes of files that only the tests write. */
  const files = (root: string) =>
    shell(
      `cd ${root}/srv; find . -mindepth 1 -printf '%p %U %G %m %y %s %l %n %t\\n' | sort; sha256sum data; python3 -c '${ATTRIBUTES_OF}'`,
    );

  /** Removes the old container. Its /var/empty is immutable. */
  const clear = () => shell(`chattr -R -f -i ${OLD} || true; rm -rf ${OLD} ${CONF_FILE}`);

  const makeWeb = (conf = CONF(1, { AUTO_START: '1' }), name = 'web', home = 'nixos-') =>
    makeOldContainer(host(), {
      name,
      conf,
      closure: system,
      configuration: CONFIGURATION(name, 'imports = [ ./greeting.nix ];'),
      isOlder: home === '',
    });

  before(async function () {
    this.timeout(300_000);
    closure = await host().buildFixture('web');
    system = await shell(`dirname $(readlink -f ${closure}/init)`);
    await makeOldUnit(host());
    await makeWeb();
    await host().writeFile(`${OLD}/etc/nixos/greeting.nix`, '{ fixture.greeting = 7; }\n');
    await shell(`cd ${OLD}; mkdir -p srv/private; echo precious >srv/data; ln srv/data srv/hard; ln -s data srv/soft
      chown 1234:4321 srv/data; chmod 4711 srv/data; truncate -s 1G srv/sparse; mkfifo srv/pipe
      chmod 700 srv/private; chown 33:33 srv/private
      cd srv; python3 -c '${SET_ATTRIBUTES}'`);
  });

  describe('of a container that runs', () => {
    before(async () => {
      await shell('systemctl start container@web');
    });

    it('--dry-run lists every change, and changes nothing', async () => {
      const before = await host().snapshot();
      const plan = await migrate('--dry-run');
      expect(plan).to.deep.include({
        name: 'web',
        would_restart: true,
        would_move: { from: OLD, to: STATE },
        would_copy: false,
        would_block: 'container@web.service',
        untranslated: [],
      });
      expect(plan.would_create).to.include.members([MADE, MASK, MIGRATION]);
      expect(plan.would_keep).to.include.members([CONF_FILE, '/nix/var/nix/profiles/per-container/web']);
      const text = await host().run(['nixos-nspawn', 'migrate', 'web', '--dry-run'], { env });
      expect(text.stdout)
        .to.include(`  move   ${OLD} -> ${STATE}`)
        .and.include('  block  container@web.service');
      const changes = await host().changesSince(before);
      expect(changes.filter((change) => !change.includes('/var/log/journal/'))).to.deep.equal([]);
    });

    it('takes it over: it is reached by its old address, and its files are as before', async () => {
      expect(await page('10.233.1.2')).to.equal('hello from web generation 1');
      const before = await files(OLD);
      const result = await migrate();
      expect(result).to.deep.include({
        name: 'web',
        migrated: true,
        state: 'running',
        generation: 1,
        state_moved: true,
        restarted: true,
        auto_start: true,
        problem: null,
      });
      expect(result.addresses).to.include('10.233.1.2');
      expect(await page('10.233.1.2')).to.equal('hello from configured generation 7');
      expect(await files(STATE)).to.equal(before);
      expect(await host().has(OLD)).to.equal(false);
      expect(result.kept).to.include.members([CONF_FILE, '/nix/var/nix/profiles/per-container/web']);
    });

    it('the old one cannot be started beside the new one', async () => {
      const { code, stderr } = await host().run(['systemctl', 'start', 'container@web'], { check: false });
      expect(code, stderr).to.not.equal(0);
      expect(await host().has(OLD)).to.equal(false);
      await tool().get(['stop', 'web']);
      await host().run(['systemctl', 'start', 'container@web'], { check: false });
      expect(await stateOf('container@web')).to.equal('inactive');
      await tool().get(['start', 'web']);
    });

    it('changes that would prevent the way back are refused, and updates work', async () => {
      for (const args of [
        ['remove', 'web'],
        ['reset', 'web'],
        ['rename', 'web', 'shop', '--restart'],
        ['migrate', 'web'],
      ])
        expect(await tool().fail(10, args), args.join(' ')).to.include({ code: 'migration-unfinished' });
      await host().writeFile(`${MADE}/nixos/greeting.nix`, '{ fixture.greeting = 8; }\n');
      await tool().get(['update', 'web', '--strategy', 'restart'], { env });
      expect(await page('10.233.1.2')).to.equal('hello from configured generation 8');
      await host().writeFile(`${MADE}/nixos/greeting.nix`, '{ fixture.greeting = 7; }\n');
    });

    it('--undo goes back, with the state as it is now', async () => {
      await shell(`echo new >${STATE}/srv/new`);
      const plan = await tool().get(['migrate', '--undo', 'web', '--dry-run']);
      expect(plan).to.deep.include({ would_restart: true, would_move: { from: STATE, to: OLD } });
      const result = await tool().get(['migrate', '--undo', 'web']);
      expect(result).to.deep.include({ name: 'web', undone: true, state_dir: OLD, restarted: true });
      expect(await page('10.233.1.2')).to.equal('hello from web generation 1');
      expect(await shell(`cat ${OLD}/srv/new; rm ${OLD}/srv/new`)).to.equal('new');
      expect(await tool().get(['list'])).to.deep.equal([]);
      const left = await shell(
        `find /etc/systemd /etc/nixos-nspawn /var/lib/nixos-nspawn /run/systemd/system ${STATE} /nix/var/nix/profiles/per-nspawn -name '*web*' 2>/dev/null || true`,
      );
      expect(left).to.equal('');
      expect(await tool().fail(10, ['migrate', '--undo', 'web'])).to.include({ code: 'no-migration' });
    });

    it('--finish needs a running container, and deletes what is left of the old one', async () => {
      await migrate();
      await tool().get(['stop', 'web']);
      expect(await tool().fail(10, ['migrate', '--finish', 'web'])).to.include({ code: 'not-running' });
      await tool().get(['start', 'web']);
      const { would_delete: wouldDelete } = await tool().get(['migrate', '--finish', 'web', '--dry-run']);
      const result = await tool().get(['migrate', '--finish', 'web']);
      expect(result).to.deep.include({ name: 'web', finished: true, state: 'running', deleted: wouldDelete });
      const left = await shell(
        'find /etc/nixos-containers /nix/var/nix/profiles/per-container /nix/var/nix/gcroots/per-container /var/lib/nixos-containers /var/lib/nixos-nspawn/migrations -name "*web*" 2>/dev/null || true',
      );
      expect(left).to.equal('');
      expect(await host().has(MASK)).to.equal(false);
      expect(await page('10.233.1.2')).to.equal('hello from configured generation 7');
      expect(await tool().fail(10, ['migrate', '--finish', 'web'])).to.include({ code: 'no-migration' });
      expect(await refuse(4)).to.include({ code: 'exists' });
      await tool().get(['remove', 'web', '--delete-state']);
      await shell(`rm -r ${MADE}`);
    });
  });

  describe('of a container that does not run', () => {
    beforeEach(async () => {
      await clear();
      await makeWeb();
      await host().writeFile(`${OLD}/etc/nixos/greeting.nix`, '{ fixture.greeting = 7; }\n');
      await shell(`mkdir ${OLD}/srv; echo precious >${OLD}/srv/data`);
    });

    afterEach(async () => {
      await host().run(['nixos-nspawn', 'migrate', '--undo', 'web'], { check: false });
      expect(await host().has(STATE)).to.equal(false);
    });

    it('takes it over and leaves it stopped, without a unit of the old one', async () => {
      await shell('mv /etc/systemd/system/container@.service /root; systemctl daemon-reload');
      const result = await migrate();
      expect(result).to.deep.include({ state: 'stopped', restarted: false, state_moved: true });
      expect(await shell(`cat ${STATE}/srv/data`)).to.equal('precious');
      const undone = await tool().get(['migrate', '--undo', 'web']);
      expect(undone).to.deep.include({ restarted: false });
      await shell('mv /root/container@.service /etc/systemd/system; systemctl daemon-reload');
    });

    it('uses its profile as generation 1 if that is a container of nixos-nspawn, and tells what differs', async () => {
      await makeOldContainer(host(), {
        name: 'web',
        conf: CONF(1, { HOST_PORT: 'tcp:8484:80', AUTO_START: '0' }),
        closure,
        configuration: 'this is not Nix',
      });
      const result = await migrate();
      expect(result.source).to.deep.equal({ kind: 'profile', path: closure });
      const told = (result.warnings as Document[]).map(({ message }) => message).join('\n');
      expect(told)
        .to.include('does not forward the port tcp:8484:80')
        .and.include('does not have the address 10.233.1.1')
        .and.include('now starts with the host');
      expect(await host().has(MADE)).to.equal(false);
    });

    it('takes a configuration of the user', async () => {
      await host().writeFile('/srv/own.nix', '{ fixture.greeting = 9; }\n');
      const result = await migrate('--config', '/srv/own.nix', '--preset', 'expose:8484:80');
      expect(result.source).to.deep.include({ kind: 'config', file: '/srv/own.nix' });
      expect(await host().has(MADE)).to.equal(false);
    });

    it('copies its state from another file system, compares it, and brings it back', async () => {
      await shell(`mkdir -p /srv/machines; chmod 700 /srv/machines; mount --bind /srv/machines /var/lib/machines
        cd ${OLD}/srv; mkdir private; ln data hard; truncate -s 1G sparse; chown 1234:4321 data; chmod 4711 data
        touch -d 2020-01-02 data; python3 -c '${SET_ATTRIBUTES}'`);
      try {
        const before = await files(OLD);
        expect(await migrate('--dry-run')).to.deep.include({ would_copy: true });
        const result = await migrate();
        expect(result).to.deep.include({ state_moved: false });
        expect(result.kept).to.include(OLD);
        expect(await files(STATE)).to.equal(before);
        expect(Number(await shell(`du --block-size=1M ${STATE}/srv/sparse | cut -f 1`))).to.be.lessThan(10);
        await shell(`echo new >${STATE}/srv/new`);
        await tool().get(['migrate', '--undo', 'web']);
        expect(await shell(`cat ${OLD}/srv/new`)).to.equal('new');
        expect(await shell('ls -A /srv/machines')).to.equal('');
        await shell(`rm ${OLD}/srv/new`);
        expect(await files(OLD)).to.equal(before);
      } finally {
        await shell('umount /var/lib/machines');
      }
    });

    it('brings files back to users of the host if the new container had a user namespace', async () => {
      // The kernel does not map IDs on an overlay, which the host's own file system is.
      await shell('mkdir -p -m 700 /srv/machines; mount --bind /srv/machines /var/lib/machines');
      try {
        await host().writeFile('/srv/own.nix', '{ nixosContainer.userNamespacing = true; }\n');
        await migrate('--config', '/srv/own.nix');
        await tool().get(['start', 'web']);
        expect(Number(await shell(`stat --format=%u ${STATE}/srv/data`))).to.be.greaterThan(65535);
        await tool().get(['migrate', '--undo', 'web']);
        expect(await shell(`stat --format=%u ${OLD}/srv/data`)).to.equal('0');
        expect(await page('10.233.1.2')).to.equal('hello from web generation 1');
      } finally {
        await shell('systemctl stop container@web; umount /var/lib/machines');
      }
    });

    it('stays as it is if the old container does not start again', async () => {
      await migrate();
      await tool().get(['start', 'web']);
      const dropIn = '/etc/systemd/system/container@web.service.d/broken.conf';
      await host().writeFile(dropIn, '[Service]\nExecStartPre=/usr/bin/false\nRestart=no\n');
      await shell('systemctl daemon-reload');
      expect(await tool().fail(11, ['migrate', '--undo', 'web'])).to.include({ code: 'not-started' });
      expect(await page('10.233.1.2')).to.equal('hello from configured generation 7');
      expect([await host().has(MASK), await host().has(MIGRATION), await host().has(OLD)]).to.deep.equal([
        true,
        true,
        false,
      ]);
      await shell(`rm -r $(dirname ${dropIn}); systemctl daemon-reload`);
      await tool().get(['migrate', '--undo', 'web']);
      expect(await page('10.233.1.2')).to.equal('hello from web generation 1');
      await shell('systemctl stop container@web');
    });

    it('moves a link to a state directory on another disk', async () => {
      await shell(`mv ${OLD} /srv/web-state; ln -s /srv/web-state ${OLD}`);
      expect(await migrate()).to.deep.include({ state_moved: true });
      expect(await shell(`readlink ${STATE}`)).to.equal('/srv/web-state');
      await tool().get(['start', 'web']);
      expect(await page('10.233.1.2')).to.equal('hello from configured generation 7');
      await tool().get(['migrate', '--undo', 'web']);
      expect(await shell(`readlink ${OLD}`)).to.equal('/srv/web-state');
      await shell(
        `systemctl stop container@web; rm ${OLD}; chattr -R -f -i /srv/web-state || true; rm -r /srv/web-state`,
      );
    });

    it('keeps a configuration that was changed since, and then needs it out of the way', async () => {
      await migrate();
      await shell(`echo '# changed' >>${MADE}/container.nix`);
      const result = await tool().get(['migrate', '--undo', 'web']);
      expect(result).to.deep.include({ configuration: MADE });
      expect(warningOf(result, 'configuration-kept')).to.include(MADE);
      expect(await refuse(5)).to.include({ code: 'path-in-the-way', path: MADE });
      const again = await migrate('--config', `${MADE}/container.nix`);
      expect(again).to.deep.include({ migrated: true });
      await shell(`rm -r ${MADE}`);
    });

    it('copies no link out of the container', async () => {
      await shell(`ln -s /etc/shadow ${OLD}/etc/nixos/secret.nix`);
      const result = await migrate();
      expect(warningOf(result, 'link-not-copied')).to.include('secret.nix');
      expect(await shell(`ls ${MADE}/nixos`)).to.equal('configuration.nix\ngreeting.nix');
    });

    it('works with the places of NixOS before 22.05', async () => {
      await shell(
        `rm -rf ${OLD} ${CONF_FILE}; chattr -i /var/lib/containers/web/var/empty 2>/dev/null || true`,
      );
      await makeWeb(CONF(1), 'web', '');
      await host().writeFile('/var/lib/containers/web/etc/nixos/greeting.nix', '{ }\n');
      const result = await migrate();
      expect(result.kept).to.include('/etc/containers/web.conf');
      await tool().get(['migrate', '--undo', 'web']);
      expect(await host().has('/var/lib/containers/web/etc/nixos')).to.equal(true);
      await shell('rm -r /etc/containers/web.conf /var/lib/containers/web');
    });
  });

  describe('is refused, and changes nothing', () => {
    const conf = (more: string) => host().writeFile(CONF_FILE, `${CONF(1)}${more}`);

    beforeEach(async () => {
      await clear();
      await makeWeb();
      await host().writeFile(`${OLD}/etc/nixos/greeting.nix`, '{ }\n');
    });

    afterEach(async () => {
      expect(await host().has(`${OLD}/etc/nixos/configuration.nix`), 'the state is still there').to.equal(
        true,
      );
      for (const path of [STATE, MADE, MASK, MIGRATION, '/etc/systemd/nspawn/web.nspawn'])
        expect(await host().has(path), path).to.equal(false);
    });

    it('with settings that have no option, unless the losses are accepted', async () => {
      await conf('EXTRA_NSPAWN_FLAGS=--drop-capability=CAP_SYS_CHROOT\n');
      const error = await refuse(10);
      expect(error).to.include({ code: 'not-translated' });
      expect(JSON.stringify(error)).to.include('--drop-capability=CAP_SYS_CHROOT');
      const result = await migrate('--accept-losses');
      expect(warningOf(result, 'not-translated')).to.include('--drop-capability');
      await tool().get(['migrate', '--undo', 'web']);
    });

    it('if the host declares it', async () => {
      await conf('SYSTEM_PATH=/nix/store/x\n');
      const error = await refuse(5);
      expect(error).to.include({ code: 'declarative' });
      expect(nextStepsOf(error)).to.include('migrate --to-nix web');
      await shell(`mv ${CONF_FILE} /srv/web.conf; ln -s /srv/web.conf ${CONF_FILE}`);
      expect(await refuse(5)).to.include({ code: 'declarative' });
    });

    it('without a configuration, or with one in a flake', async () => {
      await shell(`mv ${OLD}/etc/nixos/configuration.nix /srv`);
      expect(await refuse(64)).to.include({ code: 'no-source' });
      await shell(`mv /srv/configuration.nix ${OLD}/etc/nixos`);
      await conf('FLAKE=git+https://example.org/web\n');
      const error = await refuse(64);
      expect(JSON.stringify(error)).to.include('git+https://example.org/web');
    });

    it('if the configuration does not evaluate, or does not start', async () => {
      await shell('systemctl start container@web');
      await host().writeFile(`${OLD}/etc/nixos/greeting.nix`, '{ nixosContainer.zone = ; }\n');
      await refuse(11);
      expect(await stateOf('container@web')).to.equal('active');
      await host().writeFile(
        `${OLD}/etc/nixos/greeting.nix`,
        '{ systemd.nspawn.web.settings.Exec.Parameters = "/no/such/init"; }\n',
      );
      expect(await refuse(11)).to.include({ code: 'not-started' });
      expect(await stateOf('container@web')).to.equal('active');
      expect(await page('10.233.1.2')).to.equal('hello from web generation 1');
      await shell('systemctl stop container@web');
    });

    it('for names that are unknown, invalid or taken', async () => {
      const wrong = await tool().fail(2, ['migrate', 'wbe']);
      expect(nextStepsOf(wrong)).to.include("Did you mean 'web'?");
      await makeWeb(CONF(2), 'a_b');
      const invalid = await tool().fail(64, ['migrate', 'a_b'], { env });
      expect(invalid).to.include({ code: 'invalid-name' });
      await shell('rm -r /etc/nixos-containers/a_b.conf /var/lib/nixos-containers/a_b');
      await tool().fail(64, ['migrate']);
      await tool().fail(64, ['migrate', 'web', 'mail']);
      await tool().fail(64, ['migrate', '--undo', '--finish', 'web']);
      await makeWeb(CONF(2), 'plain');
      await tool().create('plain');
      const taken = await tool().fail(4, ['migrate', 'plain'], { env });
      expect(nextStepsOf(taken)).to.include('nixos-nspawn rename plain');
      await shell('rm -r /etc/nixos-containers/plain.conf /var/lib/nixos-containers/plain');
      expect(await tool().fail(4, ['migrate', 'plain'])).to.include({ code: 'exists' });
      await tool().get(['remove', 'plain', '--delete-state']);
    });

    it('if its state or the new place is a mount point or in the way', async () => {
      await shell(`mkdir ${OLD}/srv; mount -t tmpfs none ${OLD}/srv`);
      const error = await refuse(10);
      expect(error).to.include({ code: 'state-outside', path: `${OLD}/srv` });
      await shell(`umount ${OLD}/srv; mkdir ${STATE}`);
      expect(await refuse(5)).to.include({ code: 'path-in-the-way' });
      await shell(`rmdir ${STATE}; mkdir -p ${MADE}`);
      expect(await refuse(5)).to.include({ code: 'path-in-the-way' });
      await shell(`rmdir -p ${MADE} --ignore-fail-on-non-empty`);
    });

    it('while another machine has its name', async () => {
      await shell(
        `systemd-run --unit=other -p Type=notify systemd-nspawn --quiet --keep-unit -M web --directory=/ --volatile=yes --notify-ready=no sleep infinity`,
      );
      await waitFor('the machine', () => host().ask(['machinectl', 'show', 'web']));
      expect(await refuse(4)).to.include({ code: 'exists' });
      await shell('systemctl stop other');
    });
  });

  describe('of the Python tool', () => {
    it('says of a container of the Python tool that nothing has to be done, and moves its drop-in on request', async () => {
      await clear();
      await tool().create('web');
      const service = 'systemd-nspawn@web.service.d';
      await shell(`mkdir -p /run/systemd/system/${service}
      mv /etc/systemd/system/${service}/50-nixos-nspawn.conf /run/systemd/system/${service}/override.conf
      rm /var/lib/nixos-nspawn/containers/web.json; systemctl daemon-reload`);
      const dropIn = `/run/systemd/system/${service}/override.conf`;
      expect(await tool().get(['migrate', 'web'])).to.deep.include({
        migrated: false,
        state: 'running',
        temporary_drop_in: dropIn,
      });
      const { would_move_drop_in: move } = await tool().get(['migrate', 'web', '--dry-run']);
      expect(move).to.deep.include({ from: dropIn });
      expect(await tool().get(['migrate', 'web', '--yes'])).to.deep.include({ temporary_drop_in: null });
      expect(await host().has(dropIn)).to.equal(false);
      expect(await host().has(`/etc/systemd/system/${service}/50-nixos-nspawn.conf`)).to.equal(true);
      await tool().get(['remove', 'web', '--delete-state']);
    });
  });
});
