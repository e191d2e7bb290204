import { type UnitFile, unitValues } from './unit-file.js';

const SECTION = 'Exec';
const KEY = 'RestrictAddressFamilies';

/**
 * A .nspawn file without the key that permits all socket address families (`~`, see nix/units/families.nix). systemd
 * permits them without it too, so the key makes no difference between two generations.
 */
export function withoutOpenFamilies(unit: UnitFile): UnitFile {
  const [first, ...others] = unitValues(unit, SECTION, KEY);
  if (first !== '~' || others.length > 0) return unit;
  const exec = [...(unit.get(SECTION) ?? [])].filter(([key]) => key !== KEY);
  return new Map([...unit, [SECTION, new Map(exec)]]);
}
