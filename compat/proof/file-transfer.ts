import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaKind } from '../harness/kafkas.ts';
import { sha256, sizeOf, writeLines } from '../harness/lines.ts';
import { freePort, residentBytes, TestProcess, waitFor } from '../harness/process.ts';
import { sluiceEntry } from '../harness/workers.ts';

export interface FileTransferReport {
  readonly kafka: string;
  readonly lines: number;
  readonly bytes: number;
  readonly identical: boolean;
  readonly seconds: number;
  /** From the append of a line to the line in the sink's file, ms. */
  readonly appendedAfterMs: number;
  readonly residentMegabytes: number;
}

/** Sends a file of `lines` lines through the demo's own pipeline and compares the two files byte for byte. */
export async function fileTransfer(options: {
  kind: KafkaKind;
  directory: string;
  lines: number;
  seed: number;
}): Promise<FileTransferReport> {
  const { kind, directory, lines, seed } = options;
  mkdirSync(directory, { recursive: true });
  const input = join(directory, 'input.txt');
  const output = join(directory, 'demo', 'output.txt');
  writeLines(input, { count: lines, seed, emptyLines: true });
  const bytes = sizeOf(input);
  const kafka = kind.name === 'the embedded broker' ? null : await kind.start(directory);
  const [rest, listen] = [await freePort(), await freePort()];
  const where = kafka === null ? ['--listen', `127.0.0.1:${listen}`] : ['--bootstrap-servers', kafka.bootstrapServers];
  const args = ['demo', '--dir', join(directory, 'demo'), '--rest', `127.0.0.1:${rest}`, '--input', input, ...where];
  const start = Date.now();
  const demo = new TestProcess(process.execPath, [sluiceEntry, ...args], { logFile: join(directory, 'demo.log') });
  try {
    const arrived = (): boolean => {
      if (!demo.isRunning) throw new Error(`the demo ended: ${demo.output().slice(-4000)}`);
      return sizeOf(output) >= sizeOf(input);
    };
    await waitFor(() => `${bytes} bytes arrive (${sizeOf(output)} did): ${demo.output().slice(-3000)}`, arrived, 60_000 + lines / 5);
    const seconds = (Date.now() - start) / 1000;
    const residentMegabytes = Math.round(residentBytes(demo.child.pid!) / 1e6);
    const identical = (await sha256(input)) === (await sha256(output));

    // A line without its end waits; with its end it follows.
    appendFileSync(input, 'the last line has no end yet');
    appendFileSync(input, ' and now it has\n');
    const appended = performance.now();
    await waitFor('the appended line arrives', arrived, 20_000, 5);
    const appendedAfterMs = Math.round(performance.now() - appended);
    const stillIdentical = (await sha256(input)) === (await sha256(output));
    return { kafka: kind.name, lines, bytes, identical: identical && stillIdentical, seconds, appendedAfterMs, residentMegabytes };
  } finally {
    await demo.stop();
    await kafka?.stop();
  }
}
