import type { RunningConnector } from './connector.ts';
import type { ConnectorContext } from './context.ts';

/** The names of the keys that hold a list. */
type ListKey<K> = { [P in keyof K]: K[P] extends readonly string[] ? P : never }[keyof K] & string;

/** Sources whose work is a list of things (tables, files, shards) that may change while the connector runs. */
export interface Discover<C, K> {
  /** What there is now. Tasks are configured again when the answer differs from the last; its order does not matter for that. */
  list(context: ConnectorContext<C>): Promise<readonly string[]> | readonly string[];
  /** How often to look again, in milliseconds; 0 or less: never. Default: 60000. */
  everyMs?(config: C): number;
  /** The task key that gets each task's share. */
  readonly into: ListKey<K>;
}

/** A connector that lists, splits evenly, and lists again. */
export function discoveringConnector<C, K>(discover: Discover<C, K>): (context: ConnectorContext<C>) => Promise<RunningConnector<K>> {
  return async (context) => {
    let items = unique(await discover.list(context));
    const everyMs = discover.everyMs?.(context.config) ?? 60_000;
    if (everyMs > 0) {
      context.every(everyMs, async () => {
        const now = unique(await discover.list(context));
        if (sameItems(items, now)) return;
        context.log.info(`Found ${now.length} to read, ${items.length} before; configuring the tasks again`);
        items = now;
        context.requestTaskReconfiguration();
      });
    }
    return { taskConfigs: (max) => splitEvenly(items, max).map((share) => ({ [discover.into]: share }) as Partial<K>) };
  };
}

/**
 * Items in at most `count` groups of neighbours whose sizes differ by one at most; no group is empty.
 *
 * Source: org.apache.kafka.connect.util.ConnectorUtils#groupPartitions
 */
export function splitEvenly<T>(items: readonly T[], count: number): T[][] {
  const groups: T[][] = [];
  const size = Math.min(count, items.length);
  for (let index = 0, start = 0; index < size; index++) {
    const end = start + Math.ceil((items.length - start) / (size - index));
    groups.push(items.slice(start, end));
    start = end;
  }
  return groups;
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}

function sameItems(before: readonly string[], now: readonly string[]): boolean {
  if (before.length !== now.length) return false;
  const known = new Set(before);
  return now.every((item) => known.has(item));
}
