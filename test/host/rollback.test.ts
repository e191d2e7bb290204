import { expect } from 'chai';
import { answers, forwards } from './by-hand.js';
import { describeOnHost } from './suite.js';
import { type Document, errorOf, Tool } from './tool.js';

const PAGE = 'http://web/';
const PROFILE = '/nix/var/nix/profiles/per-nspawn/web/system';

interface HostSide {
  host_side: readonly { before: readonly string[]; after: readonly string[] }[];
}

/** Everything that only one of two generations needs from the host, in one text. */
const hostSideOf = ({ host_side }: HostSide) =>
  host_side.flatMap(({ before, after }) => [...before, ...after]).join('\n');

describeOnHost('rollback, list-generations, diff and prune', 'rollback', (host) => {
  const tool = () => new Tool(host());
  const generations = () => tool().get<Document[]>(['list-generations', 'web']);
  const numbers = async () => (await generations()).map(({ generation }) => generation);

  /** Creates the container anew, with one more generation for each attribute. It runs the last one. */
  const arrange = async (...attributes: readonly string[]) => {
    await tool().get(['remove', 'web', '--delete-state']);
    await tool().create('web');
    for (const [index, attribute] of attributes.entries()) {
      const strategy = index === attributes.length - 1 ? 'restart' : 'none';
      const { code, stderr } = await tool().update('web', attribute, '--strategy', strategy);
      expect(code, stderr).to.equal(0);
    }
  };

  before(async () => {
    // The fixture 'restart' mounts this directory.
    await host().run(['mkdir', '-p', '/srv/shared']);
  });

  it('rollback exits with 3 if there is no previous generation', async () => {
    await arrange();
    const answer = await tool().ask(['rollback', 'web']);
    expect([answer.code, errorOf(answer).code]).to.deep.equal([3, 'no-generation']);
  });

  it('rollback switches to the previous or a given generation', async () => {
    await arrange('web-2', 'web-restart');
    const before = await host().snapshot();
    const plan = await tool().get(['rollback', 'web', '--dry-run']);
    expect(plan).to.deep.include({ name: 'web', generation: 2, old_generation: 3, activation: 'restart' });
    expect(hostSideOf(plan.difference as HostSide)).to.include('/srv/shared');
    expect((await tool().ask(['rollback', 'web', '--to', '7', '--dry-run'])).code).to.equal(3);
    const changes = await host().changesSince(before);
    // The container may get its IPv6 address later, and with it the second forward of its port.
    expect(changes.filter((change) => !change.includes('io.systemd.nat'))).to.deep.equal([]);

    const back = await tool().get(['rollback', 'web']);
    expect(back).to.deep.include({ generation: 2, old_generation: 3, activation: 'restart' });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 2');
    const to = await tool().get(['rollback', 'web', '--to', '1']);
    expect(to).to.deep.include({ generation: 1, old_generation: 2, activation: 'reload' });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 1');
    const none = await tool().ask(['rollback', 'web', '--to', '7']);
    expect(none.code).to.equal(3);
    expect(await numbers()).to.deep.equal([3, 2, 1]);
  });

  it('rollback restores the current generation if the earlier one does not start', async () => {
    await arrange('web-init-crash', 'web-3');
    const answer = await tool().ask(['rollback', 'web', '--strategy', 'restart']);
    expect(answer.code).to.equal(8);
    expect(errorOf(answer)).to.have.property('restored_generation', 3);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 3');
  });

  it('list-generations lists the newest first, with the current, running and booted one', async () => {
    await arrange('web-2', 'web-restart', 'web-3');
    await tool().get(['rollback', 'web', '--to', '2', '--strategy', 'none']);
    const [newest, ...older] = await generations();
    expect(newest).to.deep.include({
      generation: 4,
      current: false,
      running: true,
      label: 'fixture-web-3',
    });
    expect(newest?.date).to.match(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(newest?.path).to.match(/^\/nix\/store\//);
    expect(older.map(({ generation, current }) => [generation, current])).to.deep.equal([
      [3, false],
      [2, true],
      [1, false],
    ]);
  });

  it('diff shows the differences of two generations as text and as JSON', async () => {
    await arrange('web-2', 'web-restart');
    const diff = await tool().get<Document & HostSide>(['diff', 'web', '2', '3']);
    expect(diff).to.have.nested.property('before.generation', 2);
    expect(diff).to.have.nested.property('after.generation', 3);
    expect(hostSideOf(diff)).to.include('/srv/shared');
    const text = await host().ask(['nixos-nspawn', 'diff', 'web', '2', '3']);
    expect(text).to.include('/srv/shared');
  });

  it('prune keeps the current generation, the running one and the target of a rollback', async () => {
    await arrange('web-2', 'web-restart', 'web-init-crash', 'web-3');
    await tool().get(['rollback', 'web', '--to', '2', '--strategy', 'none']);
    await forwards(host(), 8181);
    const before = await host().snapshot();
    const preview = await tool().get(['prune', 'web', '--keep', '1', '--dry-run']);
    expect(preview.would_forget).to.deep.equal([4, 3]);
    expect(await host().changesSince(before)).to.deep.equal([]);
    const result = await tool().get(['prune', 'web', '--keep', '1']);
    expect(result.forgotten).to.deep.equal([4, 3]);
    expect(result.kept).to.deep.equal([
      { generation: 5, reasons: ['running', 'newest'] },
      { generation: 2, reasons: ['current'] },
      { generation: 1, reasons: ['rollback'] },
    ]);
    expect(await numbers()).to.deep.equal([5, 2, 1]);
  });

  it('prune can delete by age, and requires a rule', async () => {
    expect((await tool().ask(['prune', 'web'])).code).to.equal(64);
    await arrange('web-2', 'web-3');
    await tool().get(['rollback', 'web']);
    await host().run(['touch', '-h', '-d', '20 days ago', `${PROFILE}-3-link`]);
    // The booted generation is kept as long as the container runs.
    await host().run(['nixos-nspawn', 'restart', 'web']);
    const result = await tool().get(['prune', 'web', '--older-than', '14d']);
    expect(result.forgotten).to.deep.equal([3]);
    expect(await numbers()).to.deep.equal([2, 1]);
  });

  it('list-generations and prune can handle a thousand generations', async () => {
    await arrange('web-2');
    const script = `target=$(readlink "$1-1-link"); i=3; while [ $i -le 1002 ]; do ln -s "$target" "$1-$i-link"; i=$((i + 1)); done`;
    await host().run(['sh', '-c', script, 'links', PROFILE]);
    const listed = await generations();
    expect(listed).to.have.length(1002);
    expect(listed[0]).to.have.property('generation', 1002);
    expect((await tool().get(['prune', 'web', '--keep', '2'])).forgotten).to.have.length(998);
    expect(await numbers()).to.deep.equal([1002, 1001, 2, 1]);
  });
});
