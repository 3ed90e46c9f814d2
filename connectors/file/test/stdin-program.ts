// A process that reads its standard input with a source task, in a thread as a worker does, and prints each line in brackets.
import { fileStreamSource, FileStreamSourceTask } from '@sluice/connector-file';
import { isMainThread, Worker } from 'node:worker_threads';
import { writeSync } from 'node:fs';

if (isMainThread && process.argv[2] === 'thread') {
  new Worker(new URL(import.meta.url), { argv: ['inside'] });
} else {
  const silent = (): void => {};
  const stopping = new AbortController();
  const task = new FileStreamSourceTask({
    config: fileStreamSource.config.parse({ topic: 't' }),
    connector: 'stdin',
    task: 0,
    log: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    stopping: stopping.signal,
    signal: stopping.signal,
    offsets: { read: () => Promise.resolve([null]) },
  });
  await task.start();
  for (let isRunning = true; isRunning;) {
    for (const record of (await task.poll()) ?? []) {
      writeSync(1, `[${record.value}] ${JSON.stringify(record.sourcePartition)} ${JSON.stringify(record.sourceOffset)}\n`);
      if (record.value === 'last') isRunning = false;
    }
  }
  await task.stop();
  process.exit(0);
}
