import { type Converter, type Header, Headers, type SchemaAndValue, type SinkRecord, TopicPartition } from '@sluice/api';
import { applyTransformation, type RecordStages } from './record-stages.ts';
import type { FetchedBatch, HeaderDecoder } from './surroundings.ts';
import type { Outcome, Stage, StageFailure, StageObserver } from './stage.ts';

export interface SinkPipelineOptions {
  readonly decodeHeaders: HeaderDecoder;
  /**
   * Headers are decoded when somebody reads them, so what is wrong with one comes up there. Where errors are to be tolerated they must come
   * up at their stage: true decodes every header at once.
   */
  readonly eagerHeaders?: boolean;
  readonly observer?: StageObserver | null;
}

const KEY_STEP = 0;
const VALUE_STEP = 1;
const HEADER_STEP = 2;
const FIRST_TRANSFORMATION = 3;
const nothing: SchemaAndValue = { schema: null, value: null };

/**
 * A consumed record's way to the sink task: key, value and header converter, then the transformations, as one pure chain. It needs no
 * task and no Kafka, and an observer sees every stage. `record` holds the result after `run` or `retry` returned `converted`.
 *
 * Source: org.apache.kafka.connect.runtime.WorkerSinkTask.convertAndTransformRecord
 */
export class SinkPipeline {
  record: SinkRecord | null = null;
  /** Where and why, after `failed`. */
  failure: StageFailure | null = null;

  readonly #stages: RecordStages;
  readonly #decodeHeaders: HeaderDecoder;
  readonly #eagerHeaders: boolean;
  readonly #observer: StageObserver | null;
  readonly #order: readonly Stage[];
  readonly #keyConverter: Converter;
  readonly #valueConverter: Converter;
  readonly #mustPrepare: boolean;
  #batch: FetchedBatch | null = null;
  #source: TopicPartition | null = null;
  #index = 0;
  #step = 0;
  #headers: Headers = Headers.empty;
  #key: SchemaAndValue = nothing;
  #value: SchemaAndValue = nothing;
  #prepareError: unknown = undefined;

  constructor(stages: RecordStages, options: SinkPipelineOptions) {
    this.#stages = stages;
    this.#decodeHeaders = options.decodeHeaders;
    this.#observer = options.observer ?? null;
    this.#eagerHeaders = options.eagerHeaders === true || this.#observer !== null;
    this.#order = [stages.key.stage, stages.value.stage, stages.header.stage, ...stages.transformations.map(({ stage }) => stage)];
    this.#keyConverter = stages.key.converter;
    this.#valueConverter = stages.value.converter;
    this.#mustPrepare = this.#keyConverter.prepareRead !== undefined || this.#valueConverter.prepareRead !== undefined;
  }

  /**
   * Takes a batch; `run` refers to it. Lets converters that have to wait do so, once for the batch; undefined where none has to. A failure
   * here comes up again as the failure of the records that need it.
   */
  begin(batch: FetchedBatch): Promise<void> | undefined {
    this.#batch = batch;
    this.#source = TopicPartition.of(batch.topic, batch.partition);
    this.#prepareError = undefined;
    return this.#mustPrepare ? this.#prepareReads(batch.from, batch.to) : undefined;
  }

  /** Takes the record at `index` of the batch's columns through all stages. */
  run(index: number): Outcome {
    this.#index = index;
    this.#step = KEY_STEP;
    return this.#advance();
  }

  /** Goes on from the stage that failed. */
  async retry(): Promise<Outcome> {
    this.#prepareError = undefined;
    if (this.#mustPrepare && this.#step <= VALUE_STEP) await this.#prepareReads(this.#index, this.#index + 1);
    return this.#advance();
  }

  #advance(): Outcome {
    const batch = this.#batch!;
    const { columns, topic } = batch;
    const index = this.#index;
    try {
      if (this.#step === KEY_STEP) {
        this.#headers = columns.headerCount[index] === 0 ? Headers.empty : this.#lazyHeaders(batch, index);
        const start = columns.keyStart[index]!;
        this.#key =
          start < 0
            ? this.#keyConverter.toConnectData(topic, null, 0, 0, this.#headers)
            : this.#keyConverter.toConnectData(topic, columns.buffer, start, columns.keyEnd[index]!, this.#headers);
        if (this.#observer !== null) this.#observe(this.#key);
        this.#step++;
      }
      if (this.#step === VALUE_STEP) {
        const start = columns.valueStart[index]!;
        this.#value =
          start < 0
            ? this.#valueConverter.toConnectData(topic, null, 0, 0, this.#headers)
            : this.#valueConverter.toConnectData(topic, columns.buffer, start, columns.valueEnd[index]!, this.#headers);
        if (this.#observer !== null) this.#observe(this.#value);
        this.#step++;
      }
      if (this.#step === HEADER_STEP) {
        if (this.#eagerHeaders) this.#headers.toArray();
        if (this.#observer !== null) this.#observe(this.#headers);
        this.record = this.#assembled(batch, index);
        this.#step++;
      }
      return this.#transform();
    } catch (error) {
      const reason = this.#step <= VALUE_STEP ? (this.#prepareError ?? error) : error;
      this.failure = { stage: this.#order[this.#step]!, error: reason };
      return 'failed';
    }
  }

  #assembled(batch: FetchedBatch, index: number): SinkRecord {
    const timestamp = batch.columns.timestamps[index]!;
    return {
      topic: batch.topic,
      partition: batch.partition,
      keySchema: this.#key.schema,
      key: this.#key.value,
      valueSchema: this.#value.schema,
      value: this.#value.value,
      timestamp: timestamp < 0 ? null : timestamp,
      headers: this.#headers,
      source: this.#source!,
      offset: batch.columns.offsets[index]!,
      timestampType: batch.timestampType,
    };
  }

  #transform(): Outcome {
    const { transformations } = this.#stages;
    for (let at = this.#step - FIRST_TRANSFORMATION; at < transformations.length; at++) {
      const output: SinkRecord | null = applyTransformation(transformations[at]!, this.record!);
      if (this.#observer !== null) this.#observe(output);
      if (output === null) return 'dropped';
      this.record = output;
      this.#step++;
    }
    return 'converted';
  }

  #lazyHeaders(batch: FetchedBatch, index: number): Headers {
    const { converter } = this.#stages.header;
    return Headers.lazy(() =>
      this.#decodeHeaders(batch.columns, index).map(({ key, value }): Header => {
        const bytes = value === null ? null : typeof value === 'string' ? Buffer.from(value) : asBuffer(value);
        const { schema, value: data } = converter.toConnectHeader(batch.topic, key, bytes);
        return { key, schema, value: data };
      }),
    );
  }

  #observe(output: unknown): void {
    this.#observer!(this.#order[this.#step]!, output);
  }

  async #prepareReads(from: number, to: number): Promise<void> {
    const { topic, columns } = this.#batch!;
    try {
      await this.#keyConverter.prepareRead?.(topic, slices(columns.buffer, columns.keyStart, columns.keyEnd, from, to));
      await this.#valueConverter.prepareRead?.(topic, slices(columns.buffer, columns.valueStart, columns.valueEnd, from, to));
    } catch (error) {
      this.#prepareError = error;
    }
  }
}

function slices(buffer: Buffer, starts: Int32Array, ends: Int32Array, from: number, to: number): Buffer[] {
  const found: Buffer[] = [];
  for (let i = from; i < to; i++) {
    const start = starts[i]!;
    if (start >= 0) found.push(buffer.subarray(start, ends[i]!));
  }
  return found;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
