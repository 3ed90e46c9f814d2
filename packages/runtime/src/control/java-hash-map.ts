/*
 * A `java.util.HashMap<byte[], byte[]>` as Java's object serialisation writes it. All integers are big-endian.
 *
 *   stream     = ac ed 00 05 object
 *   object     = 73 classDesc(HashMap) loadFactor:f4 threshold:i4 77 08 buckets:i4 entries:i4 { bytes bytes } 78
 *   classDesc  = 72 name:utf uid:8 flags:1 fields:i2 { type:1 name:utf } 78 70
 *   bytes      = 75 ( classDesc([B) | reference ) length:i4 content   |   reference   |   70 (null)
 *   reference  = 71 handle:i4                       handles count class descriptions, objects and arrays from 0x7e0000
 *
 * Source: java.io.ObjectStreamConstants, java.util.HashMap.writeObject
 */

const hashMapHeader = Buffer.from(
  'aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f724900097468726573686f6c6478703f400000',
  'hex',
);
const byteArrayClass = Buffer.from('7200025b42acf317f8060854e00200007870', 'hex');
/** The class of the first byte array is described, every later one refers to that description. */
const byteArrayClassReference = Buffer.from('71007e0002', 'hex');
const baseHandle = 0x7e0000;
const loadFactor = 0.75;

const tc = { null: 0x70, reference: 0x71, classDesc: 0x72, object: 0x73, array: 0x75, blockData: 0x77, endBlockData: 0x78 } as const;

export type ByteMapEntry = readonly [key: Buffer | null, value: Buffer | null];

/** Writes the entries as Java would; Java's `ObjectInputStream` reads the result. */
export function writeByteMap(entries: readonly ByteMapEntry[]): Buffer {
  let buckets = 16;
  while (entries.length > buckets * loadFactor) buckets *= 2;
  const sizes = Buffer.alloc(4 + 2 + 8);
  sizes.writeInt32BE(entries.length === 0 ? 0 : buckets * loadFactor, 0);
  sizes.writeUInt16BE((tc.blockData << 8) | 8, 4);
  sizes.writeInt32BE(buckets, 6);
  sizes.writeInt32BE(entries.length, 10);
  const parts: Buffer[] = [hashMapHeader, sizes];
  let described = false;
  for (const bytes of entries.flat()) {
    if (bytes === null) {
      parts.push(Buffer.of(tc.null));
      continue;
    }
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    parts.push(Buffer.of(tc.array), described ? byteArrayClassReference : byteArrayClass, length, bytes);
    described = true;
  }
  parts.push(Buffer.of(tc.endBlockData));
  return Buffer.concat(parts);
}

/** Reads what Java (or {@link writeByteMap}) wrote. An empty file has no entries. Throws for anything that is not exactly such a map. */
export function readByteMap(content: Buffer): ByteMapEntry[] {
  return content.length === 0 ? [] : new ByteMapReader(content).read();
}

interface ClassDescription {
  readonly className: string;
}

class ByteMapReader {
  readonly #content: Buffer;
  #at = 0;
  /** What was written so far, in the order of its handles. A map or a class cannot stand where bytes are wanted. */
  readonly #handles: (Buffer | ClassDescription | null)[] = [];

  constructor(content: Buffer) {
    this.#content = content;
  }

  read(): ByteMapEntry[] {
    if (this.#take(4).readUInt32BE() !== 0xaced0005) throw new Error('it does not begin as a Java serialization stream (ac ed 00 05)');
    this.#expect(tc.object, 'an object');
    this.#class('java.util.HashMap');
    this.#handles.push(null);
    this.#take(8); // load factor and threshold mean nothing to a reader
    this.#expect(tc.blockData, 'the size of the map');
    this.#expect(8, 'the size of the map');
    this.#int();
    const count = this.#int();
    if (count < 0) throw new Error(`its entry count is ${count}`);
    const entries: ByteMapEntry[] = [];
    for (let index = 0; index < count; index++) entries.push([this.#bytes(), this.#bytes()]);
    this.#expect(tc.endBlockData, 'the end of the map');
    return entries;
  }

  #bytes(): Buffer | null {
    const kind = this.#byte();
    if (kind === tc.null) return null;
    if (kind === tc.reference) {
      const bytes = this.#referred();
      if (Buffer.isBuffer(bytes)) return bytes;
    }
    if (kind !== tc.array) throw new Error(`it holds something other than byte arrays (type ${kind.toString(16)} at ${this.#at - 1})`);
    this.#class('[B');
    const handle = this.#handles.push(null) - 1;
    const length = this.#int();
    const bytes = this.#take(length);
    this.#handles[handle] = bytes;
    return bytes;
  }

  #class(expected: string): void {
    const kind = this.#byte();
    if (kind === tc.reference) {
      const known = this.#referred();
      if (known === null || Buffer.isBuffer(known) || known.className !== expected)
        throw new Error(`it refers to another class than ${expected}`);
      return;
    }
    if (kind !== tc.classDesc) throw new Error(`a class description is missing at ${this.#at - 1}`);
    const className = this.#text();
    // Nothing but these two classes is ever read: a stream is not trusted to say what it contains.
    if (className !== expected) throw new Error(`it contains a ${className} where a ${expected} is expected`);
    this.#handles.push({ className });
    this.#take(8 + 1);
    for (let fields = this.#take(2).readUInt16BE(); fields > 0; fields--) {
      this.#take(1);
      this.#text();
    }
    this.#expect(tc.endBlockData, 'the end of a class description');
    this.#expect(tc.null, 'a class without a parent');
  }

  #referred(): Buffer | ClassDescription | null {
    const handle = this.#int() - baseHandle;
    const found = this.#handles[handle];
    if (found === undefined) throw new Error(`it refers to the unknown handle ${handle}`);
    return found;
  }

  #expect(byte: number, what: string): void {
    const found = this.#byte();
    if (found !== byte) throw new Error(`${what} is missing at ${this.#at - 1}`);
  }

  #byte(): number {
    return this.#take(1)[0]!;
  }

  #int(): number {
    return this.#take(4).readInt32BE();
  }

  #text(): string {
    return this.#take(this.#take(2).readUInt16BE()).toString('latin1');
  }

  #take(length: number): Buffer {
    if (length < 0 || this.#at + length > this.#content.length) throw new Error('it ends too early');
    return this.#content.subarray(this.#at, (this.#at += length));
  }
}
