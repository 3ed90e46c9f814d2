import { appendFileSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RunningBroker } from '@sluice/broker';
import { createLog } from '../log.ts';
import { pluginRoots } from '../plugin-roots.ts';
import { stopSignal } from '../shutdown.ts';
import { ExitCode, UserError } from '../user-error.ts';

export interface DemoOptions {
  /** Where the demo's files go. */
  readonly dir: string;
  /** `host:port` of the embedded broker. */
  readonly listen: string;
  /** `host:port` of the worker's REST API. */
  readonly rest: string;
  /** A Kafka to use instead of the embedded broker. */
  readonly bootstrapServers?: string;
  /** A file to copy instead of the lines that the demo writes. */
  readonly input?: string;
}

interface DemoFiles {
  readonly input: string;
  readonly output: string;
  readonly log: string;
  readonly worker: Readonly<Record<string, string>>;
  readonly source: Readonly<Record<string, string>>;
  readonly sink: Readonly<Record<string, string>>;
}

const topic = 'connect-test';

/** `sluice demo`: a broker, a worker and two connectors in this process; lines go from one file through Kafka into another. */
export async function demo(options: DemoOptions): Promise<void> {
  mkdirSync(options.dir, { recursive: true });
  const stopping = stopSignal();
  const broker = options.bootstrapServers === undefined ? startEmbeddedBroker(options) : null;
  const [{ startStandaloneWorker }, running] = await Promise.all([import('@sluice/runtime'), broker]);
  const files = writeDemoFiles(options, options.bootstrapServers ?? running!.bootstrapServers);
  const worker = await startStandaloneWorker({
    workerProps: files.worker,
    connectors: [files.source, files.sink].map((config) => ({ name: config['name']!, config, initialState: null })),
    pluginRoots: pluginRoots(),
    log: createLog({ descriptor: openSync(files.log, 'a') }),
  }).catch(async (error: unknown) => {
    await running?.close();
    throw error;
  });
  console.log(banner(options, files, running, worker.url));
  const writer = options.input === undefined ? startWriter(files.input) : null;
  const reporter = startReporter(files);
  await stopping;
  console.log('\nStopping: what was read is written, offsets are committed.');
  if (writer !== null) clearInterval(writer);
  clearInterval(reporter);
  await worker.stop();
  await running?.close();
  process.exit(ExitCode.ok);
}

async function startEmbeddedBroker(options: DemoOptions): Promise<RunningBroker> {
  const { startBroker } = await import('@sluice/broker');
  return startBroker({ listen: options.listen, dataDir: join(options.dir, 'broker') }).catch((error: Error) => {
    throw new UserError(`the embedded broker does not start on --listen ${options.listen}: ${error.message}`, ExitCode.failed, {
      cause: error,
    });
  });
}

/** The demo's configurations are files like anybody's: `sluice standalone` takes them as they are. */
function writeDemoFiles(options: DemoOptions, bootstrapServers: string): DemoFiles {
  const input = options.input ?? join(options.dir, 'input.txt');
  const output = join(options.dir, 'output.txt');
  const files: DemoFiles = {
    input,
    output,
    log: join(options.dir, 'worker.log'),
    worker: {
      'bootstrap.servers': bootstrapServers,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'offset.storage.file.filename': join(options.dir, 'connect.offsets'),
      'offset.flush.interval.ms': '1000',
      // A demo that was killed and starts again should not wait 45 s for its former self to be given up.
      'consumer.session.timeout.ms': '6000',
      listeners: `http://${options.rest}`,
      'worker.threads': '1',
    },
    source: { name: 'local-file-source', 'connector.class': 'FileStreamSource', 'tasks.max': '1', file: input, topic },
    sink: { name: 'local-file-sink', 'connector.class': 'FileStreamSink', 'tasks.max': '1', file: output, topics: topic },
  };
  for (const part of ['worker', 'source', 'sink'] as const) {
    const lines = Object.entries(files[part]).map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`);
    writeFileSync(join(options.dir, `${part}.properties`), lines.join(''));
  }
  if (options.input === undefined) appendFileSync(input, `The demo started at ${new Date().toISOString()}\n`);
  return files;
}

function banner(options: DemoOptions, files: DemoFiles, broker: RunningBroker | null, url: string): string {
  return `
Sluice runs a pipeline in this process. Ctrl-C ends it.

  broker   ${broker === null ? options.bootstrapServers! : `${broker.bootstrapServers}  (embedded: for development, one node; its data is in ${here(join(options.dir, 'broker'))})`}
  worker   ${url}  (its log: ${here(files.log)})
  source   ${here(files.input)} -> topic ${topic}
  sink     topic ${topic} -> ${here(files.output)}

Try in another terminal:
  echo 'hello sluice' >> ${here(files.input)}
  tail -f ${here(files.output)}
  curl -s ${url}/connectors?expand=status
  curl -s -X PUT ${url}/connectors/local-file-sink/pause
  curl -s -X PUT ${url}/connectors/local-file-sink/resume
`;
}

function startWriter(file: string): NodeJS.Timeout {
  let count = 0;
  return setInterval(() => appendFileSync(file, `line ${++count} at ${new Date().toISOString()}\n`), 1000);
}

/** Says once a second what arrived, while something does. */
function startReporter(files: DemoFiles): NodeJS.Timeout {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let before = size(files.output);
  return setInterval(() => {
    const now = size(files.output);
    if (now === before) return;
    console.log(
      `${new Date().toLocaleTimeString('en-GB')}  ${now - before} bytes flowed; ${here(files.output)} has ${now} of the ${size(files.input)} bytes in ${here(files.input)}`,
    );
    before = now;
  }, 1000);
}

/** A path as it is typed from where the user stands. */
function here(path: string): string {
  return relative('.', path) || path;
}
