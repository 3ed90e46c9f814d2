import { kafkaError } from '@sluice/protocol';

export type ConfigType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list';

/** One configuration key of topics or of the broker, in Kafka's spelling. */
export interface ConfigKey {
  readonly type: ConfigType;
  readonly default: string;
  readonly min?: number;
  readonly max?: number;
  readonly valid?: readonly string[];
  /** One sentence, with the unit. */
  readonly doc: string;
}

const JAVA_TYPE_NAMES: Readonly<Record<ConfigType, string>> = {
  boolean: 'BOOLEAN',
  string: 'STRING',
  int: 'INT',
  long: 'LONG',
  double: 'DOUBLE',
  list: 'LIST',
};
/** Numbers of the types in DescribeConfigs. Source: ConfigEntry.ConfigType */
const TYPE_CODES: Readonly<Record<ConfigType, number>> = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 };
const MAX_INT = 0x7fff_ffff;

export function configTypeCode(type: ConfigType): number {
  return TYPE_CODES[type];
}

/**
 * Checks a value and returns it trimmed. Throws INVALID_CONFIG with Kafka's words.
 *
 * Source: org.apache.kafka.common.config.ConfigDef.parseType
 */
export function checkConfigValue(name: string, key: ConfigKey, value: string): string {
  const text = value.trim();
  const invalid = (why: string): Error => kafkaError('INVALID_CONFIG', `Invalid value ${text} for configuration ${name}: ${why}`);
  switch (key.type) {
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) throw invalid('Expected value to be either true or false');
      break;
    case 'int':
    case 'long':
      checkNumber(key, text, invalid);
      break;
    case 'double':
      if (text === '' || !Number.isFinite(Number(text))) throw invalid(`Not a number of type ${JAVA_TYPE_NAMES[key.type]}`);
      checkRange(key, Number(text), invalid);
      break;
    case 'string':
      if (key.valid !== undefined && !key.valid.includes(text)) throw invalid(`String must be one of: ${key.valid.join(', ')}`);
      break;
    case 'list':
      for (const item of splitList(text)) {
        if (key.valid !== undefined && !key.valid.includes(item)) throw invalid(`String must be one of: ${key.valid.join(', ')}`);
      }
      break;
  }
  return text;
}

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function checkNumber(key: ConfigKey, text: string, invalid: (why: string) => Error): void {
  if (!/^[+-]?\d+$/.test(text)) throw invalid(`Not a number of type ${JAVA_TYPE_NAMES[key.type]}`);
  const value = BigInt(text.replace('+', ''));
  const limit = key.type === 'int' ? BigInt(MAX_INT) : 0x7fff_ffff_ffff_ffffn;
  if (value > limit || value < -limit - 1n) throw invalid(`Not a number of type ${JAVA_TYPE_NAMES[key.type]}`);
  checkRange(key, Number(value), invalid);
}

function checkRange(key: ConfigKey, value: number, invalid: (why: string) => Error): void {
  if (key.min !== undefined && value < key.min) throw invalid(`Value must be at least ${key.min}`);
  if (key.max !== undefined && value > key.max) throw invalid(`Value must be no more than ${key.max}`);
}
