/** Where a plugin writes its log. Lines carry the connector and task they come from. Never log a password or a record's value. */
export interface Logger {
  trace(message: string, error?: unknown): void;
  debug(message: string, error?: unknown): void;
  info(message: string, error?: unknown): void;
  warn(message: string, error?: unknown): void;
  error(message: string, error?: unknown): void;
}
