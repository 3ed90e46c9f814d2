import type { KafkaError } from '@sluice/protocol';
import type { ProducerBatch } from './producer-batch.ts';
import type { PartitionSequences } from './sequence.ts';

/**
 * What follows from the broker's answer to one batch.
 * - `stored`: acknowledged. `stored-before`: an earlier attempt was, its offset is unknown.
 * - `retry`: send it again, in order. `bump-and-retry`: again, but under a new epoch, because the broker misses something before it.
 * - `split`: in halves. `refused`: the broker said no for good. `given-up`: out of time or retries, it may be stored or not.
 * - `fatal`: the producer may not go on.
 */
export type Verdict = 'stored' | 'stored-before' | 'retry' | 'bump-and-retry' | 'split' | 'refused' | 'given-up' | 'fatal';

export interface Answer {
  error: KafkaError | null;
  /** -1 where the broker does not say. */
  logStartOffset: number;
}

export interface VerdictRules {
  isIdempotent: boolean;
  retries: number;
  deliveryTimeoutMs: number;
  now: number;
}

const fatalErrors: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'UNSUPPORTED_VERSION',
]);

/** Pure. Source: Sender.completeBatch and canRetry, TransactionManager.canRetry (KIP-360) */
export function produceVerdict(batch: ProducerBatch, sequences: PartitionSequences, answer: Answer, rules: VerdictRules): Verdict {
  const error = answer.error;
  if (error === null) return 'stored';
  if (error.errorName === 'MESSAGE_TOO_LARGE' && batch.recordCount > 1) return 'split';
  if (rules.isIdempotent && error.errorName === 'DUPLICATE_SEQUENCE_NUMBER') return 'stored-before';
  if (fatalErrors.has(error.errorName)) return 'fatal';
  const retry = retryKind(batch, sequences, answer, rules);
  if (retry === null) return 'refused';
  const isLate = rules.now - batch.createdMs >= rules.deliveryTimeoutMs;
  return isLate || batch.attempts > rules.retries ? 'given-up' : retry;
}

function retryKind(
  batch: ProducerBatch,
  sequences: PartitionSequences,
  answer: Answer,
  rules: VerdictRules,
): 'retry' | 'bump-and-retry' | null {
  const error = answer.error;
  if (rules.isIdempotent && error?.errorName === 'UNKNOWN_PRODUCER_ID') {
    // The broker forgot us, which happens when all that we wrote was deleted. Without the log's start it does not know yet.
    return answer.logStartOffset === -1 ? 'retry' : 'bump-and-retry';
  }
  if (rules.isIdempotent && error?.errorName === 'OUT_OF_ORDER_SEQUENCE_NUMBER') return outOfOrder(batch, sequences);
  return error?.retriable === true ? 'retry' : null;
}

/** A batch before this one is missing. As long as that one is still to be sent again, waiting is enough. */
function outOfOrder(batch: ProducerBatch, sequences: PartitionSequences): 'retry' | 'bump-and-retry' {
  if (sequences.isUnresolved) return sequences.followsUnresolved(batch.baseSequence) ? 'bump-and-retry' : 'retry';
  return sequences.isNextExpected(batch.baseSequence) ? 'bump-and-retry' : 'retry';
}
