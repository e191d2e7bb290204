import { expect } from 'chai';
import { describeNixos } from './suite.js';

describeNixos('kinds of containers', 'kinds', (containers, host) => {
  const updated = async (name: string, content: { page?: number; settings: string }) => {
    const { code, document, stderr } = await containers().update(name, content);
    expect(code, `${JSON.stringify(document)}\n${stderr}`).to.equal(0);
    return document;
  };

  it('makes the users of its configuration, and a new one by a reload', async () => {
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
});
