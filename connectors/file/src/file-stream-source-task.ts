import { ConnectError, Schemas, type SourcePartition, type SourceRecord, SourceTask } from '@sluice/api';
import { FileInput } from './file-input.ts';
import type { FileStreamSourceConfig } from './file-stream-source-config.ts';
import type { LineInput } from './line-input.ts';
import { LineSplitter } from './line-splitter.ts';
import { stdin } from './stdin.ts';
import { StdinInput } from './stdin-input.ts';

/** Between two looks at a file that has nothing new. */
const waitMs = 100;
/** Between two warnings that there is no such file. */
const warnMs = 1000;
const bufferBytes = 256 * 1024;

/**
 * Reads lines. A line is read when its end is there; the offset after it counts bytes.
 *
 * Source: org.apache.kafka.connect.file.FileStreamSourceTask
 */
export class FileStreamSourceTask extends SourceTask<FileStreamSourceConfig> {
  readonly #path: string | null = this.config.file === '' ? null : this.config.file;
  readonly #partition: SourcePartition = { filename: this.#path };
  readonly #batchSize: number = Math.max(1, this.config['batch.size']);
  readonly #lines: LineSplitter = new LineSplitter({
    position: 0,
    bufferBytes,
    onGrow: (from, to) => this.log.info(`Increased buffer from ${from} to ${to}`),
  });
  #input: LineInput | null = null;
  #records: SourceRecord<string>[] = [];
  #now = 0;
  #warnedAt = -Infinity;
  readonly #emit = (value: string, position: number): void => {
    this.#records.push({
      topic: this.config.topic,
      value,
      valueSchema: Schemas.STRING,
      key: null,
      keySchema: null,
      partition: null,
      timestamp: this.#now,
      sourcePartition: this.#partition,
      sourceOffset: { position: this.#path === null ? null : position },
    });
  };

  override async start(): Promise<void> {
    if (this.#path === null) {
      this.#input = new StdinInput(stdin());
      return;
    }
    const [offset] = await this.context.offsets.read([this.#partition]);
    const position = offset?.['position'] ?? null;
    if (position === null) return;
    if ((typeof position !== 'bigint' && !Number.isSafeInteger(position)) || (position as number | bigint) < 0) {
      throw new ConnectError('Offset position is the incorrect type');
    }
    this.#lines.reset(Number(position));
  }

  async poll(): Promise<SourceRecord<string>[] | null> {
    this.#input ??= await this.#open();
    if (this.#input === null) {
      await this.sleep(waitMs);
      return null;
    }
    this.#now = Date.now();
    await this.#fill(this.#input);
    if (this.#records.length === 0) {
      await this.#look(this.#input);
      if (this.#records.length === 0) {
        await this.sleep(waitMs);
        return null;
      }
    }
    const records = this.#records;
    this.#records = [];
    return records;
  }

  override async stop(): Promise<void> {
    await this.#input?.close();
    this.#input = null;
  }

  /** Takes the lines that are there, and reads until the batch is full or there are no more bytes. */
  async #fill(input: LineInput): Promise<void> {
    this.#lines.take(this.#batchSize, this.#emit);
    while (this.#records.length < this.#batchSize && !this.stopping.aborted) {
      const { buffer, offset, length } = this.#lines.room();
      const bytes = await input.read(buffer, offset, length);
      if (bytes === 0) return;
      this.#lines.filled(bytes);
      this.#lines.take(this.#batchSize - this.#records.length, this.#emit);
    }
  }

  /** At the end of the input: has it been cut off or replaced? */
  async #look(input: LineInput): Promise<void> {
    const state = await input.state();
    if (state === 'open') return;
    const end = this.#lines.position + this.#lines.pendingBytes;
    // Its end will not come any more, so what there is of the last line is all of it.
    const rest = this.#lines.takeRest();
    if (rest !== null) this.#emit(rest, end);
    if (state === 'ended') return;
    if (state === 'truncated')
      this.log.warn(`File ${this.#path} has been truncated: it is shorter than position ${end}, reading it from its start`);
    else
      this.log.info(
        `File ${this.#path} has been replaced: the old one was read to its end at position ${end}, reading the new one from its start`,
      );
    this.#lines.reset(0);
    await input.close();
    this.#input = null;
  }

  async #open(): Promise<LineInput | null> {
    const path = this.#path!;
    const input = await FileInput.open({ path, position: this.#lines.position });
    if (input === null) {
      const now = performance.now();
      if (now - this.#warnedAt < warnMs) return null;
      this.#warnedAt = now;
      this.log.warn(`Couldn't find file ${path} for FileStreamSourceTask, sleeping to wait for it to be created`);
      return null;
    }
    if (input.size !== null && input.size < this.#lines.position) {
      this.log.warn(
        `File ${path} has ${input.size} bytes, fewer than the position ${this.#lines.position} up to which it was read: ` +
          `it must have been truncated or replaced, reading it from its start`,
      );
      this.#lines.reset(0);
      input.seek(0);
    }
    this.log.info(`Opened ${path} for reading at position ${this.#lines.position}`);
    return input;
  }
}
