import type { TimestampType } from '@sluice/api';
import type {
  EncodedHeader,
  FetchedBatch,
  Partition,
  PartitionOffset,
  RebalanceListener,
  RecordColumns,
  TaskConsumer,
} from '../../src/tasks/surroundings.ts';

export interface TestRecord {
  readonly key?: string | null;
  readonly value: string | null;
  readonly offset: number;
  readonly timestamp?: number;
  readonly headers?: readonly EncodedHeader[];
}

interface TestColumns extends RecordColumns {
  readonly headers: readonly (readonly EncodedHeader[])[];
}

/** Columns as a fetch would give them. */
export function fetched(
  topic: string,
  partition: number,
  records: readonly TestRecord[],
  timestampType: TimestampType = 'CreateTime',
): FetchedBatch<TestColumns> {
  const parts: Buffer[] = [];
  let size = 0;
  const add = (text: string | null): [number, number] => {
    if (text === null) return [-1, -1];
    const bytes = Buffer.from(text);
    parts.push(bytes);
    size += bytes.length;
    return [size - bytes.length, size];
  };
  const keys = records.map(({ key }) => add(key ?? null));
  const values = records.map(({ value }) => add(value));
  const columns: TestColumns = {
    buffer: Buffer.concat(parts),
    offsets: Float64Array.from(records, ({ offset }) => offset),
    timestamps: Float64Array.from(records, ({ timestamp }) => timestamp ?? -1),
    keyStart: Int32Array.from(keys, ([start]) => start),
    keyEnd: Int32Array.from(keys, ([, end]) => end),
    valueStart: Int32Array.from(values, ([start]) => start),
    valueEnd: Int32Array.from(values, ([, end]) => end),
    headerCount: Int32Array.from(records, ({ headers }) => headers?.length ?? 0),
    headers: records.map(({ headers }) => headers ?? []),
  };
  return { topic, partition, columns, from: 0, to: records.length, timestampType, nextOffset: (records.at(-1)?.offset ?? -1) + 1 };
}

export function testHeaders(columns: RecordColumns, index: number): readonly EncodedHeader[] {
  return (columns as TestColumns).headers[index]!;
}

const name = ({ topic, partition }: Partition): string => `${topic}-${partition}`;

/** A consumer in memory: the test gives batches and rebalances, both come out of `poll`. */
export class FakeConsumer implements TaskConsumer {
  readonly commits: PartitionOffset[][] = [];
  readonly seeks: string[] = [];
  readonly paused = new Set<string>();
  readonly positions = new Map<string, number>();
  commitError: Error | null = null;
  /** Leaves commits unanswered. */
  hangsCommits = false;
  isClosed = false;
  polls = 0;
  lastTimeout = 0;
  #listener: RebalanceListener | null = null;
  #assignment: Partition[] = [];
  #events: (() => Promise<readonly FetchedBatch[]> | readonly FetchedBatch[])[] = [];
  #wake: (() => void) | null = null;

  subscribe(_selection: unknown, listener: RebalanceListener): void {
    this.#listener = listener;
  }

  /** The next poll returns this. */
  give(...batches: readonly FetchedBatch[]): void {
    this.#add(() => batches);
  }

  assign(...partitions: readonly Partition[]): void {
    this.#add(async () => {
      this.#assignment.push(...partitions);
      await this.#listener!.onAssigned(partitions);
      return [];
    });
  }

  revoke(...partitions: readonly Partition[]): void {
    this.#add(async () => {
      await this.#listener!.onRevoked(partitions);
      this.#unassign(partitions);
      return [];
    });
  }

  lose(...partitions: readonly Partition[]): void {
    this.#add(async () => {
      this.#unassign(partitions);
      await this.#listener!.onLost(partitions);
      return [];
    });
  }

  #unassign(partitions: readonly Partition[]): void {
    const gone = new Set(partitions.map(name));
    this.#assignment = this.#assignment.filter((partition) => !gone.has(name(partition)));
  }

  #add(event: () => Promise<readonly FetchedBatch[]> | readonly FetchedBatch[]): void {
    this.#events.push(event);
    this.#wake?.();
  }

  async poll(timeoutMs: number): Promise<readonly FetchedBatch[]> {
    this.polls++;
    this.lastTimeout = timeoutMs;
    if (this.#events.length === 0 && timeoutMs > 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
    return (await this.#events.shift()?.()) ?? [];
  }

  wakeup(): void {
    this.#wake?.();
  }

  position(partition: Partition): number {
    return this.positions.get(name(partition)) ?? 0;
  }

  seek(partition: Partition, offset: number): void {
    this.seeks.push(`${name(partition)}@${offset}`);
    this.positions.set(name(partition), offset);
  }

  pause(partitions: readonly Partition[]): void {
    for (const partition of partitions) this.paused.add(name(partition));
  }

  resume(partitions: readonly Partition[]): void {
    for (const partition of partitions) this.paused.delete(name(partition));
  }

  assignment(): readonly Partition[] {
    return this.#assignment;
  }

  commit(offsets: readonly PartitionOffset[]): Promise<void> {
    this.commits.push([...offsets]);
    if (this.hangsCommits) return new Promise(() => undefined);
    return this.commitError === null ? Promise.resolve() : Promise.reject(this.commitError);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
