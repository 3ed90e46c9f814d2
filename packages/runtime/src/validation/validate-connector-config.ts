import { ConnectError, type RawConfig } from '@sluice/api';
import { sinkConnectorConfig } from '../config/sink-connector-config.ts';
import { sourceConnectorConfig } from '../config/source-connector-config.ts';
import { clientOverrideInfos } from './client-overrides.ts';
import { type ConfigInfo, ConfigInfoMap, type ConfigInfos } from './config-infos.ts';
import { completeConverterKeys, converterInfos, converterTypes } from './converter-keys.ts';
import { addEmbeddedPlugins } from './embedded-plugins.ts';
import { addSinkTopicErrors } from './sink-topics.ts';
import type { ValidationContext } from './validation-context.ts';

/**
 * Everything that can be said about a connector's configuration before it runs: the framework's keys, those of its transformations and
 * predicates, its own, its converters' and its client overrides. Bad values are part of the answer.
 *
 * Throws where validation itself is impossible: no such connector, a client override that cannot be read.
 *
 * Source: org.apache.kafka.connect.runtime.AbstractHerder.validateConnectorConfig (4.3)
 */
export async function validateConnectorConfig(raw: RawConfig, context: ValidationContext): Promise<ConfigInfos> {
  const name = raw['connector.class'];
  if (typeof name !== 'string') throw new ConnectError('The connector configuration contains no connector type');
  const descriptor = context.plugins.registry.connector(name);
  const connector = await context.plugins.loadConnector(name);
  const infos = new ConfigInfoMap();
  const framework = connector.kind === 'source' ? sourceConnectorConfig : sinkConnectorConfig;
  infos.add(framework.keys, framework.validate(raw));
  completeVersion(infos, raw, descriptor.version);
  completeConverterKeys(infos, raw, context);
  await addEmbeddedPlugins(infos, 'transformation', raw, context);
  await addEmbeddedPlugins(infos, 'predicate', raw, context);
  if (connector.kind === 'sink') addSinkTopicErrors(infos, raw);
  for (const [key, value] of Object.entries(raw)) {
    if (value === null) infos.addError(key, 'Null value can not be supplied as the configuration value.');
  }
  // What the connector says about a key counts, also where the framework has said something.
  infos.add(connector.config.keysFor(raw), connector.config.validate(raw));

  const overrides = clientOverrideInfos(connector.kind, raw, context);
  const converters: ConfigInfo[] = [];
  for (const type of converterTypes) converters.push(...(await converterInfos(infos, type, raw, context)));
  return answer(name, infos, [...overrides, ...converters]);
}

function completeVersion(infos: ConfigInfoMap, raw: RawConfig, version: string): void {
  infos.changeDefinition('connector.plugin.version', { default_value: version });
  infos.changeValue('connector.plugin.version', { value: raw['connector.plugin.version'] ?? version, recommended_values: [version] });
}

function answer(name: string, infos: ConfigInfoMap, further: readonly ConfigInfo[]): ConfigInfos {
  const main = infos.infos();
  const messages = main.reduce((count, info) => count + (info.value?.errors.length ?? 0), 0);
  // Of converters and client overrides the keys are counted, not the messages.
  const keys = further.filter((info) => (info.value?.errors.length ?? 0) > 0).length;
  const groups = further.map((info) => info.definition?.group ?? null).filter((group) => group !== null);
  return { name, error_count: messages + keys, groups: [...new Set([...infos.groups(), ...groups])], configs: [...main, ...further] };
}
