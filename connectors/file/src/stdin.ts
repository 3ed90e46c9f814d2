import { createReadStream, fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';
import { Socket } from 'node:net';
import { isatty, ReadStream } from 'node:tty';

let stream: Readable | null = null;

/**
 * The standard input of the process. A worker thread's `process.stdin` is empty, so there it is opened by its descriptor; once, and never
 * closed, because a task that is started again goes on with it.
 */
export function stdin(): Readable {
  if (isMainThread) return process.stdin;
  stream ??= openDescriptor();
  return stream;
}

function openDescriptor(): Readable {
  const input = isatty(0)
    ? new ReadStream(0)
    : isStream()
      ? new Socket({ fd: 0, readable: true, writable: false })
      : createReadStream('', { fd: 0, autoClose: false });
  // Waiting for input must not keep a thread alive that has nothing else to do.
  if (input instanceof Socket) input.unref();
  return input;
}

function isStream(): boolean {
  const stats = fstatSync(0);
  return stats.isFIFO() || stats.isSocket();
}
