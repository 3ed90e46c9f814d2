// Our half of the benchmark's two connectors; the other half is bench/java.
import { writeFileSync } from 'node:fs';
import {
  type ConfigOf,
  defineConfig,
  long,
  Schemas,
  sinkConnector,
  SinkTask,
  type SinkRecord,
  sourceConnector,
  type SourceRecord,
  SourceTask,
  string,
} from '@sluice/api';

const batchSize = 500;

const generatorConfig = defineConfig({
  topic: string({ importance: 'high', doc: 'Topic.' }),
  records: long({ importance: 'high', doc: 'How many.' }),
});

class GeneratorTask extends SourceTask<ConfigOf<typeof generatorConfig>> {
  readonly #partition = { generator: '0' };
  #made = 0;

  async poll(): Promise<SourceRecord[] | null> {
    const end = Math.min(Number(this.config.records), this.#made + batchSize);
    if (this.#made >= end) {
      await this.sleep(100);
      return null;
    }
    const batch: SourceRecord[] = [];
    for (; this.#made < end; this.#made++) {
      batch.push({
        topic: this.config.topic,
        valueSchema: Schemas.STRING,
        value: text(this.#made),
        sourcePartition: this.#partition,
        sourceOffset: { n: this.#made },
      });
    }
    return batch;
  }
}

/** A JSON object of 8 fields, some 170 bytes. */
function text(n: number): string {
  return `{"id":${n},"user":"user-${n % 1000}","product":"product-${n % 100}","quantity":${n % 10},"price":19.99,"country":"Portugal","paid":true,"comment":"a comment that makes the record as long as the others are"}`;
}

const countingConfig = defineConfig({ 'count.file': string({ importance: 'high', doc: 'Where the count goes.' }) });

class CountingTask extends SinkTask<ConfigOf<typeof countingConfig>> {
  #count = 0;
  #written = 0;

  put(records: readonly SinkRecord[]): void {
    this.#count += records.length;
    if (Date.now() - this.#written >= 50) this.idle();
  }

  override idle(): void {
    this.#written = Date.now();
    writeFileSync(this.config['count.file'], String(this.#count));
  }
}

export const generatorSource = sourceConnector({ class: 'sluice.bench.GeneratorSource', config: generatorConfig, task: GeneratorTask });
export const countingSink = sinkConnector({ class: 'sluice.bench.CountingSink', config: countingConfig, task: CountingTask });
