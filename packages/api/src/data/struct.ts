import type { Field } from '../schema.ts';

/**
 * A struct or map from its members, in this order. Unlike assignment it also keeps members called `__proto__` or `constructor`.
 * Copy a struct with spread, read it by the fields of its schema, and use {@link fieldOf} where a name comes from elsewhere.
 */
export function structOf<V = unknown>(members: Iterable<readonly [name: string, value: V]>): Record<string, V> {
  const struct: Record<string, V> = {};
  for (const [name, value] of members) {
    if (name === '__proto__') Object.defineProperty(struct, name, { value, writable: true, enumerable: true, configurable: true });
    else struct[name] = value;
  }
  return struct;
}

/** A member as it stands, null where there is none; never something inherited such as `constructor`. */
export function ownValue(struct: object, name: string): unknown {
  return Object.hasOwn(struct, name) ? ((struct as Record<string, unknown>)[name] ?? null) : null;
}

/** A field's value, or its schema's default where the value is null or left out, as Struct#get. */
export function fieldOf(struct: object, field: Field): unknown {
  return ownValue(struct, field.name) ?? field.schema.defaultValue ?? null;
}
