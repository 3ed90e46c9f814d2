// Runs at the end of `npm ci`: loads the sources once, so that Node's compile cache has them stripped and compiled before the first start.
import { enableCompileCache, flushCompileCache } from 'node:module';

enableCompileCache();
const modules = ['@sluice/cli', '@sluice/runtime', '@sluice/runtime/worker', '@sluice/broker', '@sluice/broker/thread', '@sluice/connector-file', '@sluice/converters', 'fastify'];
try {
  if (Number(process.versions.node.split('.')[0]) >= 24) await Promise.all(modules.map((name) => import(name)));
  flushCompileCache();
} catch (error) {
  // A cold cache costs the first start some time and nothing else.
  console.warn(`The compile cache stays cold: ${(error as Error).message}`);
}
