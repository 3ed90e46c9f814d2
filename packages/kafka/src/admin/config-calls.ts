import { isControllerError } from './admin-call.ts';
import type { AdminCall, AdminResult } from './admin-call.ts';
import { errorOf } from './topic-calls.ts';

const resourceTypes = { topic: 2, broker: 4 } as const;

/** What a configuration belongs to. A broker's name is its node id. */
export interface ConfigResource {
  readonly type: keyof typeof resourceTypes;
  readonly name: string;
}

export interface ConfigEntry {
  readonly name: string;
  /** `null` for a sensitive value. */
  readonly value: string | null;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  /** Nobody set it. */
  readonly isDefault: boolean;
}

export interface DescribedConfig extends ConfigResource, AdminResult {
  readonly entries: readonly ConfigEntry[];
}

/** A value of `null` sets the key back to its default. */
export interface AlteredConfig extends ConfigResource {
  readonly configs: Readonly<Record<string, string | null>>;
}

const defaultConfigSource = 5;
const keyOf = (type: number, name: string): string => `${type} ${name}`;

/** A broker's configuration is known to that broker alone; topics' to all. */
const nodeOf = (resource: ConfigResource): number | 'any' =>
  resource.type === 'broker' && resource.name !== '' ? Number(resource.name) : 'any';

export async function describeConfigs(call: AdminCall, resources: readonly ConfigResource[]): Promise<DescribedConfig[]> {
  const byNode = Map.groupBy(resources, nodeOf);
  const results = await Promise.all([...byNode].map(([node, some]) => describeAt(call, node, some)));
  const found = new Map(results.flat().map((result) => [keyOf(resourceTypes[result.type], result.name), result]));
  return resources.flatMap((resource) => found.get(keyOf(resourceTypes[resource.type], resource.name)) ?? []);
}

function describeAt(call: AdminCall, node: number | 'any', resources: readonly ConfigResource[]): Promise<DescribedConfig[]> {
  const wanted = new Map(resources.map((resource) => [keyOf(resourceTypes[resource.type], resource.name), resource]));
  return call.each([...wanted.keys()], isControllerError, async (keys) => {
    const body = {
      resources: keys.map((key) => ({
        resourceType: resourceTypes[wanted.get(key)!.type],
        resourceName: wanted.get(key)!.name,
        configurationKeys: null,
      })),
    };
    const answer = await call.client.send(node, 'DescribeConfigs', body, { signal: call.signal });
    return new Map(
      answer.results.map((result) => {
        const entries = result.configs.map((entry) => ({
          name: entry.name,
          value: entry.value,
          isReadOnly: entry.readOnly,
          isSensitive: entry.isSensitive,
          isDefault: entry.configSource === defaultConfigSource,
        }));
        const key = keyOf(result.resourceType, result.resourceName);
        return [key, { ...wanted.get(key)!, entries, error: errorOf(result.errorCode, result.errorMessage) }];
      }),
    );
  });
}

export async function alterConfigs(call: AdminCall, changes: readonly AlteredConfig[]): Promise<(ConfigResource & AdminResult)[]> {
  const wanted = new Map(changes.map((change) => [keyOf(resourceTypes[change.type], change.name), change]));
  return call.each([...wanted.keys()], isControllerError, async (keys) => {
    const body = {
      resources: keys.map((key) => {
        const { type, name, configs } = wanted.get(key)!;
        // Operation 0 sets a value, 1 removes it.
        const entries = Object.entries(configs).map(([entry, value]) => ({ name: entry, configOperation: value === null ? 1 : 0, value }));
        return { resourceType: resourceTypes[type], resourceName: name, configs: entries };
      }),
    };
    const answer = await call.client.send(await call.controller(), 'IncrementalAlterConfigs', body, { signal: call.signal });
    return new Map(
      answer.responses.map((result) => {
        const key = keyOf(result.resourceType, result.resourceName);
        const { type, name } = wanted.get(key)!;
        return [key, { type, name, error: errorOf(result.errorCode, result.errorMessage) }];
      }),
    );
  });
}
