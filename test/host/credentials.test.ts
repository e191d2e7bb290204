import { expect } from 'chai';
import { type Argv, REPOSITORY, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, Tool } from './tool.js';

interface Status {
  credentials: { id: string; path: string; changed: boolean | null }[];
  needs_root: string[];
}

interface Change extends Document {
  changed: boolean;
  activation: string;
  reasons: string[];
  changed_credentials: string[];
  generation: number;
}

const shell = (script: string): Argv => ['bash', '-euc', script];

/** As agenix does it: a directory for each generation of secrets, and a link to the newest one. */
const PLAIN = '/run/secrets/token';
const SEALED = '/etc/credstore.encrypted/sealed.cred';

describeOnHost('credentials that change', 'credentials', (host) => {
  const tool = () => new Tool(host());

  const profile = async (name: string, onCredentialChange: string, settings: object = {}) =>
    host().ask([
      'nix-build',
      '--no-out-link',
      `${REPOSITORY}/test/fixtures/profile.nix`,
      ...['--argstr', 'name', name],
      '--argstr',
      'settings',
      JSON.stringify({
        // As in nix/units/service.nix.
        service: [
          `LoadCredentialEncrypted=sealed:${SEALED}`,
          'ExecStart=',
          `ExecStart=systemd-nspawn --load-credential=token:${PLAIN} --load-credential=sealed:sealed --quiet --keep-unit --boot --link-journal=try-guest --network-veth -U --settings=override --machine=%i`,
        ],
        data: {
          activation: { autoStart: true, strategy: 'dynamic', reloadScript: null, onCredentialChange },
          credentials: [
            { id: 'token', path: PLAIN, encrypted: false },
            { id: 'sealed', path: SEALED, encrypted: true },
          ],
        },
        ...settings,
      }),
    ]);

  let secrets = 0;
  /** Writes the next generation of secrets, switches to it, and deletes the former one. */
  const rotate = (content: string) => {
    secrets += 1;
    return host().run(
      shell(
        `mkdir -p /run/secrets.d/${secrets}; printf '${content}' >/run/secrets.d/${secrets}/token; ln -sfnT secrets.d/${secrets} /run/secrets; rm -rf /run/secrets.d/${secrets - 1}`,
      ),
    );
  };
  const seal = (content: string) =>
    host().run(
      shell(
        `mkdir -p /etc/credstore.encrypted; printf '${content}' | systemd-creds encrypt --with-key=host --name=sealed - ${SEALED}`,
      ),
    );

  const given = (name: string, id: string) =>
    host().ask(
      shell(
        `cat "/proc/$(machinectl show ${name} --property=Leader --value)/root/run/host/credentials/${id}"`,
      ),
    );
  const status = (name: string) => tool().get<Document & Status>(['status', name]);
  const changed = async (name: string) =>
    Object.fromEntries((await status(name)).credentials.map((one) => [one.id, one.changed]));
  const leader = () => host().ask(['machinectl', 'show', 'web', '--property=Leader', '--value']);
  const update = (...flags: string[]) => tool().get<Change>(['update', 'web', ...flags]);

  before(async function () {
    this.timeout(300_000);
    await rotate('one');
    await seal('one');
    await tool().get(['create', 'web', '--profile', await profile('web', 'none')]);
  });

  describe('at first', () => {
    it('are current after the start', async () => {
      expect(await changed('web')).to.deep.equal({ token: false, sealed: false });
      expect(await given('web', 'sealed')).to.equal('one');
    });

    it('are current if their files were replaced by others with the same content', async () => {
      await rotate('one');
      await seal('one');
      expect(await changed('web')).to.deep.equal({ token: false, sealed: false });
    });

    it('are unknown to other users than root', async () => {
      const { stdout } = await host().run([
        'runuser',
        '-u',
        'nobody',
        '--',
        'nixos-nspawn',
        'status',
        'web',
        '--json',
      ]);
      const view = JSON.parse(stdout) as Status;
      expect(view.credentials.map((one) => one.changed)).to.deep.equal([null, null]);
      expect(view.needs_root).to.include('credentials');
    });
  });

  describe('while the configuration keeps the container running', () => {
    before(async () => {
      await rotate('two');
      await seal('two');
    });

    it('are shown by status, doctor and diff, without their content', async () => {
      expect(await changed('web')).to.deep.equal({ token: true, sealed: true });
      const text = await host().ask(['nixos-nspawn', 'status', 'web']);
      expect(text).to.match(
        /Credentials:\s+token, sealed\n\s+changed since the start: token, sealed; a restart/,
      );
      const { stdout } = await host().run(['nixos-nspawn', 'doctor', '--json'], { check: false });
      const { findings } = JSON.parse(stdout) as { findings: { id: string; mend: { lines: string[] } }[] };
      const found = findings.filter(({ id }) => id === 'credential-changed');
      expect(found.map(({ mend }) => mend.lines)).to.deep.equal([
        ['nixos-nspawn restart web'],
        ['nixos-nspawn restart web'],
      ]);
      const diff = await tool().get<Document & { host_side: { text: string }[] }>([
        ...['diff', 'web', 'running', 'current'],
      ]);
      expect(diff.host_side.map((change) => change.text)).to.deep.equal([
        'Content of credential token changed since the start.',
        'Content of credential sealed changed since the start.',
      ]);
    });

    it('are named by an update, which changes nothing', async () => {
      const before = await leader();
      const plan = await update('--dry-run');
      expect(plan).to.deep.include({ activation: 'none', changed_credentials: ['token', 'sealed'] });
      const result = await update();
      expect(result).to.deep.include({ changed: false, changed_credentials: ['token', 'sealed'] });
      expect(await host().ask(['nixos-nspawn', 'update', 'web'])).to.contain(
        'The content of credential token has changed. Only a restart of web passes it.',
      );
      expect(await leader()).to.equal(before);
    });

    it('do not change with a reload', async () => {
      await host().run(['systemctl', 'reload', 'systemd-nspawn@web']);
      expect(await given('web', 'token')).to.equal('one');
      expect(await changed('web')).to.deep.equal({ token: true, sealed: true });
    });
  });

  describe('with onCredentialChange = "restart"', () => {
    before(async () => {
      // The configuration itself needs only a reload, which the flag requests.
      await update('--profile', await profile('web', 'restart'), '--strategy', 'reload');
      expect(await given('web', 'token')).to.equal('one');
    });

    it('leave the container alone if the update has a strategy of its own', async () => {
      const before = await leader();
      for (const strategy of ['none', 'reload']) await update('--strategy', strategy);
      expect(await leader()).to.equal(before);
    });

    it('let an update restart the container, although its configuration is unchanged', async () => {
      const reasons = [
        'the content of credential token has changed',
        'the content of credential sealed has changed',
      ];
      const before = await status('web');
      expect(await update('--dry-run')).to.deep.include({ activation: 'restart', reasons });
      expect(await given('web', 'token')).to.equal('one');
      const result = await update();
      expect(result).to.deep.include({ changed: true, activation: 'restart', reasons });
      expect(result.generation).to.equal((before as Document).generation);
      expect(await given('web', 'token')).to.equal('two');
      expect(await given('web', 'sealed')).to.equal('two');
      expect(await changed('web')).to.deep.equal({ token: false, sealed: false });
      expect((await update()).changed).to.equal(false);
    });
  });

  describe('outside of an update', () => {
    it('are passed by restart --if-credentials-changed, which otherwise does nothing', async () => {
      const restart = async () => {
        const [outcome] = await tool().get<{ changed: boolean; state: string }[] & Document>([
          ...['restart', 'web', '--if-credentials-changed'],
        ]);
        return { changed: outcome?.changed, state: outcome?.state };
      };
      expect(await restart()).to.deep.equal({ changed: false, state: 'running' });
      await rotate('three');
      expect(await restart()).to.deep.equal({ changed: true, state: 'running' });
      expect(await given('web', 'token')).to.equal('three');
      await tool().get(['stop', 'web']);
      await rotate('four');
      expect(await restart()).to.deep.equal({ changed: false, state: 'stopped' });
      expect(await changed('web')).to.deep.equal({ token: null, sealed: null });
      await tool().get(['start', 'web']);
    });

    it('are passed when a path unit sees that a file was replaced', async () => {
      // As in nix/hypervisor/container.nix.
      await host().writeFile(
        '/run/systemd/system/watch-web.path',
        `[Unit]\nDescription=watch\n[Path]\nPathChanged=${PLAIN}\nPathChanged=${SEALED}\n`,
      );
      await host().writeFile(
        '/run/systemd/system/watch-web.service',
        '[Service]\nType=oneshot\nExecStart=/usr/bin/env nixos-nspawn restart web --if-credentials-changed\n',
      );
      await host().run(['systemctl', 'daemon-reload']);
      await host().run(['systemctl', 'start', 'watch-web.path']);
      await seal('five');
      await waitFor('the new content', async () => (await given('web', 'sealed')) === 'five', {
        timeout: 120_000,
      });
      await host().run(['systemctl', 'stop', 'watch-web.path', 'watch-web.service']);
    });

    it('are compared in a container with its own user ids too', async function () {
      this.timeout(300_000);
      const closure = await profile('mapped', 'none', { userNamespacing: true, port: null });
      await tool().get(['create', 'mapped', '--profile', closure]);
      expect(await changed('mapped')).to.deep.equal({ token: false, sealed: false });
      await rotate('six');
      expect(await changed('mapped')).to.deep.equal({ token: true, sealed: false });
    });

    it('are unknown if a file is not a regular one, or cannot be decrypted', async () => {
      await host().run(shell(`rm /run/secrets/token; mkfifo /run/secrets/token; echo nonsense >${SEALED}`));
      expect(await changed('mapped')).to.deep.equal({ token: null, sealed: null });
    });
  });
});
