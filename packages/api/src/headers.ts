import type { Schema } from './schema.ts';

/** One header: keys may repeat, order is kept. */
export interface Header {
  readonly key: string;
  readonly schema: Schema | null;
  readonly value: unknown;
}

/**
 * An immutable, ordered list of headers, decoded when it is first read.
 *
 * Source: org.apache.kafka.connect.header.ConnectHeaders
 */
export class Headers implements Iterable<Header> {
  static readonly empty: Headers = new Headers([]);
  #items: readonly Header[] | null;
  #decode: (() => readonly Header[]) | null;

  private constructor(items: readonly Header[] | null, decode: (() => readonly Header[]) | null = null) {
    this.#items = items;
    this.#decode = decode;
  }

  static of(items: readonly Header[]): Headers {
    return items.length === 0 ? Headers.empty : new Headers(items);
  }

  /** Headers that are decoded by `decode` when somebody first looks; what `decode` throws comes out of that look. */
  static lazy(decode: () => readonly Header[]): Headers {
    return new Headers(null, decode);
  }

  #list(): readonly Header[] {
    if (this.#items === null) {
      this.#items = this.#decode!();
      this.#decode = null;
    }
    return this.#items;
  }

  get size(): number {
    return this.#list().length;
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#list()[Symbol.iterator]();
  }

  toArray(): readonly Header[] {
    return this.#list();
  }

  /** The last header of that key, or null. */
  lastWithName(key: string): Header | null {
    return this.#list().findLast((header) => header.key === key) ?? null;
  }

  allWithName(key: string): readonly Header[] {
    return this.#list().filter((header) => header.key === key);
  }

  /** A new list with one header more at the end. */
  with(key: string, value: unknown, schema: Schema | null = null): Headers {
    return new Headers([...this.#list(), { key, schema, value }]);
  }

  /** A new list without the headers of that key. */
  without(key: string): Headers {
    return Headers.of(this.#list().filter((header) => header.key !== key));
  }
}
