import { errorFromWire, javaTrace, type Logger } from '@sluice/api';
import type { Answer, FromThread, LogLevel, ThreadEvent, ThreadRequest, ThreadRequestKind, ThreadRequests } from './messages.ts';

type Bare<E> = E extends ThreadEvent ? Omit<E, 'type'> : never;

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

/** The control plane as a data thread sees it: asks, tells and logs over the border. */
export class ControlPlane {
  readonly #post: (message: FromThread) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #logLevel: LogLevel = 'info';
  #nextId = 1;

  constructor(post: (message: FromThread) => void) {
    this.#post = post;
  }

  set logLevel(level: LogLevel) {
    this.#logLevel = level;
  }

  request<K extends ThreadRequestKind>(kind: K, args: ThreadRequests[K]['args']): Promise<ThreadRequests[K]['result']> {
    const id = this.#nextId++;
    // Throws for what cannot be cloned (a function in an offset), before anything waits for the answer.
    this.#post({ type: 'threadRequest', id, kind, args } as ThreadRequest);
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    return waiting.promise as Promise<ThreadRequests[K]['result']>;
  }

  onAnswer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.result);
    else waiting?.reject(errorFromWire(answer.error));
  }

  event(event: Bare<ThreadEvent>): void {
    this.#post({ type: 'event', ...event } as ThreadEvent);
  }

  /** A log whose lines carry `context`: `[name|task-0] `, `[name|worker] `. Lines below the level do not cross the border. */
  logger(context: string): Logger {
    const line = (level: LogLevel, message: string, error?: unknown): void => {
      if (levels.indexOf(level) < levels.indexOf(this.#logLevel)) return;
      this.event({ kind: 'log', level, context, message, error: error === undefined ? null : javaTrace(error) });
    };
    return {
      trace: (message, error) => line('trace', message, error),
      debug: (message, error) => line('debug', message, error),
      info: (message, error) => line('info', message, error),
      warn: (message, error) => line('warn', message, error),
      error: (message, error) => line('error', message, error),
    };
  }
}
