import { type ConnectRecord, type Converter, type Encoded, Headers, type Schema, type SourceRecord } from '@sluice/api';
import { applyTransformation, type RecordStages } from './record-stages.ts';
import type { EncodedHeader } from './surroundings.ts';
import type { Outcome, Stage, StageFailure, StageObserver } from './stage.ts';

/**
 * A source record's way from the task to the producer: transformations, then header, key and value converter, as one pure chain.
 * It needs no task and no Kafka, and an observer sees every stage.
 *
 * The result stands in the fields, valid after `run` or `retry` returned `converted` and until the next call: one object serves all
 * records, so that nothing is allocated for each.
 *
 * Source: org.apache.kafka.connect.runtime.AbstractWorkerSourceTask.convertTransformedRecord
 */
export class SourcePipeline {
  topic = '';
  partition: number | null = null;
  /** As the record says it; the worker checks it. */
  timestamp: number | null = null;
  key: Encoded = null;
  value: Encoded = null;
  headers: readonly EncodedHeader[] | null = null;
  /** Where and why, after `failed`. */
  failure: StageFailure | null = null;

  readonly #stages: RecordStages;
  readonly #observer: StageObserver | null;
  /** Transformations by index, then header, key and value converter. */
  readonly #order: readonly Stage[];
  readonly #headerStep: number;
  readonly #keyConverter: Converter;
  readonly #valueConverter: Converter;
  readonly #mustPrepare: boolean;
  #step = 0;
  #current: SourceRecord | ConnectRecord | null = null;
  /** The transformed records of the batch that was prepared, by index; null: filtered, undefined: failed, so that `run` meets the failure again. */
  #prepared: (ConnectRecord | null | undefined)[] | null = null;
  #prepareError: unknown = undefined;

  constructor(stages: RecordStages, observer: StageObserver | null = null) {
    this.#stages = stages;
    this.#observer = observer;
    this.#order = [...stages.transformations.map(({ stage }) => stage), stages.header.stage, stages.key.stage, stages.value.stage];
    this.#headerStep = stages.transformations.length;
    this.#keyConverter = stages.key.converter;
    this.#valueConverter = stages.value.converter;
    this.#mustPrepare = this.#keyConverter.prepareWrite !== undefined || this.#valueConverter.prepareWrite !== undefined;
  }

  /**
   * Lets converters that have to wait (a schema that is not in their cache) do so, once for a batch and before it is run; undefined where
   * none has to. A failure here comes up again as the failure of the records that need it.
   */
  prepare(batch: readonly SourceRecord[]): Promise<void> | undefined {
    this.#prepared = null;
    this.#prepareError = undefined;
    if (!this.#mustPrepare) return undefined;
    const prepared = batch.map((record) => this.#transformed(record));
    this.#prepared = prepared;
    return this.#prepareWrites(prepared.filter((record) => (record ?? null) !== null) as ConnectRecord[]);
  }

  /** Takes `batch[index]` through all stages. */
  run(batch: readonly SourceRecord[], index: number): Outcome {
    const record = batch[index]!;
    const prepared = this.#prepared?.[index];
    if (prepared === null) return 'dropped';
    this.#step = prepared === undefined ? 0 : this.#headerStep;
    this.#current = prepared ?? (this.#headerStep === 0 ? record : normalized(record));
    return this.#advance();
  }

  /** Goes on from the stage that failed. */
  async retry(): Promise<Outcome> {
    this.#prepareError = undefined;
    if (this.#mustPrepare && this.#step >= this.#headerStep) await this.#prepareWrites([this.#current as ConnectRecord]);
    return this.#advance();
  }

  #advance(): Outcome {
    const { transformations } = this.#stages;
    try {
      while (this.#step < this.#headerStep) {
        const output = applyTransformation(transformations[this.#step]!, this.#current as ConnectRecord);
        if (this.#observer !== null) this.#observe(output);
        if (output === null) return 'dropped';
        this.#current = output;
        this.#step++;
      }
      const record = this.#current!;
      if (this.#step === this.#headerStep) {
        this.topic = record.topic;
        this.partition = record.partition ?? null;
        this.timestamp = record.timestamp ?? null;
        this.headers = this.#convertHeaders(record);
        if (this.#observer !== null) this.#observe(this.headers);
        this.#step++;
      }
      if (this.#step === this.#headerStep + 1) {
        this.key = this.#keyConverter.fromConnectData(record.topic, record.keySchema ?? null, record.key ?? null, record.headers);
        if (this.#observer !== null) this.#observe(this.key);
        this.#step++;
      }
      this.value = this.#valueConverter.fromConnectData(record.topic, record.valueSchema ?? null, record.value ?? null, record.headers);
      if (this.#observer !== null) this.#observe(this.value);
      return 'converted';
    } catch (error) {
      // What a converter says after its preparation failed is a consequence (its cache is empty); the reason is the preparation's.
      const reason = this.#step > this.#headerStep ? (this.#prepareError ?? error) : error;
      this.failure = { stage: this.#order[this.#step]!, error: reason };
      return 'failed';
    }
  }

  #convertHeaders(record: SourceRecord | ConnectRecord): readonly EncodedHeader[] | null {
    const { headers } = record;
    if (headers === undefined || headers === Headers.empty || headers.size === 0) return null;
    const { converter } = this.#stages.header;
    const encoded: EncodedHeader[] = [];
    for (const { key, schema, value } of headers)
      encoded.push({ key, value: converter.fromConnectHeader(record.topic, key, schema, value) });
    return encoded;
  }

  #observe(output: unknown): void {
    this.#observer!(this.#order[this.#step]!, output);
  }

  #transformed(record: SourceRecord): ConnectRecord | null | undefined {
    let current: ConnectRecord | null = normalized(record);
    try {
      for (this.#step = 0; this.#step < this.#headerStep && current !== null; this.#step++) {
        current = applyTransformation(this.#stages.transformations[this.#step]!, current);
        if (this.#observer !== null) this.#observe(current);
      }
      return current;
    } catch {
      return undefined;
    }
  }

  async #prepareWrites(records: readonly ConnectRecord[]): Promise<void> {
    try {
      for (const [topic, { keys, values }] of schemasByTopic(records)) {
        await this.#keyConverter.prepareWrite?.(topic, [...keys]);
        await this.#valueConverter.prepareWrite?.(topic, [...values]);
      }
    } catch (error) {
      this.#prepareError = error;
    }
  }
}

/** Every field present and of one shape, as transformations are promised it. */
function normalized(record: SourceRecord): ConnectRecord {
  return {
    topic: record.topic,
    partition: record.partition ?? null,
    keySchema: record.keySchema ?? null,
    key: record.key ?? null,
    valueSchema: record.valueSchema ?? null,
    value: record.value ?? null,
    timestamp: record.timestamp ?? null,
    headers: record.headers ?? Headers.empty,
  };
}

function schemasByTopic(records: readonly ConnectRecord[]): Map<string, { keys: Set<Schema | null>; values: Set<Schema | null> }> {
  const topics = new Map<string, { keys: Set<Schema | null>; values: Set<Schema | null> }>();
  for (const record of records) {
    let schemas = topics.get(record.topic);
    if (schemas === undefined) topics.set(record.topic, (schemas = { keys: new Set(), values: new Set() }));
    schemas.keys.add(record.keySchema);
    schemas.values.add(record.valueSchema);
  }
  return topics;
}
