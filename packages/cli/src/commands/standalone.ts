import { createLog } from '../log.ts';
import { pluginRoots } from '../plugin-roots.ts';
import { stopSignal } from '../shutdown.ts';
import { ExitCode } from '../user-error.ts';
import { readUserFile } from '../user-file.ts';
import { parseConnectorFile, parseProperties, startStandaloneWorker } from '@sluice/runtime';

/** `sluice standalone worker.properties [connector...]`: a worker until a signal comes. */
export async function standalone(files: { worker: string; connectors: readonly string[] }): Promise<void> {
  const workerProps = parseProperties(readUserFile(files.worker, 'worker configuration'));
  const connectors = files.connectors.map((file) => parseConnectorFile(file, readUserFile(file, 'connector configuration')));
  const stopping = stopSignal();
  const log = createLog();
  const worker = await startStandaloneWorker({ workerProps, connectors, pluginRoots: pluginRoots(), log });
  log('info', '', `Kafka Connect's REST API is at ${worker.url}`);
  const signal = await stopping;
  log('info', '', `${signal}: stopping`);
  await worker.stop();
  process.exit(ExitCode.ok);
}
