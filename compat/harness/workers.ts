import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kafkaVersions } from '../../tools/services/services.ts';
import { javaArguments } from './apache-kafka.ts';
import { TestProcess, waitFor } from './process.ts';

export type Properties = Readonly<Record<string, string>>;

/** Writes a Java properties file and returns its path. */
export function writeProperties(file: string, properties: Properties): string {
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
      .join(''),
  );
  return file;
}

export interface StandaloneOptions {
  /** A folder of this worker's own; property files, offsets and log go there. */
  readonly directory: string;
  readonly bootstrapServers: string;
  readonly port: number;
  readonly worker?: Properties;
  readonly connectors?: readonly Properties[];
  readonly logLevel?: string;
  readonly heap?: string;
}

/** One answer of a worker's REST API. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

/** A Connect worker in standalone mode, Java's or ours, as a process of its own. */
export class StandaloneWorker {
  readonly process: TestProcess;
  readonly url: string;
  readonly directory: string;

  private constructor(process: TestProcess, options: StandaloneOptions) {
    this.process = process;
    this.url = `http://127.0.0.1:${options.port}`;
    this.directory = options.directory;
  }

  static #files(options: StandaloneOptions): string[] {
    mkdirSync(options.directory, { recursive: true });
    const worker: Properties = {
      'bootstrap.servers': options.bootstrapServers,
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'offset.storage.file.filename': join(options.directory, 'connect.offsets'),
      'offset.flush.interval.ms': '1000',
      listeners: `http://127.0.0.1:${options.port}`,
      ...options.worker,
    };
    return [
      writeProperties(join(options.directory, 'worker.properties'), worker),
      ...(options.connectors ?? []).map((connector, index) =>
        writeProperties(join(options.directory, `connector-${index}.properties`), connector),
      ),
    ];
  }

  /** Apache Kafka Connect. */
  static java(options: StandaloneOptions): StandaloneWorker {
    const files = StandaloneWorker.#files({ ...options, worker: { 'plugin.discovery': 'service_load', ...options.worker } });
    const java = javaArguments(kafkaVersions.current, options.directory, 'org.apache.kafka.connect.cli.ConnectStandalone', {
      logLevel: options.logLevel ?? 'INFO',
      ...(options.heap === undefined ? {} : { heap: options.heap }),
    });
    return new StandaloneWorker(
      new TestProcess('java', [...java, ...files], { logFile: join(options.directory, 'worker.log'), cwd: options.directory }),
      options,
    );
  }

  /** Sluice, from this checkout. */
  static sluice(options: StandaloneOptions): StandaloneWorker {
    const files = StandaloneWorker.#files(options);
    const process_ = new TestProcess(process.execPath, [sluiceEntry, 'standalone', ...files], {
      cwd: options.directory,
      logFile: join(options.directory, 'worker.log'),
    });
    return new StandaloneWorker(process_, options);
  }

  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RestAnswer> {
    const init: RequestInit = { method, headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers } };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(this.url + path, { ...init, redirect: 'manual', signal: AbortSignal.timeout(100_000) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  }

  /** Waits until REST answers healthy, which in standalone mode means that the connectors of the command line were created. */
  async ready(timeoutMs = 60_000): Promise<this> {
    await waitFor(
      () => `the worker answers on ${this.url}: ${this.process.output().slice(-4000)}`,
      async () => {
        if (!this.process.isRunning) throw new Error(`the worker ended: ${this.process.output().slice(-4000)}`);
        return (await this.request('GET', '/health')).status === 200;
      },
      timeoutMs,
    );
    return this;
  }

  /** Waits until the connector and its `tasks` tasks are in that state; 0 looks at the connector alone. */
  async inState(connector: string, state: string, tasks = 1, timeoutMs = 20_000): Promise<void> {
    await waitFor(
      `${connector} is ${state} with ${tasks} task(s) on ${this.url}`,
      async () => {
        const { status, body } = await this.request('GET', `/connectors/${encodeURIComponent(connector)}/status`);
        if (status !== 200 || body.connector.state !== state) return false;
        return tasks === 0 || (body.tasks.length === tasks && body.tasks.every((task: { state: string }) => task.state === state));
      },
      timeoutMs,
    );
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    return this.process.stop(signal);
  }
}

/** The `sluice` command of this checkout. */
export const sluiceEntry: string = fileURLToPath(new URL('../../packages/cli/bin/sluice.js', import.meta.url));

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
