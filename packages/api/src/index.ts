export type {
  ConfigDef,
  ConfigKeyInfo,
  ConfigType,
  ConfigValueInfo,
  Importance,
  ParseOptions,
  RawConfig,
  Width,
} from './config/config-def.ts';
export {
  boolean,
  cls,
  type ConfigEntry,
  type ConfigKey,
  type ConfigKeys,
  type ConfigValues,
  double,
  int,
  type KeyOptions,
  list,
  long,
  named,
  password,
  prefix,
  type Recommend,
  type SeenConfig,
  short,
  string,
} from './config/config-keys.ts';
export { embedConfig, type EmbedOptions, mergeConfigs, omitKeys } from './config/combine-configs.ts';
export { type ConfigOf, type ConfigRules, defineConfig, type TaskConfigOf, type TaskValuesOf } from './config/define-config.ts';
export { configText, javaTrim, parseJavaDouble, parseJavaInteger, parseList, parseType } from './config/parse-type.ts';
export { Password } from './config/password.ts';
export { validators } from './config/validators.ts';
export type { RunningConnector, SinkConnectorSpec, SourceConnectorSpec } from './connector.ts';
export type { ConnectorContext, ErrantRecordReporter, OffsetReader, SinkTaskContext, SourceTaskContext, TaskContext } from './context.ts';
export type {
  Converter,
  ConverterSpec,
  ConverterType,
  Encoded,
  HeaderConverter,
  HeaderConverterSpec,
  Predicate,
  PredicateSpec,
  Transformation,
  TransformationSpec,
} from './converter.ts';
export { internSchema, isSchema, type SchemaAttributes } from './data/connect-schema.ts';
export { int64 } from './data/canonical-value.ts';
export { Decimal } from './data/decimal.ts';
export { javaClassName } from './data/java-class.ts';
export { javaHash, javaMapCopyOrder, javaSetOrder } from './data/java-hash.ts';
export { javaDouble, javaFloat, javaToString } from './data/java-text.ts';
export { LogicalTypes } from './data/logical-types.ts';
export { copyOf, schema, type SchemaOptions, type StructOf } from './data/schema.ts';
export { SchemaBuilder } from './data/schema-builder.ts';
export { SchemaProjector } from './data/schema-projector.ts';
export { Schemas } from './data/schemas.ts';
export { fieldOf, ownValue, structOf } from './data/struct.ts';
export { toJson } from './data/to-json.ts';
export type { Int64, TypedSchema, ValueOf } from './data/typed-schema.ts';
export { isPlainObject, validateValue } from './data/validate-value.ts';
export { type Discover, splitEvenly } from './discover.ts';
export { errorFromWire, errorToWire, javaErrorClass, javaTrace, type WireError } from './error-wire.ts';
export {
  AlreadyExistsError,
  ConfigError,
  ConnectError,
  DataError,
  errorClasses,
  type ErrorName,
  NotFoundError,
  RetriableError,
  SchemaBuilderError,
} from './errors.ts';
export { type Header, Headers } from './headers.ts';
export type { Logger } from './logger.ts';
export {
  type AnyConnectorSpec,
  type AnyConverterSpec,
  type AnyHeaderConverterSpec,
  type AnyPluginSpec,
  type AnyPredicateSpec,
  type AnySinkConnectorSpec,
  type AnySourceConnectorSpec,
  type AnyTransformationSpec,
  converter,
  headerConverter,
  predicate,
  sinkConnector,
  type SinkConnectorInput,
  sourceConnector,
  type SourceConnectorInput,
  transformation,
} from './makers.ts';
export { PerSchema } from './per-schema.ts';
export type { ConnectRecord, SinkRecord, SourceOffset, SourcePartition, SourceRecord, TimestampType } from './record.ts';
export { retriable } from './retriable.ts';
export type { Field, Schema, SchemaAndValue, SchemaType } from './schema.ts';
export { SinkTask, SourceTask } from './tasks.ts';
export { TopicPartition } from './topic-partition.ts';
export { Values } from './values/values.ts';
