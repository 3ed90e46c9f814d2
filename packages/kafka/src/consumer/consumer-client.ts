import type { KafkaClient } from '../client/kafka-client.ts';

/** What the consumer needs of a `KafkaClient`, so that its rules can be tried against a cluster that is not there. */
export type ConsumerClient = Pick<KafkaClient, 'send' | 'metadata' | 'coordinator' | 'forgetCoordinator'>;
