import type { Herder } from '../control/herder.ts';
import { connectorPartsRoutes, type TopicTracking } from './connector-parts-resource.ts';
import { connectorPluginsRoutes } from './connector-plugins-resource.ts';
import { connectorsRoutes } from './connectors-resource.ts';
import { internalRoutes } from './internal-resource.ts';
import { openApiDocument } from './openapi.ts';
import { ok, type RestRoute } from './rest-route.ts';
import { rootRoutes } from './root-resource.ts';

/** All endpoints of a worker, and the document that describes them. */
export function restRoutes(herder: Herder, tracking: TopicTracking): RestRoute[] {
  const routes = [
    ...rootRoutes(herder),
    ...connectorsRoutes(herder),
    ...connectorPartsRoutes(herder, tracking),
    ...connectorPluginsRoutes(herder),
    ...internalRoutes(herder),
  ];
  const document: RestRoute = {
    method: 'GET',
    path: '/openapi.json',
    operation: 'openapi',
    summary: 'This document.',
    tag: 'worker',
    answers: { 200: { description: 'The document.' } },
    handle: () => ok(openApiDocument([...routes, document], { version: herder.serverInfo().version })),
  };
  return [...routes, document];
}
