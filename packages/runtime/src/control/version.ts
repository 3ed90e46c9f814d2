import { createRequire } from 'node:module';

/** The version of Kafka Connect whose REST API and behaviour this worker has. */
export const connectVersion = '4.3.1';

/** The version of this package. */
export function packageVersion(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
}
