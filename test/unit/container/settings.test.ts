import { expect } from 'chai';
import { createdSources, settingsSchema } from '../../../src/container/settings.js';

describe('the settings in a closure', () => {
  it('have the values that the Python tool assumes for fields which it did not write', () => {
    expect(settingsSchema.parse({ zone: 'dmz', forwardPorts: [{ hostPort: 80 }] })).to.deep.equal({
      declarative: true,
      activation: { autoStart: true, strategy: 'dynamic', reloadScript: null, onCredentialChange: 'none' },
      after: [],
      wants: [],
      requires: [],
      bindMounts: [],
      forwardPorts: [{ hostPort: 80, containerPort: null, protocol: 'tcp' }],
      credentials: [],
      devices: [],
      zone: 'dmz',
      bridge: null,
      ephemeral: false,
      sharedNix: true,
      userNamespacing: false,
      privateUsers: null,
      macAddress: null,
      networkNamespace: null,
      plugins: {},
      hostDefaults: {},
    });
  });

  it('name the directories that the service creates, and no other mounted ones', () => {
    const binds = [
      { hostPath: '/srv/made', create: true },
      { hostPath: '/srv/own', create: false },
      { hostPath: '/srv/older' },
      'not a bind',
    ];
    expect(createdSources(settingsSchema.parse({ binds }))).to.deep.equal(['/srv/made']);
    expect(createdSources(settingsSchema.parse({}))).to.deep.equal([]);
  });
});
