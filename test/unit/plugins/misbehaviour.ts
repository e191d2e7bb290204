import type { LifecycleEvent } from '../../../src/plugins/lifecycle.js';
import { PluginsOnDisk } from './plugin-on-disk.js';

/** When a plugin is called: at an event, or to apply its preset. */
export type Moment = LifecycleEvent | 'presets';

/** What a plugin does when it is called: the body of its listener or of the `apply` of its preset. */
const bodies = {
  throws: "throw new Error('the disk is full');",
  hangs: 'await new Promise(() => setInterval(() => {}, 1000));',
  'exits the process': 'process.exit(3);',
  'returns nonsense': 'return 42;',
  'two disagree': "context.refuse('this is not allowed here.');",
} as const;

export type Misbehaviour = keyof typeof bodies;

export const misbehaviours = Object.keys(bodies) as Misbehaviour[];

/**
 * Installs `plugin`, which misbehaves in this way. If two disagree, installs `first`, which allows everything,
 * `second`, which refuses, and at an event also `third`, which reports that it was called.
 */
export async function pluginsThat(misbehaviour: Misbehaviour, moment: Moment): Promise<PluginsOnDisk> {
  const disk = await PluginsOnDisk.make();
  const put = (name: string, body: string) =>
    moment === 'presets' ? withPreset(disk, name, body) : disk.listening(name, moment, body);
  if (misbehaviour !== 'two disagree') await put('plugin', bodies[misbehaviour]);
  else {
    await put('first', moment === 'presets' ? 'return {};' : '');
    await put('second', bodies[misbehaviour]);
    if (moment !== 'presets') await put('third', "context.log.warn('third was asked');");
  }
  return disk;
}

const withPreset = (disk: PluginsOnDisk, name: string, body: string) =>
  disk.install(
    name,
    {
      oclif: { hooks: { presets: './presets.js' } },
      nixosNspawn: { contract: 1, presets: ['fancy'] },
    },
    {
      'presets.js': `export default ({ z, preset }) => [preset({
        name: 'fancy', summary: 'A preset', example: 'fancy', brings: [], parameters: z.object({}),
        async apply(_, context) { ${body} },
      })];`,
    },
  );
