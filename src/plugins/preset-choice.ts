import { badPresetText } from '../errors/presets.js';
import type { PresetChoice } from '../host/record.js';

/** The key for values that were given without one: `zone:internal`. */
export const POSITIONAL = '';

/**
 * Parses `NAME[:key=value,…]`. Values stay text until the preset's schema converts them. A repeated key makes a list. A
 * comma inside a value is written `\,`.
 */
export function parsePreset(text: string): PresetChoice {
  const match = /^((?:@[\w.-]+\/)?[\w.-]+(?:\/[\w.-]+)?)(?::(.*))?$/s.exec(text);
  if (match?.[1] === undefined) throw badPresetText(text, 'it does not begin with the name of a preset');
  const values = new Map<string, string[]>();
  for (const word of words(match[2] ?? '')) {
    const [, key = POSITIONAL, value = ''] = /^(?:([A-Za-z][\w-]*)=)?(.*)$/s.exec(word) ?? [];
    if (value === '' && key === POSITIONAL) throw badPresetText(text, 'it has an empty value');
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const parameters = Object.fromEntries(
    [...values].map(([key, list]) => [key, list.length === 1 ? list[0] : list]),
  );
  return { name: match[1], parameters };
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(/(?<!\\),/).map((word) => word.replaceAll('\\,', ','));
}
