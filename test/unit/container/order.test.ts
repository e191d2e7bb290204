import { expect } from 'chai';
import {
  cycleThrough,
  dependentsOf,
  earlierContainers,
  neededContainers,
  ordersOf,
  reachableFrom,
  requiredContainers,
} from '../../../src/container/order.js';
import { settingsSchema } from '../../../src/container/settings.js';

type Names = Partial<Record<'after' | 'wants' | 'requires', readonly string[]>>;

const entry = (name: string) =>
  name.endsWith('.service')
    ? { container: null, unit: name }
    : { container: name, unit: `systemd-nspawn@${name}.service` };

const settings = (names: Names) =>
  settingsSchema.parse(
    Object.fromEntries(Object.entries(names).map(([kind, list]) => [kind, list.map(entry)])),
  );

const host = (containers: Record<string, Names>) =>
  ordersOf(Object.entries(containers).map(([name, names]) => ({ name, settings: settings(names) })));

describe('the order of containers', () => {
  const web = settings({ after: ['logs', 'db'], wants: ['cache'], requires: ['db', 'postgresql.service'] });

  it('distinguishes what a container requires, what it starts, and what only starts before it', () => {
    expect(requiredContainers(web)).to.deep.equal(['db']);
    expect(neededContainers(web)).to.deep.equal(['db', 'cache']);
    expect(earlierContainers(web)).to.deep.equal(['db', 'cache', 'logs']);
    expect(earlierContainers(null)).to.deep.equal([]);
  });

  it('finds the containers that require another one directly', () => {
    const orders = host({
      db: {},
      web: { requires: ['db'] },
      mail: { wants: ['db'] },
      app: { requires: ['web'] },
    });
    expect(dependentsOf('db', orders)).to.deep.equal(['web']);
    expect(reachableFrom(['db'], (name) => dependentsOf(name, orders))).to.deep.equal(['db', 'web', 'app']);
  });

  it('finds a way back to a container through any of the options, and through containers that do not exist', () => {
    const orders = host({
      web: { requires: ['app'] },
      app: { after: ['missing', 'db'] },
      db: { wants: ['web'] },
      mail: { after: ['web'] },
    });
    expect(cycleThrough('web', orders)).to.deep.equal(['web', 'app', 'db', 'web']);
    expect(cycleThrough('db', orders)).to.deep.equal(['db', 'web', 'app', 'db']);
    expect(cycleThrough('mail', orders)).to.equal(null);
    expect(cycleThrough('unknown', orders)).to.equal(null);
    expect(cycleThrough('own', host({ own: { after: ['own'] } }))).to.deep.equal(['own', 'own']);
  });

  it('ends for a cycle that does not lead back to the container', () => {
    const orders = host({ web: { after: ['a'] }, a: { after: ['b'] }, b: { after: ['a'] } });
    expect(cycleThrough('web', orders)).to.equal(null);
    expect(reachableFrom(['web'], (name) => earlierContainers(orders.get(name) ?? null))).to.deep.equal([
      'web',
      'a',
      'b',
    ]);
  });
});
