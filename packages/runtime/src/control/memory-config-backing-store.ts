import { ConnectError, type RawConfig } from '@sluice/api';
import type { TargetState } from '../threads/messages.ts';

interface Entry {
  config: RawConfig;
  targetState: TargetState;
  taskConfigs: readonly RawConfig[];
  /** The configuration with which the current task configurations were made. */
  appliedConfig: RawConfig | null;
}

/**
 * Connector and task configurations and target states of a standalone worker: in memory, for as long as the worker runs.
 *
 * Source: org.apache.kafka.connect.storage.MemoryConfigBackingStore
 */
export class MemoryConfigBackingStore {
  readonly #entries = new Map<string, Entry>();

  connectors(): string[] {
    return [...this.#entries.keys()];
  }

  contains(connector: string): boolean {
    return this.#entries.has(connector);
  }

  connectorConfig(connector: string): RawConfig | null {
    return this.#entries.get(connector)?.config ?? null;
  }

  targetState(connector: string): TargetState | null {
    return this.#entries.get(connector)?.targetState ?? null;
  }

  taskConfigs(connector: string): readonly RawConfig[] {
    return this.#entries.get(connector)?.taskConfigs ?? [];
  }

  appliedConfig(connector: string): RawConfig | null {
    return this.#entries.get(connector)?.appliedConfig ?? null;
  }

  /** A null `targetState` keeps the one there is; a new connector is STARTED. */
  putConnectorConfig(connector: string, config: RawConfig, targetState: TargetState | null): void {
    const entry = this.#entries.get(connector);
    if (entry === undefined) {
      this.#entries.set(connector, { config, targetState: targetState ?? 'STARTED', taskConfigs: [], appliedConfig: null });
      return;
    }
    entry.config = config;
    entry.targetState = targetState ?? entry.targetState;
  }

  removeConnectorConfig(connector: string): void {
    this.#entries.delete(connector);
  }

  putTaskConfigs(connector: string, taskConfigs: readonly RawConfig[]): void {
    const entry = this.#entry(connector, 'Cannot put tasks for non-existing connector');
    entry.taskConfigs = taskConfigs;
    entry.appliedConfig = entry.config;
  }

  removeTaskConfigs(connector: string): void {
    const entry = this.#entry(connector, 'Cannot remove tasks for non-existing connector');
    entry.taskConfigs = [];
    entry.appliedConfig = null;
  }

  putTargetState(connector: string, targetState: TargetState): void {
    const entry = this.#entries.get(connector);
    if (entry === undefined) throw new ConnectError(`No connector \`${connector}\` configured`);
    entry.targetState = targetState;
  }

  #entry(connector: string, otherwise: string): Entry {
    const entry = this.#entries.get(connector);
    if (entry === undefined) throw new ConnectError(`${otherwise} ${connector}`);
    return entry;
  }
}
