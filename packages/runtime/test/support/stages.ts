import { type ConnectRecord, type Converter, DataError, type HeaderConverter, javaToString, type Transformation } from '@sluice/api';
import type { RecordStages, TransformationStage } from '../../src/tasks/record-stages.ts';

/** Text as it is; a value `bad…` is refused both ways. */
export const textConverter: Converter = {
  fromConnectData(_topic, _schema, value) {
    if (value === null || value === undefined) return null;
    const text = javaToString(value);
    if (text.startsWith('bad')) throw new DataError(`cannot write ${text}`);
    return text;
  },
  toConnectData(_topic, bytes, start, end) {
    const value = bytes === null ? null : bytes.toString('utf8', start, end);
    if (value?.startsWith('bad')) throw new DataError(`cannot read ${value}`);
    return { schema: null, value };
  },
};

export const textHeaderConverter: HeaderConverter = {
  fromConnectHeader: (_topic, _key, _schema, value) => (value === null ? null : javaToString(value)),
  toConnectHeader(_topic, key, bytes) {
    const value = bytes === null ? null : bytes.toString();
    if (value?.startsWith('bad')) throw new DataError(`cannot read header ${key}`);
    return { schema: null, value };
  },
};

export function transformationStage(
  alias: string,
  apply: (record: ConnectRecord) => ConnectRecord | null,
  more: Partial<TransformationStage> = {},
): TransformationStage {
  const transformation: Transformation = { apply: (record) => apply(record) as typeof record | null };
  return { stage: { name: 'TRANSFORMATION', class: `test.${alias}`, alias }, transformation, predicate: null, negate: false, ...more };
}

export function textStages(
  overrides: { readonly key?: Converter; readonly value?: Converter; readonly transformations?: readonly TransformationStage[] } = {},
): RecordStages {
  return {
    key: { stage: { name: 'KEY_CONVERTER', class: 'test.TextConverter', alias: null }, converter: overrides.key ?? textConverter },
    value: { stage: { name: 'VALUE_CONVERTER', class: 'test.TextConverter', alias: null }, converter: overrides.value ?? textConverter },
    header: { stage: { name: 'HEADER_CONVERTER', class: 'test.TextHeaderConverter', alias: null }, converter: textHeaderConverter },
    transformations: overrides.transformations ?? [],
  };
}
