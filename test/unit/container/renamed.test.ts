import { expect } from 'chai';
import { renamedData, renamedFile, renamedText } from '../../../src/container/renamed.js';

describe('the host files of a container under another name', () => {
  for (const [file, expected] of [
    ['web.nspawn', 'shop.nspawn'],
    ['web.nspawn.systemd-261', 'shop.nspawn.systemd-261'],
    ['web.nspawnx', 'web.nspawnx'],
    ['20-ve-web.network', '20-ve-shop.network'],
    ['30-vb-web.network', '30-vb-shop.network'],
    ['20-ve-webs.network', '20-ve-webs.network'],
    ['20-vz-web.network', '20-vz-web.network'],
    ['data.json', 'data.json'],
  ] as const)
    it(`has ${expected} for ${file}`, () => {
      expect(renamedFile(file, 'web', 'shop')).to.equal(expected);
    });

  for (const [text, expected] of [
    ['Name=ve-web', 'Name=ve-shop'],
    ['Name=ve-web vb-web', 'Name=ve-shop vb-shop'],
    ['/var/lib/machines/web/etc', '/var/lib/machines/shop/etc'],
    ['/var/lib/machines/web-2/etc', '/var/lib/machines/web-2/etc'],
    ['/var/lib/machines/web.old', '/var/lib/machines/web.old'],
    ['see /var/lib/machines/web.', 'see /var/lib/machines/shop.'],
    ['systemd-nspawn@web.service', 'systemd-nspawn@shop.service'],
    ['/run/systemd/nspawn/unix-export/web"', '/run/systemd/nspawn/unix-export/shop"'],
    ['Bind=/srv/web:/web', 'Bind=/srv/web:/web'],
    ['Description=curve-web', 'Description=curve-web'],
    ['web', 'web'],
  ] as const)
    it(`writes '${expected}' for '${text}'`, () => {
      expect(renamedText(text, 'web', 'shop')).to.equal(expected);
    });

  it('treats a dot in a name as a dot', () => {
    expect(renamedText('ve-a.b ve-axb', 'a.b', 'c')).to.equal('ve-c ve-axb');
  });

  it('changes the name in data.json, and nothing else there', () => {
    const data = { name: 'web', zone: 'web', activation: { autoStart: true } };
    expect(JSON.parse(renamedData(JSON.stringify(data), 'web', 'shop'))).to.deep.equal({
      ...data,
      name: 'shop',
    });
    expect(renamedData('{"zone":"web"}\n', 'web', 'shop')).to.equal('{"zone":"web"}\n');
  });
});
