import { constants, type FileHandle, open } from 'node:fs/promises';
import { EOL } from 'node:os';

const LF = 10;

/** Where lines go. */
export interface LineOutput {
  /** Writes whole lines. Resolves when the operating system has all of them. */
  write(text: string): Promise<void>;
  /** Resolves when everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file that grows by whole lines: every write goes to its end in one piece, whoever else appends to it.
 * A file that ends inside a line, as a crash leaves it, gets the line's end first.
 */
export class FileOutput implements LineOutput {
  readonly #handle: FileHandle;
  readonly #isRegular: boolean;
  #isDirty = false;

  private constructor(handle: FileHandle, isRegular: boolean) {
    this.#handle = handle;
    this.#isRegular = isRegular;
  }

  static async open(path: string): Promise<FileOutput> {
    const handle = await openForAppend(path);
    try {
      const stats = await handle.stat();
      const output = new FileOutput(handle, stats.isFile());
      if (stats.isFile() && stats.size > 0 && !(await endsWithLine(handle, stats.size))) await output.write(EOL);
      return output;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#isDirty = true;
    for (let written = 0; written < bytes.length;) {
      written += (await this.#handle.write(bytes, written, bytes.length - written)).bytesWritten;
    }
  }

  async sync(): Promise<void> {
    // A pipe or device has no disk to be on.
    if (!this.#isDirty || !this.#isRegular) return;
    this.#isDirty = false;
    try {
      await this.#handle.datasync();
    } catch (error) {
      this.#isDirty = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Readable as well, to see how the file ends; where it may only be written that stays unknown. */
async function openForAppend(path: string): Promise<FileHandle> {
  const append = constants.O_APPEND | constants.O_CREAT;
  try {
    return await open(path, append | constants.O_RDWR, 0o666);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return open(path, append | constants.O_WRONLY, 0o666);
  }
}

async function endsWithLine(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  try {
    const { bytesRead } = await handle.read(last, 0, 1, size - 1);
    return bytesRead === 0 || last[0] === LF;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBADF') return true;
    throw error;
  }
}

/** Standard output, or any stream. */
export class StreamOutput implements LineOutput {
  readonly #stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, 'utf8', (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Does nothing: what was written has been handed over. */
  sync(): Promise<void> {
    return Promise.resolve();
  }

  /** Does nothing: standard output is not ours to close. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
