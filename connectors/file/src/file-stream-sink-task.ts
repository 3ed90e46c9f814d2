import { ConnectError, javaToString, type SinkRecord, SinkTask, type TopicPartition } from '@sluice/api';
import { EOL } from 'node:os';
import { FileOutput, type LineOutput, StreamOutput } from './file-output.ts';
import type { FileStreamSinkConfig } from './file-stream-sink-config.ts';

/** Text is written when so many characters have come together, to bound the memory that a batch of large values takes. */
const writeChars = 4 * 1024 * 1024;

/**
 * Appends values as lines, in the text Java's String.valueOf gives them. A batch is with the operating system when `put` returns and on the disk
 * before its offsets are committed, so it is written at least once, also over a crash of the machine.
 *
 * Source: org.apache.kafka.connect.file.FileStreamSinkTask
 */
export class FileStreamSinkTask extends SinkTask<FileStreamSinkConfig> {
  readonly #path: string | null = this.config.file === '' ? null : this.config.file;
  #output: LineOutput | null = null;

  override async start(): Promise<void> {
    this.#output = this.use(await this.#open(), (output) => output.close());
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    let text = '';
    for (const record of records) {
      text += (typeof record.value === 'string' ? record.value : javaToString(record.value, record.valueSchema)) + EOL;
      if (text.length < writeChars) continue;
      await this.#write(text);
      text = '';
    }
    if (text !== '') await this.#write(text);
  }

  override async preCommit(delivered: ReadonlyMap<TopicPartition, number>): Promise<ReadonlyMap<TopicPartition, number>> {
    try {
      await this.#output!.sync();
    } catch (error) {
      throw this.#failure(error);
    }
    return delivered;
  }

  async #open(): Promise<LineOutput> {
    if (this.#path === null) return new StreamOutput(process.stdout);
    try {
      return await FileOutput.open(this.#path);
    } catch (error) {
      throw new ConnectError(`Couldn't find or create file '${this.#path}' for FileStreamSinkTask`, { cause: error });
    }
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#output!.write(text);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): ConnectError {
    const reason = error instanceof Error ? error.message : String(error);
    return new ConnectError(
      `Couldn't write to ${this.#path === null ? 'stdout' : `file '${this.#path}'`} for FileStreamSinkTask: ${reason}`,
      { cause: error },
    );
  }
}
