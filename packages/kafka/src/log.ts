/** Where the client writes its log. Lines never carry a password, a token or a record. */
export interface KafkaLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A log that drops every line. */
export const silentLog: KafkaLog = { debug() {}, info() {}, warn() {}, error() {} };
