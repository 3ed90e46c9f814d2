/**
 * A record can never be sent, whatever the broker says: it is larger than a limit of this producer.
 *
 * Source: org.apache.kafka.common.errors.RecordTooLargeException, thrown by KafkaProducer.ensureValidRecordSize
 */
export class RecordTooLargeError extends Error {
  readonly javaClass: string = 'org.apache.kafka.common.errors.RecordTooLargeException';
  readonly retriable: boolean = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RecordTooLargeError';
  }
}

/**
 * The client gave up waiting: for metadata, for memory, or for the broker's answer to a batch.
 *
 * Source: org.apache.kafka.common.errors.TimeoutException and BufferExhaustedException
 */
export class ProducerTimeoutError extends Error {
  readonly javaClass: string;
  readonly retriable: boolean = true;

  constructor(message: string, javaClass = 'org.apache.kafka.common.errors.TimeoutException', options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProducerTimeoutError';
    this.javaClass = javaClass;
  }
}

/** The producer was closed; with `forced`, before this batch was acknowledged. Source: KafkaException in Sender and KafkaProducer */
export class ProducerClosedError extends Error {
  readonly javaClass: string;
  readonly retriable: boolean = false;

  constructor(forced: boolean) {
    super(forced ? 'Producer is closed forcefully.' : 'Cannot perform operation after producer has been closed');
    this.name = 'ProducerClosedError';
    this.javaClass = forced ? 'org.apache.kafka.common.KafkaException' : 'java.lang.IllegalStateException';
  }
}

/** An earlier failure ended this producer's life: nothing can be sent any more. `cause` is that failure. Source: TransactionManager's FATAL_ERROR */
export class ProducerFatalError extends Error {
  readonly javaClass: string = 'org.apache.kafka.common.KafkaException';
  readonly retriable: boolean = false;

  constructor(cause: Error) {
    super(`Cannot execute producer operation because we are in an error state: ${cause.message}`, { cause });
    this.name = 'ProducerFatalError';
  }
}
