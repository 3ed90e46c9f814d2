import { errors, kafkaError } from '@sluice/protocol';
import type { Input, Requests, Responses } from '@sluice/protocol';
import { brokerConfigKeys } from '../config/broker-config.ts';
import { configTypeCode, splitList } from '../config/config-key.ts';
import type { ConfigKey } from '../config/config-key.ts';
import { checkTopicConfig, topicConfigKeys, topicConfigValue } from '../config/topic-config.ts';
import type { Topic } from '../topics/topics.ts';
import type { BrokerState, Handler } from './handler.ts';
import { failure } from './topics.ts';

type DescribeResource = Requests['DescribeConfigs']['resources'][number];
type DescribedConfig = Input<Responses['DescribeConfigs']['results'][number]['configs'][number]>;
type IncrementalChange = Requests['IncrementalAlterConfigs']['resources'][number]['configs'][number];

// Kinds of resources. Source: ConfigResource.Type
const TOPIC = 2;
const BROKER = 4;
const CLIENT_METRICS = 16;
const GROUP = 32;
// Where a value comes from. Source: ConfigEntry.ConfigSource
const FROM_TOPIC = 1;
const FROM_BROKER = 4;
const FROM_DEFAULT = 5;
// What to do with a value. Source: AlterConfigOp.OpType
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

const NONE = errors.NONE.code;

interface Source {
  name: string;
  value: string;
  source: number;
}

export const describeConfigs: Handler<'DescribeConfigs'> = (broker, request) => ({
  results: request.resources.map((resource) => {
    const { resourceType, resourceName } = resource;
    try {
      const configs = describeResource(broker, resource, request);
      return { errorCode: NONE, errorMessage: null, resourceType, resourceName, configs };
    } catch (error) {
      return {
        ...failure(broker, `The configuration of ${resourceName} could not be read`, error),
        resourceType,
        resourceName,
        configs: [],
      };
    }
  }),
});

function describeResource(
  broker: BrokerState,
  resource: DescribeResource,
  options: { includeSynonyms: boolean; includeDocumentation: boolean },
): DescribedConfig[] {
  const { resourceType, resourceName, configurationKeys } = resource;
  const isAsked = (name: string): boolean =>
    configurationKeys === null || configurationKeys.length === 0 || configurationKeys.includes(name);
  const describe = (name: string, key: ConfigKey, sources: readonly Source[], readOnly: boolean): DescribedConfig => ({
    name,
    value: sources[0]?.value ?? null,
    readOnly,
    configSource: sources[0]?.source ?? FROM_DEFAULT,
    isSensitive: false,
    synonyms: options.includeSynonyms ? sources : [],
    configType: configTypeCode(key.type),
    documentation: options.includeDocumentation ? key.doc : null,
  });
  switch (resourceType) {
    case TOPIC: {
      const topic = existingTopic(broker, resourceName);
      const names = Object.entries(topicConfigKeys).filter(([name]) => isAsked(name));
      return names.map(([name, key]) => describe(name, key, topicSources(broker, topic, name), false));
    }
    case BROKER: {
      checkBrokerName(broker, resourceName);
      // The default of all brokers: nothing is set there.
      if (resourceName === '') return [];
      const names = Object.entries(brokerConfigKeys).filter(([name]) => isAsked(name));
      return names.map(([name, key]) => describe(name, key, brokerSources(broker, name), true));
    }
    case CLIENT_METRICS:
    case GROUP:
      return [];
    default:
      throw kafkaError('INVALID_REQUEST', `This broker has no resources of type ${resourceType}.`);
  }
}

function topicSources(broker: BrokerState, topic: Topic, name: string): Source[] {
  const key = topicConfigKeys[name];
  const own = topic.config[name];
  const inherited = key?.broker == null ? [] : brokerSources(broker, key.broker);
  return [...(own === undefined ? [] : [{ name, value: own, source: FROM_TOPIC }]), ...inherited];
}

function brokerSources(broker: BrokerState, name: string): Source[] {
  const given = broker.config.given(name);
  const byDefault = { name, value: brokerConfigKeys[name]?.default ?? '', source: FROM_DEFAULT };
  return given === null ? [byDefault] : [{ name, value: given, source: FROM_BROKER }, byDefault];
}

export const incrementalAlterConfigs: Handler<'IncrementalAlterConfigs'> = async (broker, request) => {
  const responses = [];
  for (const { resourceType, resourceName, configs } of request.resources) {
    const change = (current: Readonly<Record<string, string>>): Record<string, string> => applyChanges(broker, current, configs);
    responses.push(await alterResource(broker, { resourceType, resourceName, change, isValidation: request.validateOnly }));
  }
  return { responses };
};

/** Replaces all that is set for a topic. */
export const alterConfigs: Handler<'AlterConfigs'> = async (broker, request) => {
  const responses = [];
  for (const { resourceType, resourceName, configs } of request.resources) {
    const change = (): Record<string, string> =>
      Object.fromEntries(configs.map(({ name, value }) => [name, checkTopicConfig(name, value)]));
    responses.push(await alterResource(broker, { resourceType, resourceName, change, isValidation: request.validateOnly }));
  }
  return { responses };
};

async function alterResource(
  broker: BrokerState,
  request: {
    resourceType: number;
    resourceName: string;
    change: (current: Readonly<Record<string, string>>) => Record<string, string>;
    isValidation: boolean;
  },
): Promise<Input<Responses['AlterConfigs']['responses'][number]>> {
  const { resourceType, resourceName, change, isValidation } = request;
  try {
    if (resourceType !== TOPIC)
      throw kafkaError('INVALID_REQUEST', 'This broker takes its own configuration at its start only; only topics can be altered.');
    const topic = existingTopic(broker, resourceName);
    if (isValidation) change(topic.config);
    else await broker.topics.alterConfig(resourceName, change);
    return { errorCode: NONE, errorMessage: null, resourceType, resourceName };
  } catch (error) {
    return { ...failure(broker, `The configuration of ${resourceName} could not be altered`, error), resourceType, resourceName };
  }
}

function applyChanges(
  broker: BrokerState,
  current: Readonly<Record<string, string>>,
  changes: readonly IncrementalChange[],
): Record<string, string> {
  const config: Record<string, string> = { ...current };
  for (const { name, configOperation, value } of changes) {
    if (configOperation === DELETE) {
      if (topicConfigKeys[name] === undefined) throw kafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
      delete config[name];
      continue;
    }
    const next = configOperation === SET ? value : changeList(name, topicConfigValueOrThrow(broker, name, config), configOperation, value);
    config[name] = checkTopicConfig(name, next);
  }
  return config;
}

function topicConfigValueOrThrow(broker: BrokerState, name: string, config: Readonly<Record<string, string>>): string {
  if (topicConfigKeys[name] === undefined) throw kafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
  return topicConfigValue(name, config, broker.config);
}

function changeList(name: string, current: string, operation: number, value: string | null): string {
  if (topicConfigKeys[name]?.type !== 'list')
    throw kafkaError(
      'INVALID_CONFIG',
      `Can't ${operation === APPEND ? 'APPEND' : 'SUBTRACT'} to key ${name} because its type is not LIST.`,
    );
  const items = splitList(current);
  const given = splitList(value ?? '');
  if (operation === APPEND) return [...items, ...given.filter((item) => !items.includes(item))].join(',');
  if (operation === SUBTRACT) return items.filter((item) => !given.includes(item)).join(',');
  throw kafkaError('INVALID_REQUEST', `Unknown operation ${operation} for the configuration ${name}.`);
}

function existingTopic(broker: BrokerState, name: string): Topic {
  const topic = broker.topics.get(name);
  if (topic === null) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  return topic;
}

function checkBrokerName(broker: BrokerState, name: string): void {
  if (name !== '' && name !== String(broker.nodeId)) {
    throw kafkaError('INVALID_REQUEST', `Unexpected broker id, expected ${broker.nodeId} or empty string, but received ${name}`);
  }
}
