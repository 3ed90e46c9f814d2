import { ConnectError, type SourceOffset, type SourcePartition } from '@sluice/api';
import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ConnectorOffsets } from '../threads/thread-pool.ts';
import type { OffsetEntry } from '../threads/messages.ts';
import { readByteMap, writeByteMap } from './java-hash-map.ts';
import { canonicalOffsetJson, checkOffsetFormat, parseOffsetJson, stringifyOffsetJson } from './offset-json.ts';

interface StoredOffset {
  readonly key: Buffer | null;
  value: Buffer | null;
}

/**
 * Source offsets in one file, in the form Java Connect's standalone worker reads and writes. Loaded once, then kept in memory; each
 * write puts the whole map beside the file, forces it to the disk and renames it, so that a crash leaves the old or the new file.
 *
 * Keys keep the bytes they were read with: a connector's position is found again whatever the order of the members in its partition.
 *
 * Source: org.apache.kafka.connect.storage.FileOffsetBackingStore
 */
export class FileOffsetBackingStore implements ConnectorOffsets {
  readonly #path: string;
  /** By the key's bytes, as latin1 text. */
  readonly #entries = new Map<string, StoredOffset>();
  /** connector → canonical partition → the entries that mean it, last read first. */
  readonly #index = new Map<string, Map<string, { readonly partition: SourcePartition; readonly offsets: StoredOffset[] }>>();
  #saving: Promise<void> = Promise.resolve();
  #nextSave: Promise<void> | null = null;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Reads the file; one that is missing or empty has no offsets. Throws a ConnectError for any other content. */
  static async open(path: string): Promise<FileOffsetBackingStore> {
    // A link stays a link: what it points to is replaced.
    const store = new FileOffsetBackingStore(await realpath(path).catch(() => path));
    const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw new ConnectError(`Failed to read the offset file ${path} (offset.storage.file.filename): ${error.message}`, { cause: error });
    });
    try {
      for (const [key, value] of readByteMap(content)) store.#add({ key, value });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ConnectError(`The offset file ${path} (offset.storage.file.filename) is not a serialised map of offsets: ${why}`, {
        cause: error,
      });
    }
    return store;
  }

  async read(connector: string, partitions: readonly SourcePartition[]): Promise<readonly (SourceOffset | null)[]> {
    return partitions.map((partition) => {
      const value = this.#find(connector, partition)?.value ?? null;
      return value === null ? null : (parseOffsetJson(value.toString()) as SourceOffset | null);
    });
  }

  async write(connector: string, entries: readonly OffsetEntry[]): Promise<void> {
    for (const { partition, offset } of entries) {
      checkOffsetFormat(partition);
      checkOffsetFormat(offset);
    }
    for (const { partition, offset } of entries) this.#put(connector, partition, offset);
    if (entries.length > 0) await this.#save();
  }

  /** Everything stored for a connector; partitions that were reset are left out. */
  all(connector: string): { partition: SourcePartition; offset: SourceOffset }[] {
    const found: { partition: SourcePartition; offset: SourceOffset }[] = [];
    for (const { partition, offsets } of this.#index.get(connector)?.values() ?? []) {
      const value = offsets[0]!.value;
      if (value !== null) found.push({ partition, offset: parseOffsetJson(value.toString()) as SourceOffset });
    }
    return found;
  }

  /** Resolves when everything written so far is on the disk. */
  async close(): Promise<void> {
    await (this.#nextSave ?? this.#saving);
  }

  #put(connector: string, partition: SourcePartition, offset: SourceOffset | null): void {
    const value = offset === null ? null : Buffer.from(stringifyOffsetJson(offset));
    const found = this.#find(connector, partition);
    if (found === null) {
      // Java keeps a reset as a null in the map; one that was never there needs none.
      if (value !== null) this.#add({ key: Buffer.from(stringifyOffsetJson([connector, partition])), value });
      return;
    }
    // A reset holds for every form the partition was stored in.
    if (value === null) for (const other of this.#index.get(connector)!.get(canonicalOffsetJson(partition))!.offsets) other.value = null;
    else found.value = value;
  }

  #find(connector: string, partition: SourcePartition): StoredOffset | null {
    const exact = this.#entries.get(Buffer.from(stringifyOffsetJson([connector, partition])).toString('latin1'));
    return exact ?? this.#index.get(connector)?.get(canonicalOffsetJson(partition))?.offsets[0] ?? null;
  }

  #add(stored: StoredOffset): void {
    this.#entries.set(stored.key?.toString('latin1') ?? '', stored);
    const [connector, partition] = parseKey(stored.key);
    if (connector === null || partition === null) return; // kept in the file, but nobody can ask for it
    let partitions = this.#index.get(connector);
    if (partitions === undefined) this.#index.set(connector, (partitions = new Map()));
    const canonical = canonicalOffsetJson(partition);
    const known = partitions.get(canonical);
    if (known === undefined) partitions.set(canonical, { partition, offsets: [stored] });
    else known.offsets.unshift(stored);
  }

  /** Writes that come while the file is being written share the next write: at most one runs and one waits. */
  #save(): Promise<void> {
    if (this.#nextSave === null) {
      const next = this.#saving
        .catch(() => undefined) // whoever waited for that write was told
        .then(() => {
          this.#saving = next;
          this.#nextSave = null;
          return this.#writeFile();
        });
      this.#nextSave = next;
    }
    return this.#nextSave;
  }

  async #writeFile(): Promise<void> {
    const content = writeByteMap([...this.#entries.values()].map(({ key, value }) => [key, value] as const));
    const temporary = `${this.#path}.tmp`;
    await writeDurably(temporary, content);
    try {
      await rename(temporary, this.#path);
    } catch (error) {
      // A file that is mounted on its own (into a container) cannot be replaced, only overwritten.
      if (!['EBUSY', 'EXDEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await writeDurably(this.#path, content);
      await rm(temporary, { force: true });
    }
    await syncDirectory(dirname(this.#path));
  }
}

async function writeDurably(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

function parseKey(key: Buffer | null): [connector: string | null, partition: SourcePartition | null] {
  try {
    const parsed = parseOffsetJson(key?.toString() ?? 'null');
    if (Array.isArray(parsed) && parsed.length === 2 && typeof parsed[0] === 'string' && typeof parsed[1] === 'object') {
      return [parsed[0], parsed[1] as SourcePartition | null];
    }
  } catch {
    // not one of ours
  }
  return [null, null];
}

/** The rename itself must survive a power cut; not every system lets a directory be opened. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EPERM' && code !== 'EISDIR' && code !== 'EINVAL' && code !== 'EACCES') throw error;
  }
}
