import { ConfigError } from '@sluice/api';

/**
 * A Java regular expression that must match a whole name, as JavaScript's. Leading flags (`(?i)`) and possessive quantifiers, which
 * JavaScript does not know, are translated. Throws a ConfigError in Kafka's words for one that cannot be read.
 *
 * Source: org.apache.kafka.connect.util.RegexValidator
 */
export function wholeNameRegex(key: string, text: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(text);
  const body = (flags === null ? text : text.slice(flags[0].length)).replace(/([*+?}])\+/g, '$1');
  try {
    return new RegExp(`^(?:${body})$`, flags?.[1] ?? '');
  } catch (error) {
    const why = (error as Error).message.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '');
    throw ConfigError.invalid(key, text, `Invalid regex: ${why}`);
  }
}
