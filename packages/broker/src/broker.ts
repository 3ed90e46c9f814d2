import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrokerLog, BrokerOptions, RunningBroker } from './broker-options.ts';
import { silentLog } from './broker-options.ts';
import { BrokerConfig } from './config/broker-config.ts';
import { DataDirLock } from './data-dir-lock.ts';
import { GroupCoordinator } from './groups/group-coordinator.ts';
import { systemClock } from './groups/group-types.ts';
import { OffsetsLog } from './groups/offsets-log.ts';
import type { BrokerState } from './handlers/handler.ts';
import { BrokerServer, parseListen } from './server/server.ts';
import type { ListenAddress } from './server/server.ts';
import { MetadataStore } from './topics/metadata-store.ts';
import { Topics } from './topics/topics.ts';

const DEFAULT_LISTEN = '127.0.0.1:9092';
const MAX_TIMER_MS = 0x7fff_ffff;

/**
 * Starts a single-node Kafka broker, for development and tests. It listens on loopback unless told otherwise, prints nothing, and is ready for clients
 * when the promise is fulfilled. Throws an error that says what to do where the address or the data directory is in use or a configuration value is bad.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<RunningBroker> {
  const log = options.log ?? silentLog;
  const config = new BrokerConfig(options.config ?? {});
  const address = parseListen(options.listen ?? DEFAULT_LISTEN);
  const advertised = parseAdvertised(config.text('advertised.listeners'));
  for (const name of config.unknown) log.warn(`The configuration ${name} is not known to this broker and has no effect.`);
  const dataDir = resolve(options.dataDir ?? fs.mkdtempSync(join(tmpdir(), 'sluice-broker-')));
  const undo: (() => unknown)[] = [];
  if (options.dataDir == null) undo.push(() => fs.rmSync(dataDir, { recursive: true, force: true }));
  try {
    fs.mkdirSync(dataDir, { recursive: true });
    const lock = await DataDirLock.take(dataDir, log);
    undo.push(() => lock.release());
    const server = await BrokerServer.listen(address, log);
    undo.push(() => server.stop(() => {}));
    const parts = await openParts({ dataDir, config, log });
    undo.push(() => parts.topics.close());
    const host = advertised?.host ?? (isAnyAddress(address.host) ? '127.0.0.1' : address.host);
    const port = advertised === null || advertised.port === 0 ? server.port : advertised.port;
    const broker = { ...parts, host, port };
    server.serve(broker);
    log.info(`The broker listens on ${address.host}:${server.port}, with its data in ${dataDir}.`);
    return running(broker, { server, lock, isTemporary: options.dataDir == null });
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  }
}

async function openParts(options: { dataDir: string; config: BrokerConfig; log: BrokerLog }): Promise<Omit<BrokerState, 'host' | 'port'>> {
  const { dataDir, config, log } = options;
  const now = (): number => Date.now();
  const store = new MetadataStore(dataDir);
  const topics = await Topics.open({ dataDir, store, config, log, now });
  const groups = await GroupCoordinator.open({ offsetsLog: new OffsetsLog(topics, now), config, clock: systemClock, log });
  topics.onDeleted = (name) => {
    groups
      .onTopicDeleted(name)
      .catch((error: unknown) => log.error(`The offsets of the deleted topic ${name} could not be removed: ${(error as Error).message}`));
  };
  const memory = { inUse: 0, limit: config.number('queued.max.request.bytes') };
  return { nodeId: config.number('node.id'), clusterId: store.clusterId, dataDir, config, store, topics, groups, log, now, memory };
}

function running(broker: BrokerState, parts: { server: BrokerServer; lock: DataDirLock; isTemporary: boolean }): RunningBroker {
  const { host, port, clusterId } = broker;
  const upkeep = startUpkeep(broker);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await upkeep.stop();
    await parts.server.stop(() => broker.groups.close());
    try {
      await broker.topics.close();
    } finally {
      await parts.lock.release();
      if (parts.isTemporary) fs.rmSync(broker.dataDir, { recursive: true, force: true });
    }
    broker.log.info('The broker has stopped.');
  };
  return {
    host,
    port,
    bootstrapServers: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    clusterId,
    close: () => (closing ??= close()),
  };
}

/** The regular work, one round at a time. */
function startUpkeep(broker: BrokerState): { stop(): Promise<void> } {
  let round: Promise<void> | null = null;
  const work = async (): Promise<void> => {
    try {
      await broker.topics.maintain();
      await broker.groups.maintain();
    } catch (error) {
      broker.log.error(`The regular work failed: ${(error as Error).message}`);
    }
    round = null;
  };
  const begin = (): void => {
    round ??= work();
  };
  const timer = setInterval(begin, Math.min(broker.config.number('log.retention.check.interval.ms'), MAX_TIMER_MS));
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}

function isAnyAddress(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::';
}

/** Reads `advertised.listeners`; null where it is not set. */
function parseAdvertised(text: string): ListenAddress | null {
  if (text === '') return null;
  const match = /^(?:PLAINTEXT:\/\/)?(.+)$/.exec(text);
  try {
    return parseListen(match?.[1] ?? '');
  } catch (error) {
    throw new Error(`Invalid value ${text} for configuration advertised.listeners: expected PLAINTEXT://host:port.`, { cause: error });
  }
}
