import type { Converter, HeaderConverter } from '@sluice/api';

/** A converter used for headers: the same functions, asked for each header. */
export function headerConverterOf(converter: Converter): HeaderConverter {
  return {
    fromConnectHeader: (topic, _key, schema, value) => converter.fromConnectData(topic, schema, value),
    toConnectHeader: (topic, _key, bytes) => converter.toConnectData(topic, bytes, 0, bytes?.length ?? 0),
  };
}
