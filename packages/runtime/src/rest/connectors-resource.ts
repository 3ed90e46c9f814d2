import type { ConnectorInfo, Herder } from '../control/herder.ts';
import { BadRequestError, ConnectRestError } from '../control/rest-errors.ts';
import { NotFoundError, type RawConfig } from '@sluice/api';
import { accepted, noContent, ok, type RestAnswer, type RestRequest, type RestRoute } from './rest-route.ts';

const tag = 'connectors';
const base = '/connectors/{connector}';
const done = { 204: { description: 'Done.' } } as const;
const taken = { 202: { description: 'Accepted; it takes effect soon.' } } as const;

/** `/connectors` and what describes or changes one connector. Source: org.apache.kafka.connect.runtime.rest.resources.ConnectorsResource */
export function connectorsRoutes(herder: Herder): RestRoute[] {
  return [
    {
      method: 'GET',
      path: '/connectors',
      operation: 'listConnectors',
      summary: 'The names of all connectors; with expand, what is known of them by name.',
      tag,
      query: [
        {
          name: 'expand',
          description: 'What to add to each connector; may be there twice.',
          schema: { type: 'array', items: { type: 'string', enum: ['status', 'info'] } },
        },
      ],
      answers: { 200: { description: 'Names, or connectors by name.', schema: 'ConnectorList' } },
      handle: (request) => ok(listConnectors(herder, request)),
    },
    {
      method: 'POST',
      path: '/connectors',
      operation: 'createConnector',
      summary: 'Creates a connector.',
      tag,
      request: 'CreateConnectorRequest',
      answers: { 201: { description: 'Created.', schema: 'ConnectorInfo' } },
      handle: (request) => createConnector(herder, request),
    },
    {
      method: 'GET',
      path: base,
      operation: 'getConnector',
      summary: "A connector's configuration, type and tasks.",
      tag,
      answers: { 200: { description: 'The connector.', schema: 'ConnectorInfo' } },
      handle: (request) => ok(herder.connectorInfo(request.param('connector'))),
    },
    {
      method: 'DELETE',
      path: base,
      operation: 'deleteConnector',
      summary: 'Stops a connector and its tasks and removes its configuration. Its offsets stay.',
      tag,
      answers: done,
      handle: async (request) => {
        await herder.deleteConnector(request.param('connector'));
        return noContent;
      },
    },
    {
      method: 'GET',
      path: `${base}/config`,
      operation: 'getConnectorConfig',
      summary: "A connector's configuration as it was given.",
      tag,
      answers: { 200: { description: 'The configuration.', schema: 'Config' } },
      handle: (request) => ok(herder.connectorInfo(request.param('connector')).config),
    },
    {
      method: 'PUT',
      path: `${base}/config`,
      operation: 'putConnectorConfig',
      summary: 'Replaces the configuration of a connector, or creates one.',
      tag,
      request: 'Config',
      answers: { 200: { description: 'Replaced.', schema: 'ConnectorInfo' }, 201: { description: 'Created.', schema: 'ConnectorInfo' } },
      handle: (request) => putConnectorConfig(herder, request),
    },
    {
      method: 'PATCH',
      path: `${base}/config`,
      operation: 'patchConnectorConfig',
      summary: 'Changes some keys of a configuration; null removes a key.',
      tag,
      request: 'Config',
      answers: { 200: { description: 'Changed.', schema: 'ConnectorInfo' } },
      handle: (request) => patchConnectorConfig(herder, request),
    },
    {
      method: 'GET',
      path: `${base}/status`,
      operation: 'getConnectorStatus',
      summary: 'The states of a connector and its tasks.',
      tag,
      answers: { 200: { description: 'The states.', schema: 'ConnectorStateInfo' } },
      handle: (request) => ok(herder.connectorStatus(request.param('connector'))),
    },
    {
      method: 'PUT',
      path: `${base}/pause`,
      operation: 'pauseConnector',
      summary: 'Pauses a connector and its tasks; what they hold stays open.',
      tag,
      answers: taken,
      handle: (request) => {
        herder.pauseConnector(request.param('connector'));
        return accepted;
      },
    },
    {
      method: 'PUT',
      path: `${base}/resume`,
      operation: 'resumeConnector',
      summary: 'Resumes a paused or stopped connector.',
      tag,
      answers: taken,
      handle: (request) => {
        herder.resumeConnector(request.param('connector'));
        return accepted;
      },
    },
    {
      method: 'PUT',
      path: `${base}/stop`,
      operation: 'stopConnector',
      summary: 'Stops a connector and removes its tasks; the connector itself stays.',
      tag,
      answers: done,
      handle: async (request) => {
        await herder.stopConnector(request.param('connector'));
        return noContent;
      },
    },
    {
      method: 'POST',
      path: `${base}/restart`,
      operation: 'restartConnector',
      summary: 'Restarts a connector; with a parameter also its tasks, or only what failed.',
      tag,
      query: [
        { name: 'includeTasks', description: 'Tasks as well.', schema: { type: 'boolean', default: false } },
        { name: 'onlyFailed', description: 'Only what has failed.', schema: { type: 'boolean', default: false } },
      ],
      answers: { ...done, 202: { description: 'With a parameter: what restarts shows RESTARTING.', schema: 'ConnectorStateInfo' } },
      handle: (request) => restart(herder, request),
    },
  ];
}

function listConnectors(herder: Herder, request: RestRequest): unknown {
  if (!request.query.has('expand')) return herder.connectors();
  const expand = request.query.getAll('expand');
  const entries: [name: string, expanded: Record<string, unknown>][] = [];
  for (const name of herder.connectors()) {
    try {
      const expanded: Record<string, unknown> = {};
      // A connector that has no status yet is left out altogether.
      for (const part of expand) {
        if (part === 'status') expanded['status'] = herder.connectorStatus(name);
        else if (part === 'info') expanded['info'] = herder.connectorInfo(name);
      }
      entries.push([name, expanded]);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  return Object.fromEntries(entries);
}

async function createConnector(herder: Herder, request: RestRequest): Promise<RestAnswer> {
  const { name, config, initialState } = request.body.createConnector();
  const named = withName(name, config);
  const { info } = await herder.putConnectorConfig({ name, config: named, initialState, allowReplace: false });
  return created(request, info);
}

async function putConnectorConfig(herder: Herder, request: RestRequest): Promise<RestAnswer> {
  const name = request.param('connector');
  const config = withName(name, request.body.config());
  const { created: isNew, info } = await herder.putConnectorConfig({ name, config, initialState: null, allowReplace: true });
  return isNew ? created(request, info) : ok(info);
}

async function patchConnectorConfig(herder: Herder, request: RestRequest): Promise<RestAnswer> {
  const name = request.param('connector');
  herder.connectorInfo(name);
  return ok(await herder.patchConnectorConfig(name, request.body.config()));
}

async function restart(herder: Herder, request: RestRequest): Promise<RestAnswer> {
  const connector = request.param('connector');
  const includeTasks = request.flag('includeTasks', false);
  const onlyFailed = request.flag('onlyFailed', false);
  if (includeTasks || onlyFailed)
    return { status: 202, body: await herder.restartConnectorAndTasks({ connector, includeTasks, onlyFailed }) };
  await herder.restartConnector(connector);
  return noContent;
}

/** The configuration with the name in it, which must not be another one than it has. */
function withName(name: string, config: RawConfig): RawConfig {
  if (!Object.hasOwn(config, 'name')) return { ...config, name };
  if (config['name'] === name) return config;
  throw new BadRequestError(`Connector name configuration (${config['name']}) doesn't match connector name in the URL (${name})`);
}

function created(request: RestRequest, info: ConnectorInfo): RestAnswer {
  const path = info.name.split('/').map(encodeURIComponent).join('/');
  return { status: 201, headers: { location: `${request.baseUrl}/connectors/${path}` }, body: info };
}

/** Refuses what `topic.tracking.enable` or `topic.tracking.allow.reset` forbid. */
export function forbidden(message: string): ConnectRestError {
  return new ConnectRestError(403, message);
}
