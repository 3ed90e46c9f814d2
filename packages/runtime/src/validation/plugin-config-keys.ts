import type { AnyPluginSpec, ConfigKeyInfo } from '@sluice/api';
import { sinkConnectorConfig } from '../config/sink-connector-config.ts';
import { sourceConnectorConfig } from '../config/source-connector-config.ts';
import { withConverterType } from './converter-keys.ts';

/**
 * The keys of a plugin as `GET /connector-plugins/<p>/config` lists them: its own, and for a connector those of the framework
 * that it does not define itself.
 *
 * Source: org.apache.kafka.connect.runtime.AbstractHerder.connectorPluginConfig
 */
export function pluginConfigKeys(spec: AnyPluginSpec): readonly ConfigKeyInfo[] {
  if (spec.kind === 'converter' || spec.kind === 'header_converter') return withConverterType(spec.config.keys);
  if (spec.kind !== 'source' && spec.kind !== 'sink') return spec.config.keys;
  const own = new Set(spec.config.keys.map((key) => key.name));
  const framework = spec.kind === 'source' ? sourceConnectorConfig.keys : sinkConnectorConfig.keys;
  return [...spec.config.keys, ...framework.filter((key) => !own.has(key.name))];
}
