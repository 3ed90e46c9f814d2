import {
  defineConfig,
  type Encoded,
  type HeaderConverter,
  headerConverter,
  type Schema,
  type SchemaAndValue,
  Schemas,
  Values,
} from '@sluice/api';
import { utf8Text } from './buffer-slices.ts';

/** Source: org.apache.kafka.connect.storage.SimpleHeaderConverter */
const simpleHeader: HeaderConverter = {
  fromConnectHeader(_topic: string, _key: string, schema: Schema | null, value: unknown): Encoded {
    return value === null || value === undefined ? null : Values.convertToString(schema, value);
  },

  toConnectHeader(_topic: string, _key: string, bytes: Buffer | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null };
    try {
      return Values.parseString(utf8Text(bytes, 0, bytes.length));
    } catch {
      // What is no text of ours is not lost: it stays as the bytes it is, as in Java.
      return { schema: Schemas.BYTES, value: Buffer.from(bytes) };
    }
  },
};

/**
 * Headers as text; the type is guessed back from the text when it is read. The default header converter.
 *
 * Source: org.apache.kafka.connect.storage.SimpleHeaderConverter
 */
export const simpleHeaderConverter = headerConverter({
  class: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
  config: defineConfig({}),
  create: () => simpleHeader,
});
