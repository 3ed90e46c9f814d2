import type { Herder } from '../control/herder.ts';
import { noContent, type RestRoute } from './rest-route.ts';

/** What workers of a cluster ask of each other. Source: org.apache.kafka.connect.runtime.rest.resources.InternalClusterResource */
export function internalRoutes(herder: Herder): RestRoute[] {
  const answers = { 204: { description: 'Done.' } };
  return [
    {
      method: 'POST',
      path: '/connectors/{connector}/tasks',
      operation: 'putTaskConfigs',
      summary: 'Between workers: the task configurations that a connector made.',
      tag: 'internal',
      request: 'Configs',
      answers,
      consumesAnything: true,
      handle: async (request) => {
        await herder.putTaskConfigs(request.param('connector'), request.body.configs());
        return noContent;
      },
    },
    {
      method: 'PUT',
      path: '/connectors/{connector}/fence',
      operation: 'fenceZombies',
      summary: 'Between workers: fences older tasks before exactly-once tasks start.',
      tag: 'internal',
      answers,
      consumesAnything: true,
      handle: async (request) => {
        await herder.fenceZombieSourceTasks(request.param('connector'));
        return noContent;
      },
    },
  ];
}
