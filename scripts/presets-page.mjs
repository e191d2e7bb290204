// Generates the manual's page on presets from the output of `presets --json`. The parameters come from the schemas that
// validate them.

const cell = (text) => text.replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll('\n', ' ');

function typeOf({ type, enum: choices, items }) {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (type === 'array') return `list of ${items?.type ?? 'value'}s`;
  return type ?? 'value';
}

function fallbackOf(name, { default: value }, required) {
  if (required.includes(name)) return 'required';
  return value === undefined || (Array.isArray(value) && value.length === 0)
    ? ''
    : `\`${JSON.stringify(value)}\``;
}

function parameterTable({ parameters: { properties = {}, required = [] }, positional }) {
  const rows = Object.entries(properties).map(([name, parameter]) =>
    [
      '',
      `\`${name}\``,
      typeOf(parameter),
      fallbackOf(name, parameter, required),
      cell(`${parameter.description ?? ''}.${name === positional ? ' The key may be omitted.' : ''}`),
      '',
    ]
      .join(' | ')
      .trim(),
  );
  return rows.length === 0
    ? 'It has no parameters.'
    : ['| parameter | type | default | |', '|---|---|---|---|', ...rows].join('\n');
}

const section = (preset) =>
  [
    `## ${preset.name}`,
    `${preset.summary}.`,
    `\`\`\`\n--preset ${preset.example}\n\`\`\``,
    parameterTable(preset),
    ['Effects:', '', ...preset.brings.map((line) => `- ${line}`)].join('\n'),
  ].join('\n\n');

/** The page's Markdown. */
export function presetsPage(presets) {
  return [
    '# Presets',
    'This page is generated from the presets. `nixos-nspawn presets show NAME` shows the same information.',
    'Pass a preset to `create` or `update` as `NAME` or `NAME:KEY=VALUE,…`. To pass a list, repeat the key: `static:address=10.50.0.2/24,address=fd12::2/64`. If the key may be omitted, write several values without it: `expose:8080:80,53:53/udp`. Write a comma in a value as `\\,`.',
    '[Networking](./networking#presets) explains how presets combine, and how declarative containers use them.',
    ...presets.map(section),
  ].join('\n\n');
}
