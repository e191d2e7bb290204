import type { LifecycleEvent } from '../../../src/plugins/lifecycle.js';
import { PluginsOnDisk } from './plugin-on-disk.js';

/** When a plugin is asked: at an event, or for what its preset brings. */
export type Moment = LifecycleEvent | 'presets';

/** What a plugin does when it is asked, as the body of its listener or of its preset's `apply`. */
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
 * Plugins of which `plugin` misbehaves so. Where two disagree, they are `first`, which allows all, `second`, which does
 * not, and at an event `third`, which says that it was asked.
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
