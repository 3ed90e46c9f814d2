import type { Schema } from '../schema.ts';

/** The schemas that are alive, by a text of all their attributes. */
interface InternTable {
  readonly byKey: Map<string, WeakRef<Schema>>;
  readonly ids: WeakMap<Schema, number>;
  readonly cleanup: FinalizationRegistry<string>;
  nextId: number;
}

// On globalThis, so that two copies of this package in one node_modules still agree on `===`.
const symbol = Symbol.for('sluice.schemas.1');
const host = globalThis as { [symbol]?: InternTable };
const table: InternTable = (host[symbol] ??= createTable());

function createTable(): InternTable {
  const byKey = new Map<string, WeakRef<Schema>>();
  // A schema nobody uses any more leaves the table: a source whose tables change for years must not fill the memory.
  const cleanup = new FinalizationRegistry<string>((key) => {
    if (byKey.get(key)?.deref() === undefined) byKey.delete(key);
  });
  return { byKey, ids: new WeakMap(), cleanup, nextId: 1 };
}

/** The living schema of that key, or the one `create` makes. */
export function intern(key: string, create: () => Schema): Schema {
  const found = table.byKey.get(key)?.deref();
  if (found !== undefined) return found;
  const schema = create();
  table.byKey.set(key, new WeakRef(schema));
  table.ids.set(schema, table.nextId++);
  table.cleanup.register(schema, key);
  return schema;
}

/** The number of an interned schema; numbers are never used twice. */
export function schemaId(schema: Schema): number {
  const id = table.ids.get(schema);
  if (id === undefined) throw new TypeError('A schema must be made with SchemaBuilder or the schema helpers, not written as an object');
  return id;
}
