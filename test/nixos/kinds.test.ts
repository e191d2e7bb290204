import { expect } from 'chai';
import { describeNixos } from './suite.js';

describeNixos('a container of NixOS', 'kinds', (containers, host) => {
  const updated = async (name: string, content: { page?: number; settings: string }) => {
    const { code, document, stderr } = await containers().update(name, content);
    expect(code, `${JSON.stringify(document)}\n${stderr}`).to.equal(0);
    return document;
  };

  it('has the time zone of its configuration after boot and after a reload', async () => {
    const zone = (name: string) =>
      `time.timeZone = "${name}"; nixosContainer.activation.strategy = "dynamic";`;
    await containers().create('clock', { settings: zone('Europe/Berlin') });
    expect(await containers().inside('clock', 'date', '+%Z')).to.match(/^CES?T$/);
    await updated('clock', { settings: zone('Asia/Tokyo') });
    expect(await containers().inside('clock', 'date', '+%Z')).to.equal('JST');
  });

  it('has the users of its configuration, and a new one after a reload', async () => {
    const users = (...names: string[]) =>
      `nixosContainer.activation.strategy = "reload";\n${names
        .map((name) => `users.users.${name} = { isNormalUser = true; extraGroups = [ "wheel" ]; };`)
        .join('\n')}`;
    await containers().create('people', { settings: users('alice') });
    const groups = (user: string) => containers().inside('people', 'id', '--groups', '--name', user);
    expect((await groups('alice')).split(' ')).to.include.members(['users', 'wheel']);
    await updated('people', { settings: users('alice', 'bob') });
    expect((await groups('bob')).split(' ')).to.include('wheel');
    const home = await host().run([
      'nixos-nspawn',
      'run',
      'people',
      '--user',
      'bob',
      '--',
      'bash',
      '-lc',
      'cd && touch here && pwd',
    ]);
    expect(home.stdout).to.equal('/home/bob\n');
  });

  it('can have a user namespace, and then reloads without a failed unit', async () => {
    const settings = `nixosContainer.userNamespacing = true;
      nixosContainer.activation.strategy = "reload";
      nixosContainer.bindMounts = [
        { hostPath = "/var/mapped"; containerPath = "/data"; create = true; options = [ "rootidmap" ]; }
      ];`;
    await containers().create('mapped', { settings });
    const leader = await containers().leader('mapped');
    expect(await host().ask(['cat', `/proc/${leader}/uid_map`])).to.not.match(/^ *0 +0 /);
    await containers().inside('mapped', 'touch', '/data/made-inside');
    expect(await host().ask(['stat', '--format=%U', '/var/mapped/made-inside'])).to.equal('root');
    expect(await containers().failedUnits('mapped')).to.deep.equal([]);
    expect(await updated('mapped', { page: 2, settings })).to.include({ activation: 'reload' });
    expect(await containers().page('mapped')).to.equal('hello from mapped, page 2');
    expect(await containers().failedUnits('mapped')).to.deep.equal([]);
    expect(await containers().leader('mapped')).to.equal(leader);
  });

  it('has only its own closure in the store without sharedNix', async () => {
    const settings = 'nixosContainer.sharedNix = false; nixosContainer.activation.strategy = "dynamic";';
    await containers().create('own', { settings });
    expect(await containers().page('own')).to.equal('hello from own, page 1');
    expect(await containers().failedUnits('own')).to.deep.equal([]);
    const inside = (await containers().inside('own', 'ls', '/nix/store')).split('\n');
    const outside = (await host().ask(['ls', '/nix/store'])).split('\n');
    expect(inside.length).to.be.lessThan(outside.length);
    expect(inside.filter((path) => path.endsWith('.drv'))).to.deep.equal([]);
    await updated('own', { page: 2, settings });
    expect(await containers().page('own')).to.equal('hello from own, page 2');
  });

  it("can build with the host's Nix daemon if its socket is mounted", async () => {
    await containers().startNixDaemon();
    await containers().create('builder', {
      settings: `nixosContainer.mountDaemonSocket = true;
        nix.settings.experimental-features = [ "nix-command" ];`,
    });
    const expression = `derivation { name = "made-inside"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo made >$out" ]; }`;
    const path = await containers().inside(
      'builder',
      'nix',
      'build',
      '--impure',
      '--no-link',
      '--print-out-paths',
      '--expr',
      expression,
    );
    expect(await host().readFile(path)).to.equal('made\n');
  });

  it('passes plain and encrypted credentials to services', async () => {
    await host().writeFile('/root/token', 'plain secret', 0o600);
    await host().run([
      'bash',
      '-euc',
      'systemd-creds setup; echo -n "encrypted secret" | systemd-creds encrypt --name=sealed - /root/sealed',
    ]);
    await containers().create('keeper', {
      settings: `nixosContainer.credentials = [
          { id = "token"; path = "/root/token"; }
          { id = "sealed"; path = "/root/sealed"; encrypted = true; }
        ];
        systemd.services.reader = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            LoadCredential = [ "token:token" "sealed:sealed" ];
          };
          script = "cat $CREDENTIALS_DIRECTORY/token $CREDENTIALS_DIRECTORY/sealed >/run/read";
        };`,
    });
    expect(await containers().failedUnits('keeper')).to.deep.equal([]);
    expect(await containers().inside('keeper', 'cat', '/run/read')).to.equal('plain secretencrypted secret');
  });

  it('keeps nothing after a stop if it is ephemeral, neither inside nor on the host', async () => {
    // systemd-nspawn runs a copy of the state directory with the name `.#machine.brief…`, or since version 262
    // `.#snapshot.brief…`.
    const copies = async () => {
      const entries = (await host().ask(['ls', '-A', '/var/lib/machines'])).split('\n');
      return entries.filter((entry) => /^\.#(machine|snapshot)\.brief/.test(entry));
    };
    await containers().create('brief', { settings: 'nixosContainer.ephemeral = true;' });
    await containers().inside('brief', 'touch', '/var/lib/kept');
    expect(await copies()).to.have.lengthOf(1);
    await containers().tool.get(['restart', 'brief']);
    expect(await containers().page('brief')).to.equal('hello from brief, page 1');
    expect(await containers().inside('brief', 'ls', '/var/lib')).to.not.contain('kept');
    await containers().tool.get(['stop', 'brief']);
    expect(await copies()).to.deep.equal([]);
  });
});
