import type { KafkaClient } from '../client/kafka-client.ts';

/** What the producer needs of a `KafkaClient`, so that its rules can be tried against a cluster that is not there. */
export type ProducerClient = Pick<KafkaClient, 'send' | 'metadata'>;
