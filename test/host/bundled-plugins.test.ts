import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { answers } from './by-hand.js';
import type { Outcome } from './host.js';
import { describeOnHost } from './suite.js';

const parsed = ({ stdout }: Outcome) => JSON.parse(stdout);

describeOnHost('the bundled plugins', 'bundled-plugins', (host) => {
  const nspawn = (...args: string[]) =>
    host().run(['nixos-nspawn', ...args, '--json'], { check: false, timeout: 120_000 });

  /** A closure for the container `web`, with this generation and this section for the health plugin. */
  const closure = (generation: string, health: object | null, settings: object = {}) => {
    const data = health === null ? {} : { data: { plugins: { health } } };
    const port = { port: '8181:80', strategy: 'restart' };
    return builtProfile(host(), 'web', { ...port, ...settings, ...data }, generation);
  };
  const broken = { trouble: 'web-fails' };
  const greeting = async () => answers(host(), 'http://web/');

  describe('health', () => {
    it('accepts a container whose unit, port, page and command are healthy', async () => {
      const health = {
        units: ['web.service'],
        tcp: [80],
        http: [{ url: 'http://localhost/', body: 'hello from web' }],
        commands: [['grep', '-q', 'hello', '/var/www/index.html']],
      };
      const outcome = await nspawn('create', 'web', '--profile', await closure('1', health));
      expect(outcome.code, outcome.stdout).to.equal(0);
      expect(parsed(outcome)).to.include({ name: 'web', state: 'running', generation: 1 });
    });

    for (const [what, health, reason] of [
      ['unit', { units: ['web.service'] }, /unit web\.service is (failed|activating|inactive)/],
      ['port', { tcp: [80] }, /port 80 does not accept connections \(ECONNREFUSED\)/],
      [
        'page',
        { http: [{ url: 'http://localhost/' }] },
        /http:\/\/localhost\/ does not answer \(ECONNREFUSED\)/,
      ],
      [
        'command',
        { commands: [['systemctl', 'is-active', 'web.service']] },
        /'systemctl is-active web\.service' exited with code \d \((failed|activating|inactive)\)/,
      ],
    ] as const) {
      it(`restores the previous generation if the ${what} of the new one fails its check`, async () => {
        const bad = await closure(`bad-${what}`, { ...health, timeout: 0.3, interval: 0.1 }, broken);
        // Without the flag, the tool itself would roll back because of the failed unit.
        const outcome = await nspawn('update', 'web', '--profile', bad, '--ignore-failed-units');
        expect(outcome.code, outcome.stdout).to.equal(8);
        const { error } = parsed(outcome);
        expect(error).to.include({ code: 'activation-failed', restored_generation: 1 });
        expect(error.message).to.match(
          /Plugin 'health' refused the operation at after-activate: Container 'web' is not healthy after 0\.3 s: /,
        );
        expect(error.message).to.match(reason);
        expect(await greeting()).to.equal('hello from web generation 1');
      });
    }

    it('reports which wrong answer a page gives', async () => {
      const health = {
        http: [
          { url: 'http://localhost/absent' },
          { url: 'http://localhost/', body: 'good bye' },
          { url: 'http://localhost/absent', status: 404 },
        ],
        timeout: 0.3,
        interval: 0.1,
      };
      const { error } = parsed(await nspawn('update', 'web', '--profile', await closure('2', health)));
      expect(error.message).to.contain(
        "http://localhost/absent answered 404 instead of 200; http://localhost/ does not contain 'good bye'.",
      );
    });

    it('keeps the unhealthy generation with --no-rollback', async () => {
      const bad = await closure('kept', { tcp: [80], timeout: 0.3, interval: 0.1 }, broken);
      const outcome = await nspawn('update', 'web', '--profile', bad, '--no-rollback');
      expect(outcome.code).to.equal(9);
      expect(parsed(await nspawn('rollback', 'web'))).to.include({ generation: 1 });
    });

    it('refuses an invalid configuration before the container is changed', async () => {
      const outcome = await nspawn(
        'update',
        'web',
        '--profile',
        await closure('3', { unit: 'web.service', tcp: [70_000] }),
      );
      expect(outcome.code).to.equal(10);
      const { error } = parsed(outcome);
      expect(error.message).to.match(
        /^Plugin 'health' refused the operation at after-build: nixosContainer\.plugins\.health is not valid: tcp\.0: Too big/,
      );
      expect(error.message).to.contain('Unrecognized key: "unit"');
      expect(await greeting()).to.equal('hello from web generation 1');
    });

    it('leaves nothing of a new container that is unhealthy', async () => {
      await nspawn('remove', 'web', '--delete-state');
      const before = await host().snapshot();
      const bad = await closure('new', { units: ['web.service'], timeout: 0.3, interval: 0.1 }, broken);
      const outcome = await nspawn('create', 'web', '--profile', bad);
      expect(outcome.code, outcome.stdout).to.equal(10);
      expect(parsed(outcome).error.message).to.match(
        /^Plugin 'health' refused the operation at after-activate: Container 'web' is not healthy/,
      );
      // Nix itself later deletes the roots of a deleted profile.
      const changes = (await host().changesSince(before)).filter((line) => !line.includes('/gcroots/auto/'));
      expect(changes).to.deep.equal([]);
    });
  });

  describe('hooks-exec', () => {
    const directory = '/etc/nixos-nspawn/hooks.d';
    const script = (event: string, name: string, text: string, mode = 0o755) =>
      host().writeFile(`${directory}/${event}/${name}`, `#!/bin/sh\n${text}\n`, mode);
    const update = async (generation: string) =>
      nspawn('update', 'web', '--profile', await closure(generation, null));

    before(async () => {
      await nspawn('create', 'web', '--profile', await closure('1', null));
    });
    afterEach(() => host().run(['rm', '-rf', directory]));

    it('runs the executables of an event in the order of their names, with the context on standard input', async () => {
      await script(
        'after-update',
        '20-second',
        'echo "$NIXOS_NSPAWN_EVENT $NIXOS_NSPAWN_CONTAINER" >>/run/told',
      );
      await script('after-update', '10-first', 'cat >/run/told');
      await script('after-update', '30-not-executable', 'echo never >>/run/told', 0o644);
      await script('after-create', '10-other-event', 'echo never >>/run/told');
      const outcome = await update('2');
      expect(parsed(outcome).warnings).to.deep.equal([]);
      const [context, line, ...more] = (await host().ask(['cat', '/run/told'])).split('\n');
      expect(JSON.parse(context ?? '')).to.deep.include({
        event: 'after-update',
        operation: 'update',
        container: 'web',
        old_generation: 1,
        new_generation: 2,
      });
      expect(line).to.equal('after-update web');
      expect(more).to.deep.equal([]);
    });

    it('undoes the operation if an executable fails at an event that can refuse', async () => {
      await script('after-build', '10-policy', 'echo "not on a Friday" >&2; exit 3');
      const outcome = await update('3');
      expect(outcome.code).to.equal(10);
      expect(parsed(outcome).error.message).to.equal(
        `Plugin 'hooks-exec' failed at after-build: ${directory}/after-build/10-policy exited with code 3: not on a Friday.`,
      );
    });

    it('warns if an executable fails after the operation', async () => {
      await script('after-update', '10-report', 'exit 1');
      const outcome = await update('4');
      expect(outcome.code).to.equal(0);
      expect(parsed(outcome).warnings).to.deep.equal([
        {
          code: 'plugin-failed',
          message: `Plugin 'hooks-exec' failed at after-update: ${directory}/after-update/10-report exited with code 1.`,
        },
      ]);
    });

    it('ends an executable that takes too long, with its child processes', async () => {
      await script('before-activate', '10-sleeper', 'sleep 300.5 & sleep 300.5');
      const outcome = await nspawn(
        ...['update', 'web', '--profile', await closure('5', null), '--hook-timeout', '1'],
      );
      expect(outcome.code).to.equal(10);
      expect(parsed(outcome).error.message).to.equal(
        "Plugin 'hooks-exec' took longer than 1 s at before-activate.",
      );
      expect((await host().run(['pgrep', '-f', '^sleep 300.5'], { check: false })).stdout).to.equal('');
    });

    it('runs no executable that other users could have written', async () => {
      await script('after-build', '10-theirs', 'touch /run/ran');
      const path = `${directory}/after-build/10-theirs`;
      for (const [argv, why] of [
        [['chmod', 'o+w', path], `${path} is writable by other users`],
        [['chown', 'daemon', path], `${path} belongs to user 1`],
        [['chmod', 'g+w', directory], `${directory} is writable by other users`],
      ] as const) {
        await host().run(argv);
        const outcome = await update('6');
        expect(outcome.code).to.equal(10);
        expect(parsed(outcome).error.message).to.equal(
          `Plugin 'hooks-exec' refused the operation at after-build: ${path} is not run: ${why}.`,
        );
        await host().run(['chown', 'root', path]);
        await host().run(['chmod', '755', path, directory]);
      }
      expect(await host().has('/run/ran')).to.equal(false);
    });

    it('is left out with --no-plugins', async () => {
      await script('after-build', '10-policy', 'exit 1');
      const outcome = await nspawn('update', 'web', '--profile', await closure('7', null), '--no-plugins');
      expect(outcome.code, outcome.stdout).to.equal(0);
    });
  });
});
