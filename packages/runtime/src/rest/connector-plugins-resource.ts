import { ConnectError, type ConfigKeyInfo, javaErrorClass, type RawConfig } from '@sluice/api';
import type { Herder } from '../control/herder.ts';
import { BadRequestError } from '../control/rest-errors.ts';
import type { PluginDescriptor, PluginType } from '../plugins/plugin-descriptor.ts';
import { ok, type RestRoute } from './rest-route.ts';

const tag = 'plugins';
/** Types in the order in which all plugins are listed. Source: org.apache.kafka.connect.runtime.rest.resources.ConnectorPluginsResource */
const typeOrder: readonly PluginType[] = ['sink', 'source', 'transformation', 'predicate', 'converter', 'header_converter'];

/** `/connector-plugins`. */
export function connectorPluginsRoutes(herder: Herder): RestRoute[] {
  return [
    {
      method: 'GET',
      path: '/connector-plugins',
      operation: 'listPlugins',
      summary: 'The connectors, or all plugins, that are installed on this worker.',
      tag,
      query: [{ name: 'connectorsOnly', description: 'Only sources and sinks.', schema: { type: 'boolean', default: true } }],
      answers: { 200: { description: 'The plugins.', schema: 'Plugins' } },
      handle: (request) => ok(listPlugins(herder.plugins(), request.flag('connectorsOnly', true))),
    },
    {
      method: 'GET',
      path: '/connector-plugins/{plugin}/config',
      operation: 'getPluginConfig',
      summary: 'The configuration keys of a plugin.',
      tag,
      query: [{ name: 'version', description: 'A version, a range, or latest.', schema: { type: 'string' } }],
      answers: { 200: { description: 'The keys.', schema: 'ConfigKeyInfos' } },
      handle: async (request) => ok((await herder.pluginConfig(request.param('plugin'), request.query.get('version'))).map(keyInfo)),
    },
    {
      method: 'PUT',
      path: '/connector-plugins/{plugin}/config/validate',
      operation: 'validateConfig',
      summary: "Says what is wrong with a connector's configuration. Bad values are no HTTP error.",
      tag,
      request: 'Config',
      answers: { 200: { description: 'All keys with their values.', schema: 'ConfigInfos' } },
      handle: async (request) => ok(await validate(herder, request.param('plugin'), request.body.config())),
    },
  ];
}

function listPlugins(plugins: readonly PluginDescriptor[], connectorsOnly: boolean): unknown[] {
  const listed = plugins.filter(({ type }) => !connectorsOnly || type === 'sink' || type === 'source');
  // The sort is stable: inside a type the registry's order by class name stays.
  return listed
    .toSorted((a, b) => typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type))
    .map(({ class: name, type, version }) => (version === 'undefined' ? { class: name, type } : { class: name, type, version }));
}

async function validate(herder: Herder, plugin: string, config: RawConfig): Promise<unknown> {
  const name = config['connector.class'] ?? null;
  if (name !== null && !withoutSuffix(name).endsWith(withoutSuffix(plugin))) {
    throw new BadRequestError(`Included connector type ${name} does not match request type ${plugin}`);
  }
  try {
    const infos = await herder.validateConnectorConfig(config);
    return {
      ...infos,
      configs: infos.configs.map(({ definition, value }) => ({ definition: definition === null ? null : keyInfo(definition), value })),
    };
  } catch (error) {
    // The original does not unwrap what failed in its validation thread: the class stands before the text, and the status is always 500.
    throw new ConnectError(validationFailure(error), { cause: error });
  }
}

function validationFailure(error: unknown): string {
  const { message, cause } = error as Error;
  const inner = error instanceof BadRequestError && cause !== undefined ? `${javaErrorClass(cause)}: ` : '';
  return `${javaErrorClass(error)}: ${inner}${message}`;
}

function withoutSuffix(name: string): string {
  return name !== 'Connector' && name.endsWith('Connector') ? name.slice(0, -'Connector'.length) : name;
}

/** A key as Kafka 4.3 shows it. */
function keyInfo(key: ConfigKeyInfo): unknown {
  return {
    name: key.name,
    type: key.type,
    required: key.required,
    default_value: key.default_value,
    importance: key.importance,
    documentation: key.documentation,
    group: key.group,
    order_in_group: key.order,
    width: key.width,
    display_name: key.display_name,
    dependents: key.dependents,
  };
}
