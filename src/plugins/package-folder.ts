import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isErrno, isMissing } from '../errors/system-calls.js';

const packageSchema = z.looseObject({ name: z.string().min(1) });
const TARBALL = /\.(?:tgz|tar\.gz|tar)$/;

export type Look = { name: string } | { tarball: true } | { why: string; nextStep: string };

/** What is at the path of a package: a folder and its package name, a file named like a tarball, or neither. */
export async function lookAtPackage(path: string): Promise<Look> {
  try {
    const found = await stat(path);
    if (found.isFile() && TARBALL.test(path)) return { tarball: true };
    if (!found.isDirectory())
      return {
        why: 'it is neither a folder nor a tarball (.tgz)',
        nextStep: "Pass the folder that contains the plugin's package.json, or a tarball from 'npm pack'.",
      };
  } catch (error) {
    if (isMissing(error)) return { why: 'this path does not exist', nextStep: 'Check the path.' };
    if (isErrno(error))
      return { why: `it cannot be read (${error.code})`, nextStep: 'Check its permissions and links.' };
    throw error;
  }
  return lookAtFolder(path);
}

async function lookAtFolder(path: string): Promise<Look> {
  const file = join(path, 'package.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error))
      return {
        why: (await readdir(path)).length === 0 ? 'the folder is empty' : 'the folder has no package.json',
        nextStep: "Pass the folder that contains the plugin's package.json.",
      };
    if (isErrno(error))
      return { why: `${file} cannot be read (${error.code})`, nextStep: 'Check its permissions and links.' };
    throw error;
  }
  try {
    const described = packageSchema.safeParse(JSON.parse(text));
    if (described.success) return { name: described.data.name };
    return { why: 'its package.json has no name', nextStep: 'Add the name of the package to it.' };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { why: `its package.json is not valid JSON: ${error.message}`, nextStep: 'Fix its syntax.' };
  }
}
