import type { PluginView } from '../../src/operations/plugins/view.js';
import { type Column, table } from './table.js';

const columns: Column<PluginView>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VERSION', value: ({ version }) => version ?? '-' },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'PROVIDES', value: brings, narrows: 'wrap' },
];

export const pluginTable = (plugins: readonly PluginView[]) => table(plugins, columns);

function brings({ events, presets, commands, problem }: PluginView): string {
  if (problem !== null) return `nothing: ${problem}`;
  const counted = [
    [events.length, 'event'],
    [presets.length, 'preset'],
    [commands.length, 'command'],
  ] as const;
  return counted
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}${count === 1 ? '' : 's'}`)
    .join(', ');
}

/** A plugin in full. */
export function pluginText(plugin: PluginView): string {
  const { name, version, kind, source, directory, events, presets, commands, problem } = plugin;
  const rows: [string, string][] = [
    ['Package', `${plugin.package} ${version ?? ''}`.trimEnd()],
    ['Kind', kind],
    ['Source', source ?? ''],
    ['Directory', directory],
    ['Events', events.join(', ')],
    ['Presets', presets.join(', ')],
    ['Commands', commands.join(', ')],
    ['Not used', problem ?? ''],
  ];
  return [
    `Plugin ${name}`,
    ...rows.filter(([, text]) => text !== '').map(([title, text]) => `  ${title}: ${text}`),
  ].join('\n');
}
