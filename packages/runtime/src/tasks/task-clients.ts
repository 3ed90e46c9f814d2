import type { Logger } from '@sluice/api';
import type { KafkaLog, RecordColumns as FetchedColumns } from '@sluice/kafka';
import type { ClientProperties } from './client-config.ts';
import type { HeaderDecoder, TaskConsumer, TaskProducer } from './surroundings.ts';

/** Makes the Kafka clients of tasks; a test or a preview gives its own. */
export interface TaskClients {
  producer(properties: ClientProperties, log: Logger): Promise<TaskProducer>;
  consumer(properties: ClientProperties, log: Logger): Promise<{ readonly consumer: TaskConsumer; readonly decodeHeaders: HeaderDecoder }>;
}

/**
 * Clients that talk to Kafka, one connection set for each task as in Java. The client library is loaded with the first task: a thread that
 * only validates does without. Making a client checks its settings and connects nothing.
 */
export const kafkaClients: TaskClients = {
  async producer(properties, log) {
    const { ClientSettings, KafkaClient, Producer } = await import('@sluice/kafka');
    const kafkaLog = asKafkaLog(log);
    const settings = ClientSettings.forProducer(properties, kafkaLog);
    const client = new KafkaClient(settings, { log: kafkaLog });
    const producer = new Producer(client, settings, { log: kafkaLog });
    return {
      init: (signal) => producer.init(signal),
      prepare: (topic, signal) => producer.prepare(topic, signal),
      append: (topic, partition, timestamp, key, value, headers, cookie) =>
        producer.append(topic, partition, timestamp, key, value, headers, cookie),
      room: (signal) => producer.room(signal),
      set onAck(handler: TaskProducer['onAck']) {
        producer.onAck = handler;
      },
      get onAck() {
        return producer.onAck;
      },
      flush: (signal) => producer.flush(signal),
      close: async (timeoutMs) => {
        await producer.close(timeoutMs);
        await client.close();
      },
    };
  },

  async consumer(properties, log) {
    const { ClientSettings, Consumer, decodeHeaders, KafkaClient } = await import('@sluice/kafka');
    const kafkaLog = asKafkaLog(log);
    const settings = ClientSettings.forConsumer(properties, kafkaLog);
    const client = new KafkaClient(settings, { log: kafkaLog });
    const consumer = new Consumer(client, settings, { log: kafkaLog });
    return {
      consumer: {
        subscribe: (selection, listener) => consumer.subscribe(selection, listener),
        poll: async (timeoutMs, signal) => {
          try {
            return await consumer.poll(timeoutMs, signal);
          } catch (error) {
            if ((error as Error).name === 'WakeupError') return [];
            throw error;
          }
        },
        wakeup: () => consumer.wakeup(),
        position: (partition) => consumer.position(partition),
        seek: (partition, offset) => consumer.seek(partition, offset),
        pause: (partitions) => consumer.pause(partitions),
        resume: (partitions) => consumer.resume(partitions),
        assignment: () => consumer.assignment(),
        commit: (offsets, signal) => consumer.commit(offsets, signal),
        close: async (options) => {
          await consumer.close(options);
          await client.close();
        },
      },
      // The columns that come here are the ones the consumer gave.
      decodeHeaders: (columns, index) => decodeHeaders(columns as FetchedColumns, index),
    };
  },
};

function asKafkaLog(log: Logger): KafkaLog {
  return {
    debug: (message) => log.debug(message),
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
    error: (message) => log.error(message),
  };
}
