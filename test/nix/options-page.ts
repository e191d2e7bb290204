import type { Json } from './nix.js';

/**
 * An option as it is declared. `default` and `example` are values, Nix source in a `literalExpression`, or Markdown in
 * a `literalMD`.
 */
export interface Option {
  /** Relative to the container for its options (`forwardPorts.*.hostPort`), complete for those of a host. */
  name: string;
  type: string;
  description: string;
  default?: Json;
  example?: Json;
  readOnly: boolean;
  internal: boolean;
  /** False for an option that is described with the option that contains it. */
  visible: boolean;
}

/** The result of test/nix/fixtures/options.nix. */
export interface Options {
  imperative: Option[];
  declarative: Option[];
  host: Option[];
}

const page = (sections: Record<'basic' | 'declarative', string>) => `---
outline: [2, 3]
---

# Options

This page is generated from the declarations of the options (\`nix/options.nix\`, \`nix/hypervisor.nix\`). Types and
examples have the form that the NixOS manual uses.

## Basic options

The settings of a container on its host, for both kinds of containers. Put one of these prefixes before each name:

- \`nixosContainer.\` in the configuration of an [imperative container](./imperative),
- \`nixos.containers.NAME.\`, or \`nixos.containers.instances.NAME.\`, in the configuration of a host with
  [declarative containers](./declarative).

Options marked *declarative only* exist only in the configuration of a host. In a name, \`*\` stands for each element of
a list.

${sections.basic}

## Imperative options

An imperative container is a NixOS configuration with an additional option.

### \`nixosContainer\`

The settings of the container on its host: the [basic options](#basic-options), except those that are declarative only.
The \`config\` of a declarative container has this option too, so that both kinds can share a module. The definitions of
such a module and those of the host are merged.

Example:

\`\`\`nix
{
  nixosContainer.bindMounts = [ "/path/on/host:/path/in/container" ];
}
\`\`\`

## Declarative options

Options of a NixOS host with the [module](./installation#nixos).

${sections.declarative}
`;

/** The page of the manual. */
export function optionsPage({ imperative, declarative, host }: Options): string {
  const byName = new Map(imperative.filter(({ internal }) => !internal).map((own) => [own.name, own]));
  const containers = shown(declarative).map((option) => {
    const other = byName.get(option.name);
    return entry(option, within(option, declarative), other ?? 'declarative only');
  });
  return page({
    basic: containers.join('\n\n'),
    declarative: shown(host)
      .map((option) => entry(option, []))
      .join('\n\n'),
  });
}

const shown = (options: readonly Option[]) =>
  options
    .filter(({ internal, visible }) => !internal && visible)
    .sort((one, other) => (one.name < other.name ? -1 : 1));

const within = (option: Option, all: readonly Option[]) =>
  all.filter(({ name, visible }) => !visible && name.startsWith(`${option.name}.`));

/** `imperative` is the same option of an imperative container. */
function entry(
  option: Option,
  hidden: readonly Option[],
  imperative: Option | 'declarative only' = option,
): string {
  const notes = [
    ...(imperative === 'declarative only' ? ['*Declarative only.*'] : []),
    ...(option.readOnly ? ['*Read-only.*'] : []),
  ];
  return [
    `### \`${option.name}\``,
    ...(notes.length > 0 ? [notes.join(' ')] : []),
    prose(option.description),
    ...keys(option, hidden),
    `Type: ${option.type}`,
    ...labelled('Default', option.default),
    ...(imperative !== 'declarative only' && !same(imperative.default, option.default)
      ? labelled('Default for imperative containers', imperative.default)
      : []),
    ...labelled('Example', option.example),
  ].join('\n\n');
}

/** The inner options that have no entry of their own, by type. */
function keys(option: Option, hidden: readonly Option[]): string[] {
  const types = [...new Set(hidden.map(({ type }) => type))];
  return types.map((type) => {
    const names = hidden
      .filter((one) => one.type === type)
      .map(({ name }) => `\`${name.slice(option.name.length + 1)}\``);
    return `${names.join(', ')}: ${type}`;
  });
}

/** Without the roles of NixOS's Markdown, such as `{file}`, before code. */
const prose = (text: string) => text.trim().replace(/\{(?:manpage|option|file|command|env|var)\}(?=`)/g, '');

function labelled(label: string, value: Json | undefined): string[] {
  if (value === undefined) return [];
  const markdown = literal(value, 'literalMD');
  if (markdown !== undefined) return [`${label}: ${markdown}`];
  const source = nix(value);
  return /[\n`]/.test(source) ? [`${label}:`, `\`\`\`nix\n${source}\n\`\`\``] : [`${label}: \`${source}\``];
}

const same = (one: Json | undefined, other: Json | undefined) =>
  JSON.stringify(one) === JSON.stringify(other);

function literal(value: Json, kind: 'literalExpression' | 'literalMD'): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return value._type === kind && typeof value.text === 'string' ? value.text.trim() : undefined;
}

/** A value as Nix source. */
function nix(value: Json): string {
  const source = literal(value, 'literalExpression');
  if (source !== undefined) return source;
  if (Array.isArray(value)) return ['[', ...value.map(nix), ']'].join(' ');
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('${', '\\${');
  if (value === null || typeof value !== 'object') return String(value);
  return ['{', ...Object.entries(value).map(([key, inner]) => `${key} = ${nix(inner)};`), '}'].join(' ');
}
