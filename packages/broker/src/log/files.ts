import fs from 'node:fs';
import { promisify } from 'node:util';

export const openFile = promisify(fs.open);
export const closeFile = promisify(fs.close);
export const truncateFile = promisify(fs.ftruncate);
/** Data, and of the metadata what is needed to read it: the file's size. */
export function syncFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Reads exactly `length` bytes from `position` into `buffer` at `at`. Throws where the file is shorter. */
export async function readFully(fd: number, buffer: Buffer, at: number, length: number, position: number): Promise<void> {
  for (let done = 0; done < length;) {
    const count = await readOnce(fd, buffer, at + done, length - done, position + done);
    if (count === 0)
      throw new Error(`The file ends at byte ${position + done}, before the ${length} bytes that were to be read from byte ${position}.`);
    done += count;
  }
}

function readOnce(fd: number, buffer: Buffer, at: number, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, at, length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** Writes all of `buffers`, one after the other, from `position`. */
export async function writeFully(fd: number, buffers: readonly Buffer[], position: number): Promise<void> {
  let left = buffers;
  let at = position;
  while (left.length > 0) {
    const count = await writeOnce(fd, left, at);
    at += count;
    left = rest(left, count);
  }
}

function writeOnce(fd: number, buffers: readonly Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, buffers, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/** What is left of `buffers` after the first `count` bytes. */
function rest(buffers: readonly Buffer[], count: number): readonly Buffer[] {
  let skip = count;
  for (const [index, buffer] of buffers.entries()) {
    if (skip < buffer.length) return skip === 0 ? buffers.slice(index) : [buffer.subarray(skip), ...buffers.slice(index + 1)];
    skip -= buffer.length;
  }
  return [];
}

/** Makes names that were created, renamed or removed in a directory last. No-op where directories cannot be synced (Windows). */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Puts `content` in the place of the file at `path`: after a crash there is the old or the new one, never a part. Returns when it is on disk. */
export function writeFileAtomically(path: string, content: string | Buffer, directory: string): void {
  const temporary = `${path}.tmp`;
  const fd = fs.openSync(temporary, 'w');
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, path);
  syncDirectory(directory);
}
