import { ConnectError, type RawConfig } from '@sluice/api';
import type { KafkaClient, KafkaLog } from '@sluice/kafka';
import type { LogSink } from '../threads/thread-pool.ts';
import { adminProperties } from '../tasks/client-config.ts';

/** A client's log as lines of the worker's. */
function kafkaLog(log: LogSink): KafkaLog {
  return {
    debug: (message) => log('debug', '', message),
    info: (message) => log('info', '', message),
    warn: (message) => log('warn', '', message),
    error: (message) => log('error', '', message),
  };
}

/**
 * A client for admin calls with the worker's properties, which the caller closes. The worker's other keys are none of a client's.
 *
 * @throws KafkaConfigError for a client property that is wrong.
 */
export async function adminClient(clientId: string, worker: RawConfig, connector: RawConfig, log: LogSink): Promise<KafkaClient> {
  const { clientConfigKeys, ClientSettings, KafkaClient: Client } = await import('@sluice/kafka');
  const known = new Set(clientConfigKeys('admin'));
  const properties = Object.entries(adminProperties(clientId, worker, connector)).filter(([key]) => known.has(key));
  const clientLog = kafkaLog(log);
  return new Client(ClientSettings.forAdmin(Object.fromEntries(properties), clientLog), { log: clientLog });
}

/**
 * The id of the cluster that the worker's properties lead to; null where brokers do not say. A worker does not start without one.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerConfig.lookupKafkaClusterId
 * @throws ConnectError in Connect's words, with the reason as cause; KafkaConfigError for a client property that is wrong.
 */
export async function lookupKafkaClusterId(worker: RawConfig, log: LogSink): Promise<string | null> {
  const { KafkaConfigError } = await import('@sluice/kafka');
  const client = await adminClient('connect-worker-cluster-id', worker, {}, log);
  try {
    await client.connect();
    return client.clusterId();
  } catch (error) {
    if (error instanceof KafkaConfigError) throw error;
    throw new ConnectError("Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.", {
      cause: error,
    });
  } finally {
    await client.close();
  }
}
