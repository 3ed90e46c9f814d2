import { includes, type FieldSchema } from '../src/schema.ts';
import { fieldDefault } from '../src/defaults.ts';

/** A small seeded generator (mulberry32), so that a failure can be run again. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env['TEST_SEED'] ?? (Math.random() * 2 ** 32) >>> 0)) {
    this.seed = seed;
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  text(): string {
    return this.pick(['', 'a', 'topic-1', 'größe', '日本', '😀', 'x'.repeat(43), 'y'.repeat(127), 'ä'.repeat(200)]);
  }
}

const numbers: Record<string, readonly (number | bigint)[]> = {
  int8: [0, 1, -1, 127, -128],
  int16: [0, 1, -1, 32767, -32768],
  uint16: [0, 1, 65535, 9092],
  int32: [0, 1, -1, 2147483647, -2147483648, 65536],
  uint32: [0, 1, 4294967295],
  int64: [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), -4294967297],
  long: [0, -2, 2 ** 53 - 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)],
  float64: [0, 1.5, -2e300],
};

/** A value for each field of the version; the others have their defaults, as a decoder gives them. */
export function randomMessage(random: Random, fields: readonly FieldSchema[], version: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of fields)
    value[field.name] = includes(field.versions, version) ? randomField(random, field, version) : fieldDefault(field);
  return value;
}

function randomField(random: Random, field: FieldSchema, version: number): unknown {
  if (includes(field.nullable, version) && random.below(4) === 0) return null;
  if (field.tag !== undefined && random.below(3) === 0 && field.defaultText !== 'null') return fieldDefault(field);
  if (!field.isArray) return randomValue(random, field, version);
  return Array.from({ length: random.below(4) }, () => randomValue(random, field, version));
}

function randomValue(random: Random, field: FieldSchema, version: number): unknown {
  switch (field.type) {
    case 'struct':
      return randomMessage(random, field.fields, version);
    case 'bool':
      return random.below(2) === 1;
    case 'string':
      return random.text();
    case 'uuid':
      return random.bytes(16).toString('base64url');
    case 'bytes':
    case 'records':
      return random.bytes(random.pick([0, 1, 5, 126, 127, 300]));
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'long':
    case 'float64':
      return random.pick(numbers[field.type]!);
  }
}
