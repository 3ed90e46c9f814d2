import type { Schema } from './schema.ts';

/** What is worked out once for each schema, such as a statement or the names of columns; forgotten with the schema. */
export class PerSchema<T> {
  readonly #make: (schema: Schema) => T;
  readonly #known = new WeakMap<Schema, { readonly value: T }>();
  // Records of one schema follow each other: this spares the look-up.
  #lastSchema: Schema | null = null;
  #last: { readonly value: T } | null = null;

  constructor(make: (schema: Schema) => T) {
    this.#make = make;
  }

  get(schema: Schema): T {
    if (schema === this.#lastSchema) return this.#last!.value;
    let found = this.#known.get(schema);
    if (found === undefined) this.#known.set(schema, (found = { value: this.#make(schema) }));
    this.#lastSchema = schema;
    this.#last = found;
    return found.value;
  }
}
