import { ConfigError, ConnectError } from '@sluice/api';
import type { ConnectorFile } from '../config/connector-file.ts';
import { parseWorkerConfig, type WorkerConfig } from '../config/worker-config.ts';
import { discoverPlugins } from '../plugins/discovery.ts';
import type { PluginDescriptor } from '../plugins/plugin-descriptor.ts';
import { PluginRegistry } from '../plugins/plugin-registry.ts';
import { restRoutes } from '../rest/rest-routes.ts';
import { type RestServer, startRestServer } from '../rest/rest-server.ts';
import { overridePolicy } from '../tasks/override-policy.ts';
import { type LogSink, ThreadPool } from '../threads/thread-pool.ts';
import { FileOffsetBackingStore } from './file-offset-backing-store.ts';
import type { Herder } from './herder.ts';
import { lookupKafkaClusterId } from './kafka-cluster.ts';
import { MemoryConfigBackingStore } from './memory-config-backing-store.ts';
import { MemoryStatusBackingStore } from './memory-status-backing-store.ts';
import { SinkConnectorOffsets } from './sink-connector-offsets.ts';
import { StandaloneHerder } from './standalone-herder.ts';
import { connectVersion, packageVersion } from './version.ts';

export interface StandaloneWorkerOptions {
  /** The worker's properties, as they stand in its file. */
  readonly workerProps: Readonly<Record<string, string>>;
  /** Connectors to create, one after another, before the worker counts as ready. */
  readonly connectors?: readonly ConnectorFile[];
  /** Packages with plugins that come with the worker, besides those of `plugin.path`. */
  readonly pluginRoots: readonly string[];
  readonly log: LogSink;
}

export interface StandaloneWorker {
  /** `http://host:port` of the REST API. */
  readonly url: string;
  readonly herder: Herder;
  /** Stops REST, then tasks and connectors within `task.shutdown.graceful.timeout.ms`, and commits their offsets. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a worker in standalone mode: the broker is checked, REST answers, then the connectors are created.
 * Whatever goes wrong on the way, nothing is left running.
 *
 * Source: org.apache.kafka.connect.cli.ConnectStandalone
 * @throws ConfigError, ConnectError, KafkaConfigError
 */
export async function startStandaloneWorker(options: StandaloneWorkerOptions): Promise<StandaloneWorker> {
  const { log, workerProps } = options;
  const config = parseWorkerConfig(workerProps);
  overridePolicy(workerProps);
  assertNoConfigProviders(workerProps);
  const plugins = await discoverPlugins({
    packages: options.pluginRoots,
    pluginPath: config.values['plugin.path'] ?? [],
    warn: (message) => log('warn', '', message),
  });
  const registry = new PluginRegistry(plugins);
  assertConverters(config, registry);
  const kafkaClusterId = await lookupKafkaClusterId(workerProps, log);
  const offsets = await FileOffsetBackingStore.open(config.values['offset.storage.file.filename']);
  const parts = assemble({ config, plugins, registry, offsets, kafkaClusterId, log });
  const worker = new StandaloneParts(parts.herder, parts.pool, offsets);
  try {
    await worker.start(await startRest(config, parts.herder, log), parts.setWorkerId, options.connectors ?? [], log);
  } catch (error) {
    await worker.stop();
    throw error;
  }
  return worker;
}

interface AssemblyInput {
  readonly config: WorkerConfig;
  readonly plugins: readonly PluginDescriptor[];
  readonly registry: PluginRegistry;
  readonly offsets: FileOffsetBackingStore;
  readonly kafkaClusterId: string | null;
  readonly log: LogSink;
}

function assemble({ config, plugins, registry, offsets, kafkaClusterId, log }: AssemblyInput): {
  herder: StandaloneHerder;
  pool: ThreadPool;
  setWorkerId: (id: string) => void;
} {
  let workerId = '';
  let herder: StandaloneHerder | null = null;
  const pool = new ThreadPool({
    size: config.threads,
    init: { workerConfig: config.raw, plugins, kafkaClusterId },
    log,
    offsets,
    onEvent: (event) => {
      if (event.kind !== 'topic' || config.values['topic.tracking.enable']) herder?.onEvent(event);
    },
  });
  herder = new StandaloneHerder({
    info: { version: connectVersion, commit: `sluice-${packageVersion()}`, kafka_cluster_id: kafkaClusterId },
    workerId: () => workerId,
    plugins: registry,
    pool,
    configs: new MemoryConfigBackingStore(),
    statuses: new MemoryStatusBackingStore(),
    sourceOffsets: offsets,
    sinkOffsets: new SinkConnectorOffsets(config.raw, log),
    log,
    taskStopTimeoutMs: config.values['task.shutdown.graceful.timeout.ms'],
  });
  return { herder, pool, setWorkerId: (id) => (workerId = id) };
}

class StandaloneParts implements StandaloneWorker {
  readonly herder: StandaloneHerder;
  readonly #pool: ThreadPool;
  readonly #offsets: FileOffsetBackingStore;
  #rest: RestServer | null = null;
  #stopping: Promise<void> | null = null;

  constructor(herder: StandaloneHerder, pool: ThreadPool, offsets: FileOffsetBackingStore) {
    this.herder = herder;
    this.#pool = pool;
    this.#offsets = offsets;
  }

  get url(): string {
    return this.#rest?.url ?? '';
  }

  async start(rest: RestServer, setWorkerId: (id: string) => void, connectors: readonly ConnectorFile[], log: LogSink): Promise<void> {
    this.#rest = rest;
    setWorkerId(rest.workerId);
    for (const { name, config, initialState } of connectors) {
      try {
        await this.herder.putConnectorConfig({ name, config: { ...config, name }, initialState, allowReplace: false });
      } catch (error) {
        throw new ConnectError(`Failed to create connector ${name}: ${(error as Error).message}`, { cause: error });
      }
      log('info', '', `Created connector ${name}`);
    }
    this.herder.ready();
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    try {
      await this.#rest?.close();
      await this.herder.stop();
    } finally {
      await this.#pool.close();
      // Tasks wrote their last offsets while they stopped.
      await this.#offsets.close();
    }
  }
}

function startRest(config: WorkerConfig, herder: Herder, log: LogSink): Promise<RestServer> {
  const { values } = config;
  const tracking = { isEnabled: values['topic.tracking.enable'], isResetAllowed: values['topic.tracking.allow.reset'] };
  return startRestServer({
    listeners: config.listeners,
    routes: restRoutes(herder, tracking),
    herder,
    responseHeaders: config.responseHeaders,
    cors: { origin: values['access.control.allow.origin'], methods: values['access.control.allow.methods'] },
    advertised: {
      host: values['rest.advertised.host.name'],
      port: values['rest.advertised.port'],
      listener: values['rest.advertised.listener'],
    },
    log,
  });
}

/** A placeholder that is taken for a value would be a wrong password, say; a clear end is better. */
function assertNoConfigProviders(worker: Readonly<Record<string, string>>): void {
  const providers = worker['config.providers']?.trim() ?? '';
  if (providers !== '')
    throw ConfigError.invalid('config.providers', providers, 'Sluice has no config providers yet; write the values themselves');
}

/** A worker whose converters are not installed could run no connector that has none of its own. */
function assertConverters({ values }: WorkerConfig, plugins: PluginRegistry): void {
  const types = { 'key.converter': 'converter', 'value.converter': 'converter', 'header.converter': 'header_converter' } as const;
  for (const [key, type] of Object.entries(types)) {
    const name = values[key as keyof typeof types];
    if (plugins.find(type, name) === null) throw ConfigError.invalid(key, name, `Class ${name} could not be found.`);
  }
}
