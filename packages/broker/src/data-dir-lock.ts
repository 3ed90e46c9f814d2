import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokerLog } from './broker-options.ts';

const SOCKET_FILE = 'broker.lock';
/** Longest path of a socket on the systems that have the least room for it. */
const MAX_SOCKET_PATH = 100;

/**
 * Makes sure that a data directory has one broker. The lock is a socket in the directory: it ends with its process however that ends, and holds between threads
 * and processes alike. (A file with a process id would outlive a kill -9, and the id may come again: in containers it mostly does.)
 */
export class DataDirLock {
  readonly #server: Server | null;
  readonly #alias: string | null;

  private constructor(server: Server | null, alias: string | null) {
    this.#server = server;
    this.#alias = alias;
  }

  /** Throws an error that names the directory where another broker has it. */
  static async take(dataDir: string, log: BrokerLog): Promise<DataDirLock> {
    const directory = fs.realpathSync(dataDir);
    const { path, alias } = socketPath(directory);
    try {
      return new DataDirLock(await takeSocket(path, directory), alias);
    } catch (error) {
      removeAlias(alias);
      if (!['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'EACCES', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      log.warn(`${directory} cannot be locked (${(error as Error).message}): take care that no other broker uses it.`);
      return new DataDirLock(null, null);
    }
  }

  async release(): Promise<void> {
    const server = this.#server;
    if (server !== null) await new Promise<void>((resolve) => server.close(() => resolve()));
    removeAlias(this.#alias);
  }
}

async function takeSocket(path: string, directory: string): Promise<Server> {
  try {
    return await listen(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  }
  if (await answers(path))
    throw new Error(`The data directory ${directory} is in use by another broker: stop that one, or choose another directory.`);
  // What a broker left that was killed.
  fs.rmSync(path, { force: true });
  return listen(path);
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A path of a socket is short: a longer one is reached through a link. */
function socketPath(directory: string): { path: string; alias: string | null } {
  if (process.platform === 'win32') {
    return { path: `\\\\.\\pipe\\sluice-broker-${createHash('sha256').update(directory.toLowerCase()).digest('hex')}`, alias: null };
  }
  const path = join(directory, SOCKET_FILE);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return { path, alias: null };
  const alias = join(fs.mkdtempSync(join(tmpdir(), 'sluice-lock-')), 'd');
  fs.symlinkSync(directory, alias);
  return { path: join(alias, SOCKET_FILE), alias };
}

function removeAlias(alias: string | null): void {
  if (alias !== null) fs.rmSync(join(alias, '..'), { recursive: true, force: true });
}
