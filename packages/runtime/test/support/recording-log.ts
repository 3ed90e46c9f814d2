import type { Logger } from '@sluice/api';

/** A log that keeps its lines, `level message`. */
export class RecordingLog implements Logger {
  readonly lines: string[] = [];
  readonly errors: unknown[] = [];

  trace(message: string, error?: unknown): void {
    this.#add('trace', message, error);
  }
  debug(message: string, error?: unknown): void {
    this.#add('debug', message, error);
  }
  info(message: string, error?: unknown): void {
    this.#add('info', message, error);
  }
  warn(message: string, error?: unknown): void {
    this.#add('warn', message, error);
  }
  error(message: string, error?: unknown): void {
    this.#add('error', message, error);
  }

  #add(level: string, message: string, error: unknown): void {
    this.lines.push(`${level} ${message}`);
    if (error !== undefined) this.errors.push(error);
  }
}
