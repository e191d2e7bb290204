import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'chai';

/** Compares a text with a golden file. `UPDATE_GOLDEN=1` writes the file instead. */
export async function expectGolden(path: string, actual: string): Promise<void> {
  if (process.env.UPDATE_GOLDEN === '1') {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, actual);
    return;
  }
  expect(actual, path).to.equal(await readFile(path, 'utf8'));
}
