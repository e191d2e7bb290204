import { expect } from 'chai';
import { withoutOpenFamilies } from '../../../src/container/address-families.js';
import { compareUnitFiles, parseUnitFile, unitValues } from '../../../src/container/unit-file.js';

const open = '[Exec]\nRestrictAddressFamilies=~\n[Exec]\nBoot=false\n[Files]\nBind=/srv\n';

describe('the address families in a .nspawn file', () => {
  it('make no difference if all are permitted', () => {
    const plain = parseUnitFile('[Exec]\nBoot=false\n[Files]\nBind=/srv\n');
    expect(compareUnitFiles(plain, withoutOpenFamilies(parseUnitFile(open)))).to.deep.equal([]);
    expect(withoutOpenFamilies(plain)).to.equal(plain);
  });

  it('are kept if they restrict the container', () => {
    for (const values of [['AF_UNIX', 'AF_INET'], ['~AF_VSOCK'], ['~', 'AF_UNIX'], ['none']]) {
      const text = values.map((value) => `RestrictAddressFamilies=${value}`).join('\n');
      const unit = withoutOpenFamilies(parseUnitFile(`[Exec]\n${text}\n`));
      expect(unitValues(unit, 'Exec', 'RestrictAddressFamilies')).to.deep.equal(values);
    }
  });
});
