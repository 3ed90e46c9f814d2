import type { Herder } from '../control/herder.ts';
import { BadRequestError } from '../control/rest-errors.ts';
import { forbidden } from './connectors-resource.ts';
import { accepted, noContent, ok, type RestRequest, type RestRoute } from './rest-route.ts';

const base = '/connectors/{connector}';

/** What the worker allows of topic tracking (KIP-558). */
export interface TopicTracking {
  readonly isEnabled: boolean;
  readonly isResetAllowed: boolean;
}

/** A connector's tasks, topics and offsets. Source: org.apache.kafka.connect.runtime.rest.resources.ConnectorsResource, KIP-558, KIP-875 */
export function connectorPartsRoutes(herder: Herder, tracking: TopicTracking): RestRoute[] {
  return [...taskRoutes(herder), ...topicRoutes(herder, tracking), ...offsetRoutes(herder)];
}

function taskRoutes(herder: Herder): RestRoute[] {
  const id = (request: RestRequest) => ({ connector: request.param('connector'), task: request.number('task') });
  return [
    {
      method: 'GET',
      path: `${base}/tasks`,
      operation: 'listTasks',
      summary: "A connector's tasks with their configurations.",
      tag: 'tasks',
      answers: { 200: { description: 'The tasks.', schema: 'TaskInfos' } },
      handle: (request) => ok(herder.taskInfos(request.param('connector'))),
    },
    {
      method: 'GET',
      path: `${base}/tasks/{task}/status`,
      operation: 'getTaskStatus',
      summary: 'The state of a task.',
      tag: 'tasks',
      answers: { 200: { description: 'The state.', schema: 'TaskState' } },
      handle: (request) => ok(herder.taskStatus(id(request))),
    },
    {
      method: 'POST',
      path: `${base}/tasks/{task}/restart`,
      operation: 'restartTask',
      summary: 'Stops and starts a task.',
      tag: 'tasks',
      answers: { 204: { description: 'Done.' } },
      handle: async (request) => {
        await herder.restartTask(id(request));
        return noContent;
      },
    },
  ];
}

function topicRoutes(herder: Herder, tracking: TopicTracking): RestRoute[] {
  const assertEnabled = (): void => {
    if (!tracking.isEnabled) throw forbidden('Topic tracking is disabled.');
  };
  return [
    {
      method: 'GET',
      path: `${base}/topics`,
      operation: 'getActiveTopics',
      summary: 'The topics that a connector has used since it was created or they were reset.',
      tag: 'topics',
      answers: { 200: { description: 'The topics by connector.', schema: 'ActiveTopics' } },
      handle: (request) => {
        assertEnabled();
        const connector = request.param('connector');
        return ok(Object.fromEntries([[connector, { topics: herder.activeTopics(connector) }]]));
      },
    },
    {
      method: 'PUT',
      path: `${base}/topics/reset`,
      operation: 'resetActiveTopics',
      summary: 'Forgets the topics that a connector has used.',
      tag: 'topics',
      answers: { 202: { description: 'Accepted.' } },
      handle: (request) => {
        assertEnabled();
        if (!tracking.isResetAllowed) throw forbidden('Topic tracking reset is disabled.');
        herder.resetActiveTopics(request.param('connector'));
        return accepted;
      },
    },
  ];
}

function offsetRoutes(herder: Herder): RestRoute[] {
  return [
    {
      method: 'GET',
      path: `${base}/offsets`,
      operation: 'getOffsets',
      summary: 'The committed offsets of a connector.',
      tag: 'offsets',
      answers: { 200: { description: 'The offsets.', schema: 'ConnectorOffsets' } },
      handle: async (request) => ok({ offsets: await herder.connectorOffsets(request.param('connector')) }),
    },
    {
      method: 'PATCH',
      path: `${base}/offsets`,
      operation: 'alterOffsets',
      summary: 'Sets offsets of a stopped connector; a null offset removes that of its partition.',
      tag: 'offsets',
      request: 'ConnectorOffsets',
      answers: { 200: { description: 'Altered.', schema: 'Message' } },
      handle: async (request) => {
        const offsets = request.body.offsets();
        if (offsets === null || offsets.length === 0) {
          throw new BadRequestError('Partitions / offsets need to be provided for an alter offsets request');
        }
        return ok({ message: await herder.alterConnectorOffsets(request.param('connector'), offsets) });
      },
    },
    {
      method: 'DELETE',
      path: `${base}/offsets`,
      operation: 'resetOffsets',
      summary: 'Removes all offsets of a stopped connector.',
      tag: 'offsets',
      answers: { 200: { description: 'Reset.', schema: 'Message' } },
      handle: async (request) => ok({ message: await herder.resetConnectorOffsets(request.param('connector')) }),
    },
  ];
}
