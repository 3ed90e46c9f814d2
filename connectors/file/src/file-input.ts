import { ConnectError } from '@sluice/api';
import type { Stats } from 'node:fs';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import type { InputState, LineInput } from './line-input.ts';

/** After the name was given to another file its writer may still write to the old one for a moment: it must be quiet for so long. */
const quietMs = 500;

export interface FileInputOptions {
  readonly path: string;
  /** Byte to start from. */
  readonly position: number;
  readonly now?: () => number;
}

/** A file read from a position to its end and on as it grows. */
export class FileInput implements LineInput {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #identity: Stats;
  readonly #now: () => number;
  #position: number;
  #quietSince: number | null = null;

  private constructor(handle: FileHandle, identity: Stats, options: FileInputOptions) {
    this.#handle = handle;
    this.#identity = identity;
    this.#path = options.path;
    this.#position = options.position;
    this.#now = options.now ?? performance.now.bind(performance);
  }

  /** Null where there is no such file. Throws a ConnectError where it cannot be read. */
  static async open(options: FileInputOptions): Promise<FileInput | null> {
    let handle: FileHandle | null = null;
    try {
      // Without O_NONBLOCK the opening of a pipe that nobody writes to could not be ended.
      handle = await open(options.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const identity = await handle.stat();
      if (identity.isDirectory()) throw new Error('it is a directory');
      return new FileInput(handle, identity, options);
    } catch (error) {
      await handle?.close();
      if (isMissing(error)) return null;
      throw unreadable(options.path, error);
    }
  }

  /** Bytes in the file when it was opened; null for a pipe or device, which has no positions. */
  get size(): number | null {
    return this.#identity.isFile() ? this.#identity.size : null;
  }

  /** Reads on from `position`. */
  seek(position: number): void {
    this.#position = position;
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(buffer, offset, length, this.#identity.isFile() ? this.#position : null);
      this.#position += bytesRead;
      if (bytesRead > 0) this.#quietSince = null;
      return bytesRead;
    } catch (error) {
      // A pipe that is open but has nothing to read now.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw unreadable(this.#path, error);
    }
  }

  async state(): Promise<InputState> {
    if (!this.#identity.isFile()) return 'open';
    const { size } = await this.#handle.stat();
    if (size < this.#position) return 'truncated';
    // Something has come since the read that found nothing.
    if (size > this.#position) return 'open';
    const named = await statOrNull(this.#path);
    if (named === null || (named.ino === this.#identity.ino && named.dev === this.#identity.dev)) return 'open';
    this.#quietSince ??= this.#now();
    return this.#now() - this.#quietSince >= quietMs ? 'rotated' : 'open';
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch {
    // Moved away and not yet made anew, or for a moment not to be seen: the open file is still good.
    return null;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function unreadable(path: string, error: unknown): ConnectError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ConnectError(
    `Unable to read file '${path}' for FileStreamSourceTask, set 'file' to a file that this worker can read: ${reason}`,
    { cause: error },
  );
}
