import { ConfigError } from '../errors.ts';
import type { KeyDefinition } from './key-definition.ts';
import { configText, javaTrim, messageText } from './parse-type.ts';
import { Password } from './password.ts';

/** Typed values as the text that parses to them again; values that are undefined or null are left out. */
export function formatValues(keys: readonly KeyDefinition[], values: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const key of keys) {
    const value = Object.hasOwn(values, key.name) ? values[key.name] : undefined;
    if (value === undefined || value === null) continue;
    if (key.type === 'LIST') ensureWritable(key.name, value as readonly string[]);
    texts[key.name] = Password.is(value) ? value.value : (configText(value, key.type) ?? '');
  }
  return texts;
}

/** A list is text between commas and knows no escape: what would come back as other items is refused. */
function ensureWritable(name: string, items: readonly string[]): void {
  const bad = items.find((item) => item.includes(',') || javaTrim(item) !== item);
  if (bad !== undefined)
    throw ConfigError.invalid(name, messageText(items), `the item '${bad}' has a comma or outer white space, which a list cannot hold`);
  if (items.length === 1 && items[0] === '') throw ConfigError.invalid(name, messageText(items), 'a list cannot hold one empty item alone');
}
