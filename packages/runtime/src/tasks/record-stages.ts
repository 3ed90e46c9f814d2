import {
  ConfigError,
  type ConnectRecord,
  type Converter,
  type HeaderConverter,
  NotFoundError,
  type Predicate,
  type RawConfig,
  type Transformation,
} from '@sluice/api';
import type { PluginLoader, PluginSpecs } from '../plugins/plugin-loader.ts';
import type { PluginType } from '../plugins/plugin-descriptor.ts';
import type { Stage } from './stage.ts';

export interface ConverterStage {
  readonly stage: Stage;
  readonly converter: Converter;
}

export interface HeaderConverterStage {
  readonly stage: Stage;
  readonly converter: HeaderConverter;
}

/** A transformation with the predicate that gates it. */
export interface TransformationStage {
  readonly stage: Stage;
  readonly transformation: Transformation;
  readonly predicate: Predicate | null;
  readonly negate: boolean;
}

/** The stages of a record as a configuration says them; a source runs them forwards, a sink from its end. */
export interface RecordStages {
  readonly key: ConverterStage;
  readonly value: ConverterStage;
  readonly header: HeaderConverterStage;
  readonly transformations: readonly TransformationStage[];
}

const SIMPLE_HEADER_CONVERTER = 'org.apache.kafka.connect.storage.SimpleHeaderConverter';

/**
 * Builds the stages from a connector's configuration and its worker's; each caller gets its own instances.
 *
 * A converter that the connector names takes its settings from the connector alone; one that it does not name comes from the worker
 * with the worker's settings, and the connector's `key.converter.*` keys are ignored then.
 *
 * Source: org.apache.kafka.connect.runtime.Worker.startTask, ConnectorConfig.transformationStages
 * @throws ConfigError for a class that is not found or a wrong setting.
 */
export async function buildRecordStages(connector: RawConfig, worker: RawConfig, plugins: PluginLoader): Promise<RecordStages> {
  const [key, value] = [await buildConverter('key', connector, worker, plugins), await buildConverter('value', connector, worker, plugins)];
  const header = await buildHeaderConverter(connector, worker, plugins);
  const transformations: TransformationStage[] = [];
  for (const alias of aliases(connector, 'transforms')) transformations.push(await buildTransformation(alias, connector, plugins));
  return { key, value, header, transformations };
}

/** Lets every stage release what it holds. */
export function closeRecordStages(stages: RecordStages): void {
  for (const { transformation, predicate } of stages.transformations) {
    transformation.close?.();
    predicate?.close?.();
  }
  stages.key.converter.close?.();
  stages.value.converter.close?.();
  stages.header.converter.close?.();
}

/** Runs one transformation where its predicate lets it. */
export function applyTransformation<R extends ConnectRecord>(
  { transformation, predicate, negate }: TransformationStage,
  record: R,
): R | null {
  return predicate === null || predicate.test(record) !== negate ? transformation.apply(record) : record;
}

async function buildConverter(
  type: 'key' | 'value',
  connector: RawConfig,
  worker: RawConfig,
  plugins: PluginLoader,
): Promise<ConverterStage> {
  const property = `${type}.converter`;
  const { name, settings } = choose(property, connector, worker);
  const spec = await loadClass(plugins, 'converter', property, name);
  const converter = spec.create(spec.config.parse({ ...settings, 'converter.type': type }), { type });
  return { stage: { name: type === 'key' ? 'KEY_CONVERTER' : 'VALUE_CONVERTER', class: spec.class, alias: null }, converter };
}

async function buildHeaderConverter(connector: RawConfig, worker: RawConfig, plugins: PluginLoader): Promise<HeaderConverterStage> {
  const property = 'header.converter';
  const { name, settings } = choose(property, connector, worker, SIMPLE_HEADER_CONVERTER);
  const spec = await loadClass(plugins, 'header_converter', property, name);
  const config = spec.config.parse({ ...settings, 'converter.type': 'header' });
  // The loader lets only converters pass here that have createHeader.
  const converter = spec.kind === 'converter' ? spec.createHeader!(config) : spec.create(config);
  return { stage: { name: 'HEADER_CONVERTER', class: spec.class, alias: null }, converter };
}

function choose(property: string, connector: RawConfig, worker: RawConfig, fallback?: string): { name: string; settings: RawConfig } {
  const layer = (connector[property] ?? null) === null ? worker : connector;
  const name = layer[property] ?? fallback;
  if (name === undefined) throw new ConfigError(`Missing required configuration "${property}" which has no default value.`);
  return { name: name.trim(), settings: withPrefix(layer, `${property}.`) };
}

async function buildTransformation(alias: string, config: RawConfig, plugins: PluginLoader): Promise<TransformationStage> {
  const prefix = `transforms.${alias}.`;
  const name = required(config, `${prefix}type`);
  const spec = await loadClass(plugins, 'transformation', `${prefix}type`, name);
  // `predicate` and `negate` belong to the framework: a transformation does not see keys of that name.
  const { type: _type, predicate: predicateAlias, negate, ...settings } = withPrefix(config, prefix);
  if ((predicateAlias ?? null) === null && (negate ?? null) !== null) {
    throw new ConfigError(
      `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`,
    );
  }
  const transformation = spec.create(spec.config.parse(settings));
  return {
    stage: { name: 'TRANSFORMATION', class: spec.class, alias },
    transformation,
    predicate: (predicateAlias ?? null) === null ? null : await buildPredicate(predicateAlias!.trim(), config, plugins),
    negate: negate?.trim().toLowerCase() === 'true',
  };
}

async function buildPredicate(alias: string, config: RawConfig, plugins: PluginLoader): Promise<Predicate> {
  const prefix = `predicates.${alias}.`;
  const spec = await loadClass(plugins, 'predicate', `${prefix}type`, required(config, `${prefix}type`));
  const { type: _type, ...settings } = withPrefix(config, prefix);
  return spec.create(spec.config.parse(settings));
}

async function loadClass<T extends PluginType>(plugins: PluginLoader, type: T, property: string, name: string): Promise<PluginSpecs[T]> {
  try {
    return await plugins.load(type, name);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new ConfigError(ConfigError.invalid(property, name, `Class ${name} could not be found.`).message, { cause: error });
  }
}

function required(config: RawConfig, key: string): string {
  const value = config[key] ?? null;
  if (value === null) throw new ConfigError(`Missing required configuration "${key}" which has no default value.`);
  return value.trim();
}

/** The names in a list such as `transforms`. */
function aliases(config: RawConfig, key: string): readonly string[] {
  const names = (config[key] ?? '').split(',').map((name) => name.trim());
  const used = names.filter((name) => name !== '');
  if (new Set(used).size < used.length) throw ConfigError.invalid(key, `[${used.join(', ')}]`, 'Duplicate alias provided.');
  return used;
}

/** The keys that start with `prefix`, without it. */
export function withPrefix(config: RawConfig, prefix: string): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith(prefix) && key.length > prefix.length) found[key.slice(prefix.length)] = value;
  }
  return found;
}
