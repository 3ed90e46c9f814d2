import { ConnectError, type RawConfig } from '@sluice/api';
import type { Admin, AdminResult } from '@sluice/kafka';
import type { LogSink } from '../threads/thread-pool.ts';
import type { ConnectorOffset } from './herder.ts';
import { adminClient } from './kafka-cluster.ts';
import { parseSinkOffsets, sinkConnectorOffset } from './sink-offset-format.ts';
import type { SinkOffsets } from './standalone-herder-options.ts';

/** What the broker says where the group has members. */
const hasMembers = new Set(['UNKNOWN_MEMBER_ID', 'GROUP_SUBSCRIBED_TO_TOPIC', 'NON_EMPTY_GROUP', 'STALE_MEMBER_EPOCH']);

/**
 * The offsets of sink connectors, which are those of their consumer groups. Each call has an admin client of its own: they are rare.
 *
 * Source: org.apache.kafka.connect.runtime.Worker.sinkConnectorOffsets, modifySinkConnectorOffsets (KIP-875)
 */
export class SinkConnectorOffsets implements SinkOffsets {
  readonly #worker: RawConfig;
  readonly #log: LogSink;

  constructor(worker: RawConfig, log: LogSink) {
    this.#worker = worker;
    this.#log = log;
  }

  async list(connector: string, config: RawConfig): Promise<readonly ConnectorOffset[]> {
    const offsets = await this.#withAdmin(connector, config, (admin, group) => admin.listGroupOffsets(group));
    return offsets
      .filter(({ error, offset }) => error === null && offset >= 0)
      .map(({ topic, partition, offset }) => sinkConnectorOffset(topic, partition, offset));
  }

  async alter(connector: string, config: RawConfig, offsets: readonly ConnectorOffset[]): Promise<void> {
    const parsed = parseSinkOffsets(offsets);
    const set = parsed.filter((entry) => entry.offset !== null).map((entry) => ({ ...entry, offset: entry.offset! }));
    const removed = parsed.filter(({ offset }) => offset === null);
    try {
      await this.#withAdmin(connector, config, async (admin, group) => {
        if (set.length > 0) throwFirst(await admin.alterGroupOffsets(group, set));
        if (removed.length > 0) throwFirst(await admin.deleteGroupOffsets(group, removed));
      });
    } catch (error) {
      if (errorName(error) === 'GROUP_ID_NOT_FOUND' && set.length === 0) return;
      throw new ConnectError(
        hasMembers.has(errorName(error))
          ? liveMembers(connector, 'alter')
          : `Failed to alter consumer group offsets for connector ${connector}`,
        {
          cause: error,
        },
      );
    }
  }

  async reset(connector: string, config: RawConfig): Promise<void> {
    try {
      await this.#withAdmin(connector, config, (admin, group) => admin.deleteGroup(group));
    } catch (error) {
      // A group that is not there has no offsets.
      if (errorName(error) === 'GROUP_ID_NOT_FOUND') return;
      throw new ConnectError(
        hasMembers.has(errorName(error))
          ? liveMembers(connector, 'reset')
          : `Failed to reset consumer group offsets for sink connector ${connector}`,
        {
          cause: error,
        },
      );
    }
  }

  async #withAdmin<T>(connector: string, config: RawConfig, call: (admin: Admin, group: string) => Promise<T>): Promise<T> {
    const { Admin: KafkaAdmin } = await import('@sluice/kafka');
    const client = await adminClient(`connector-worker-adminclient-${connector}`, this.#worker, config, this.#log);
    try {
      return await call(new KafkaAdmin(client), config['consumer.override.group.id'] ?? `connect-${connector}`);
    } finally {
      await client.close();
    }
  }
}

function throwFirst(results: readonly AdminResult[]): void {
  const failed = results.find(({ error }) => error !== null);
  if (failed !== undefined) throw failed.error!;
}

function errorName(error: unknown): string {
  return (error as { errorName?: string }).errorName ?? '';
}

function liveMembers(connector: string, what: 'alter' | 'reset'): string {
  return (
    `Failed to ${what} consumer group offsets for connector ${connector} either because its tasks haven't stopped completely yet or the connector was resumed ` +
    `before the request to ${what} its offsets could be successfully completed. If the connector is in a stopped state, this operation can be safely retried. ` +
    "If it doesn't eventually succeed, the Connect cluster may need to be restarted to get rid of the zombie sink tasks."
  );
}
