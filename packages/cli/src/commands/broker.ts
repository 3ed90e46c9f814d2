import { startBroker } from '@sluice/broker';
import { createLog } from '../log.ts';
import { stopSignal } from '../shutdown.ts';
import { ExitCode, UserError } from '../user-error.ts';

/** `sluice broker`: the embedded broker in the foreground until a signal comes. */
export async function broker(options: { listen: string; data?: string }): Promise<void> {
  const sink = createLog();
  const log = {
    debug: (message: string) => sink('debug', '', message),
    info: (message: string) => sink('info', '', message),
    warn: (message: string) => sink('warn', '', message),
    error: (message: string) => sink('error', '', message),
  };
  const stopping = stopSignal();
  const running = await startBroker({ listen: options.listen, dataDir: options.data ?? null, log }).catch((error: Error) => {
    throw new UserError(error.message, ExitCode.failed, { cause: error });
  });
  log.info('It is one node for development, tests and demos: it does not replicate. Production is the work of Apache Kafka.');
  if (options.data === undefined) log.info('Its data goes with it; --data DIR keeps it.');
  await stopping;
  await running.close();
  process.exit(ExitCode.ok);
}
