import { KafkaClient } from '../client/kafka-client.ts';
import type { KafkaLog } from '../log.ts';
import { Producer } from '../producer/producer.ts';
import type { AckedBatch } from '../producer/producer.ts';
import { ClientSettings } from '../settings/client-settings.ts';
import type { ClientProperties } from '../settings/client-settings.ts';

interface Write {
  resolve: () => void;
  reject: (error: Error) => void;
}

const closeTimeoutMs = 5000;

/** Writes single records and says for each when it is stored. Connects with the first write. */
export class TableWriter {
  readonly #topic: string;
  readonly #settings: ClientSettings;
  readonly #log: KafkaLog;
  readonly #abort = new AbortController();
  #client: KafkaClient | null = null;
  #opening: Promise<Producer> | null = null;
  #appending: Promise<unknown> = Promise.resolve();

  constructor(topic: string, properties: ClientProperties, log: KafkaLog) {
    this.#topic = topic;
    this.#log = log;
    this.#settings = ClientSettings.forProducer({ 'linger.ms': '0', ...properties, acks: 'all' }, log);
  }

  async write(key: Buffer | string | null, value: Buffer | string | null): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      const append = (): Promise<void> => this.#append(key, value, { resolve, reject });
      // One after the other, so that a full buffer does not change their order.
      this.#appending = this.#appending.then(append).catch(reject);
    });
    await written;
  }

  async #append(key: Buffer | string | null, value: Buffer | string | null, write: Write): Promise<void> {
    const producer = await this.#open();
    await producer.prepare(this.#topic, this.#abort.signal);
    while (!producer.append(this.#topic, null, null, key, value, null, write)) await producer.room(this.#abort.signal);
  }

  /** A producer that could not be opened is tried anew by the next write. */
  #open(): Promise<Producer> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #connect(): Promise<Producer> {
    this.#abort.signal.throwIfAborted();
    this.#client ??= new KafkaClient(this.#settings, { log: this.#log });
    await this.#client.connect(this.#abort.signal);
    const producer = new Producer(this.#client, this.#settings, { log: this.#log });
    producer.onAck = acknowledge;
    await producer.init(this.#abort.signal);
    return producer;
  }

  async close(): Promise<void> {
    const producer = await this.#opening?.catch(() => null);
    this.#abort.abort(new Error(`The writer of topic ${this.#topic} is closed`));
    await producer?.close(closeTimeoutMs);
    await this.#client?.close();
  }
}

function acknowledge({ cookies, error }: AckedBatch): void {
  for (const cookie of cookies as readonly Write[]) {
    if (error === null) cookie.resolve();
    else cookie.reject(error);
  }
}
