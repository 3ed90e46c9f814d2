import {
  ConfigError,
  type ConfigOf,
  type Converter,
  converter,
  DataError,
  defineConfig,
  type Encoded,
  javaToString,
  type Schema,
  type SchemaAndValue,
  Schemas,
  string,
} from '@sluice/api';
import { latin1Text, utf16Text, utf8Text } from './buffer-slices.ts';
import { headerConverterOf } from './header-converter.ts';

const config = defineConfig({
  'converter.encoding': string({ default: 'UTF-8', importance: 'high', doc: 'The name of the character set of the text.' }),
});

export interface StringConverterConfig extends ConfigOf<typeof config> {}

/** Text to bytes and back in one character set. */
interface Charset {
  encode(text: string): Encoded;
  decode(bytes: Buffer, start: number, end: number): string;
}

const utf8: Charset = {
  // The producer writes the text as UTF-8 itself. Java writes half a surrogate pair, which has no UTF-8, as a question mark.
  encode: (text) =>
    text.isWellFormed() ? text : text.toWellFormed().replaceAll('\ufffd', (found, at: number) => (text[at] === found ? found : '?')),
  decode: utf8Text,
};

const utf16le: Charset = { encode: (text) => Buffer.from(text, 'utf16le'), decode: utf16Text };
const utf16be: Charset = {
  encode: (text) => Buffer.from(text, 'utf16le').swap16(),
  decode: (bytes, start, end) => new TextDecoder('utf-16be', { ignoreBOM: true }).decode(bytes.subarray(start, end)),
};

const charsets: Readonly<Record<string, Charset>> = {
  'UTF-8': utf8,
  UTF8: utf8,
  'US-ASCII': singleByte(0x7f, (bytes, start, end) => latin1Text(bytes, start, end).replace(/[\u0080-\u00ff]/g, '\ufffd')),
  ASCII: singleByte(0x7f, (bytes, start, end) => latin1Text(bytes, start, end).replace(/[\u0080-\u00ff]/g, '\ufffd')),
  'ISO-8859-1': singleByte(0xff, latin1Text),
  ISO8859_1: singleByte(0xff, latin1Text),
  LATIN1: singleByte(0xff, latin1Text),
  'UTF-16LE': utf16le,
  'UTF-16BE': utf16be,
  // Java writes a big-endian byte order mark, and reads either order by its mark.
  'UTF-16': {
    encode: (text) => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
    decode: (bytes, start, end) => {
      const mark = end - start >= 2 ? bytes.readUInt16BE(start) : 0;
      if (mark === 0xfffe) return utf16le.decode(bytes, start + 2, end);
      return utf16be.decode(bytes, mark === 0xfeff ? start + 2 : start, end);
    },
  },
};

/** Characters beyond `max` are written as a question mark, as in Java. */
function singleByte(max: number, decode: Charset['decode']): Charset {
  return {
    encode: (text) => Buffer.from(Array.from(text, (char) => (char.codePointAt(0)! > max ? '?' : char)).join(''), 'latin1'),
    decode,
  };
}

/** Source: org.apache.kafka.connect.storage.StringConverter */
class StringConverter implements Converter {
  readonly #charset: Charset;

  constructor(settings: StringConverterConfig) {
    const name = settings['converter.encoding'];
    const charset = charsets[name.toUpperCase()];
    if (charset === undefined) {
      throw ConfigError.invalid(
        'converter.encoding',
        name,
        `Unknown or unsupported character set, use one of ${Object.keys(charsets).join(', ')}`,
      );
    }
    this.#charset = charset;
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Encoded {
    if (value === null || value === undefined) return null;
    try {
      return this.#charset.encode(typeof value === 'string' ? value : javaToString(value, schema));
    } catch (error) {
      throw new DataError('Failed to serialize to a string: ', { cause: error });
    }
  }

  toConnectData(_topic: string, bytes: Buffer | null, start: number, end: number): SchemaAndValue {
    if (bytes === null) return { schema: Schemas.OPTIONAL_STRING, value: null };
    try {
      return { schema: Schemas.OPTIONAL_STRING, value: this.#charset.decode(bytes, start, end) };
    } catch (error) {
      throw new DataError('Failed to deserialize string: ', { cause: error });
    }
  }
}

/**
 * Text. Any value is written in the form Java's toString gives it; what is read is an optional STRING.
 *
 * Source: org.apache.kafka.connect.storage.StringConverter
 */
export const stringConverter = converter({
  class: 'org.apache.kafka.connect.storage.StringConverter',
  config,
  create: (settings: StringConverterConfig) => new StringConverter(settings),
  createHeader: (settings: StringConverterConfig) => headerConverterOf(new StringConverter(settings)),
});
