import type { HttpMethod, RestRoute } from './rest-route.ts';
import { openApiSchemas } from './openapi-schemas.ts';

const reference = (schema: string): unknown => ({ 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } });

/** The API document (OpenAPI 3.1) of a table of routes. */
export function openApiDocument(routes: readonly RestRoute[], info: { readonly version: string }): unknown {
  const paths: Record<string, Partial<Record<Lowercase<HttpMethod>, unknown>>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase() as Lowercase<HttpMethod>] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Kafka Connect REST API', version: info.version, description: "Kafka Connect's REST API as this worker serves it." },
    paths,
    components: { schemas: openApiSchemas },
  };
}

function operation(route: RestRoute): unknown {
  const parameters = [...pathParameters(route.path), ...(route.query ?? []).map((parameter) => ({ ...parameter, in: 'query' }))];
  const answers = Object.entries(route.answers).map(([status, { description, schema }]) => [
    status,
    schema === undefined ? { description } : { description, content: reference(schema) },
  ]);
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [route.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(route.request !== undefined && { requestBody: { required: true, content: reference(route.request) } }),
    responses: { ...Object.fromEntries(answers), default: { description: 'What went wrong.', content: reference('Error') } },
  };
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'task' ? 'integer' : 'string' },
  }));
}
