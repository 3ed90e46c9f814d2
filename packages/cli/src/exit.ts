import { ConfigError, ConnectError } from '@sluice/api';
import { KafkaConfigError } from '@sluice/kafka';
import { ExitCode, UserError } from './user-error.ts';

/** What a failed command shows, and what it exits with. */
export interface Failure {
  readonly message: string;
  readonly exitCode: ExitCode;
}

/**
 * A person's mistake is shown as its message and the reasons behind it, without a stack trace; what nobody foresaw, with its stack, for
 * whoever reports it.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ConfigError || error instanceof KafkaConfigError)
    return { message: withReasons(error), exitCode: ExitCode.badInput };
  if (error instanceof ConnectError) {
    const isUnreachable = error.message.startsWith('Failed to connect to and describe Kafka cluster');
    return { message: withReasons(error), exitCode: isUnreachable ? ExitCode.unreachable : ExitCode.failed };
  }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: ExitCode.failed };
}

/** The message and those of its causes, each once. */
function withReasons(error: Error): string {
  const messages: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    if (current.message !== '' && !messages.some((message) => message.includes((current as Error).message))) messages.push(current.message);
  }
  return messages.join('\n  because: ');
}
