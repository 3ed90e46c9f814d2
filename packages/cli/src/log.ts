import { writeSync } from 'node:fs';
import type { LogLevel, LogSink } from '@sluice/runtime';

const order: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

export interface LogOptions {
  /** The lowest level that is written. Default: `SLUICE_LOG_LEVEL`, else `info`. */
  readonly level?: LogLevel;
  /** `text` lines as Kafka Connect writes them, or one JSON object a line. Default: `SLUICE_LOG_FORMAT`, else `text`. */
  readonly format?: 'text' | 'json';
  /** File descriptor; default 1, as Kafka Connect's console appender. */
  readonly descriptor?: number;
}

/** Where the worker's log goes: `[2026-11-21 12:00:00,123] INFO [local-file-source|task-0] message`. */
export function createLog(options: LogOptions = {}): LogSink {
  const lowest = order.indexOf(options.level ?? levelOf(process.env['SLUICE_LOG_LEVEL']));
  const isJson = (options.format ?? process.env['SLUICE_LOG_FORMAT']) === 'json';
  const descriptor = options.descriptor ?? 1;
  return (level, context, message, error) => {
    if (order.indexOf(level) < lowest) return;
    const trace = traceOf(error);
    const line = isJson
      ? JSON.stringify({ time: new Date().toISOString(), level, context: context.trim(), message, error: trace ?? undefined })
      : text(level, context, message, trace);
    write(descriptor, `${line}\n`);
  };
}

function traceOf(error: unknown): string | null {
  if (error === undefined || error === null) return null;
  if (error instanceof Error) return error.stack ?? error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}

function levelOf(name: string | undefined): LogLevel {
  return order.find((level) => level === name?.toLowerCase()) ?? 'info';
}

function text(level: LogLevel, context: string, message: string, trace: string | null): string {
  return `[${timestamp(new Date())}] ${level.toUpperCase()} ${context}${message}${trace === null ? '' : `\n${trace}`}`;
}

function timestamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())},${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Synchronous, so that the last line before an exit is there. A reader that went away (EPIPE) or is slow (EAGAIN) must not stop the worker. */
function write(descriptor: number, line: string): void {
  try {
    writeSync(descriptor, line);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPIPE' && code !== 'EAGAIN') throw error;
  }
}
