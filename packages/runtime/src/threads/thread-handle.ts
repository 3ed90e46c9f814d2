import module from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConnectError, errorFromWire, errorToWire } from '@sluice/api';
import type {
  FromThread,
  Reply,
  Request,
  RequestArgs,
  RequestKind,
  RequestResult,
  ThreadEvent,
  ThreadRequest,
  ToThread,
} from './messages.ts';

export interface ThreadHandleOptions {
  readonly name: string;
  readonly memoryLimitMb: number | undefined;
  readonly onEvent: (event: ThreadEvent) => void;
  /** Answers what the thread asks. */
  readonly onRequest: (request: ThreadRequest) => Promise<unknown>;
  /** The thread has ended and was not asked to. */
  readonly onDeath: (reason: ConnectError) => void;
}

/** One data thread, seen from the control plane: requests with their answers, and its end. */
export class ThreadHandle {
  readonly name: string;
  readonly #options: ThreadHandleOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;
  #isClosing = false;
  #end: ConnectError | null = null;
  #error: Error | null = null;

  constructor(options: ThreadHandleOptions) {
    this.name = options.name;
    this.#options = options;
    // The folder above the one of this Node's version, which a thread adds again.
    const compileCacheDir = module.getCompileCacheDir();
    this.#worker = new Worker(new URL(import.meta.resolve('@sluice/runtime/worker')), {
      name: options.name,
      workerData: compileCacheDir === undefined ? {} : { compileCacheDir: dirname(compileCacheDir) },
      ...(options.memoryLimitMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: options.memoryLimitMb } }),
    });
    this.#worker.on('message', (message: FromThread) => this.#onMessage(message));
    this.#worker.on('messageerror', (error) =>
      this.#kill(new ConnectError('A message of the data thread could not be read', { cause: error })),
    );
    this.#worker.on('error', (error) => (this.#error = error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#onExit(code));
  }

  /** Whether it has ended, or is about to. */
  get hasEnded(): boolean {
    return this.#end !== null;
  }

  /**
   * Asks the thread. Rejects with its error, when it ends, or after `timeoutMs`.
   */
  request<K extends RequestKind>(kind: K, args: RequestArgs<K>, timeoutMs: number): Promise<RequestResult<K>> {
    if (this.#end !== null) return Promise.reject(this.#end);
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      waiting.reject(new RequestTimeoutError(`The data thread ${this.name} did not answer '${kind}' within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#post({ type: 'request', id, kind, args } as Request);
    return waiting.promise.finally(() => clearTimeout(timer)) as Promise<RequestResult<K>>;
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #onMessage(message: FromThread): void {
    switch (message.type) {
      case 'reply':
        return this.#onReply(message);
      case 'event':
        return this.#options.onEvent(message);
      case 'threadRequest':
        return void this.#answer(message);
    }
  }

  #onReply(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.result);
    else waiting?.reject(errorFromWire(reply.error));
  }

  async #answer(request: ThreadRequest): Promise<void> {
    try {
      const result = await this.#options.onRequest(request);
      this.#post({ type: 'answer', id: request.id, ok: true, result });
    } catch (error) {
      this.#post({ type: 'answer', id: request.id, ok: false, error: errorToWire(error) });
    }
  }

  #onExit(code: number): void {
    this.#end ??= this.#reason(code);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#end);
    this.#waiting.clear();
    if (!this.#isClosing) this.#options.onDeath(this.#end);
  }

  #reason(code: number): ConnectError {
    const error = this.#error as (Error & { code?: unknown }) | null;
    if (error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const limit = this.#options.memoryLimitMb;
      return new ConnectError(`The data thread ran out of memory${limit === undefined ? '' : `: its limit is ${limit} MB`}`, {
        cause: error,
      });
    }
    if (error !== null) return new ConnectError('The data thread ended with an error', { cause: error });
    return new ConnectError(`The data thread ended with code ${code}: a plugin called process.exit()`);
  }

  /** Ends a thread that does not answer; whatever it runs has failed for that reason. */
  kill(reason: string): void {
    this.#kill(new ConnectError(reason));
  }

  #kill(reason: ConnectError): void {
    this.#end ??= reason;
    void this.#worker.terminate();
  }

  /** Ends the thread without anybody being told. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#end ??= new ConnectError('The data thread was closed');
    await this.#worker.terminate();
  }
}

/** The thread is there and did not answer in time. */
export class RequestTimeoutError extends ConnectError {}
