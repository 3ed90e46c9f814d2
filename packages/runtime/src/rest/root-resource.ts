import type { Herder } from '../control/herder.ts';
import { healthTimeoutMs, RequestTimeoutError, stageText, withTimeout } from './request-timeout.ts';
import { ok, type RestAnswer, type RestRoute } from './rest-route.ts';

/** `/` and `/health`. Source: org.apache.kafka.connect.runtime.rest.resources.RootResource, KIP-1017 */
export function rootRoutes(herder: Herder): RestRoute[] {
  return [
    {
      method: 'GET',
      path: '/',
      operation: 'serverInfo',
      summary: "The worker's version and the Kafka cluster it works with.",
      tag: 'worker',
      answers: { 200: { description: 'The worker.', schema: 'ServerInfo' } },
      handle: () => ok(herder.serverInfo()),
    },
    {
      method: 'GET',
      path: '/health',
      operation: 'health',
      summary: 'Whether the worker has started and can serve requests.',
      tag: 'worker',
      answers: {
        200: { description: 'It can.', schema: 'Health' },
        503: { description: 'It is still starting.', schema: 'Health' },
        500: { description: 'It cannot.', schema: 'Health' },
      },
      handle: () => health(herder),
    },
  ];
}

async function health(herder: Herder): Promise<RestAnswer> {
  try {
    if (!herder.isReady()) return unready(herder, 503, 'starting', 'Worker is still starting up.');
    await withTimeout(herder.healthCheck(), healthTimeoutMs, () => herder.stage());
  } catch (error) {
    if (!(error instanceof RequestTimeoutError)) throw error;
    return unready(herder, 500, 'unhealthy', 'Worker was unable to handle this request and may be unable to handle other requests.');
  }
  return ok({ status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' });
}

function unready(herder: Herder, status: number, word: string, text: string): RestAnswer {
  const stage = herder.stage();
  return { status, body: { status: word, message: stage === null ? text : `${text} ${stageText(stage)}` } };
}
