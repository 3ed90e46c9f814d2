import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaVersions, services } from '../../tools/services/services.ts';
import { ApacheKafka, canConnect } from './apache-kafka.ts';
import { freePort, TestProcess, waitFor } from './process.ts';
import { sluiceEntry } from './workers.ts';

/** A Kafka that a test runs on, whoever made it. */
export interface TestKafka {
  readonly bootstrapServers: string;
  stop(): Promise<void>;
}

/** The Kafkas that the same tests run on: the embedded broker always, Apache Kafka where it is installed. */
export interface KafkaKind {
  readonly name: string;
  /** False, or why it is left out here. */
  readonly skip: string | false;
  start(directory: string, config?: Readonly<Record<string, string>>): Promise<TestKafka>;
}

const available = services();

function apache(version: string, present: boolean, missing: string): KafkaKind {
  return {
    name: `Apache Kafka ${version}`,
    skip: present ? false : `Apache Kafka ${version} is not here: ${missing}`,
    start: (directory, config) =>
      ApacheKafka.start({ directory: join(directory, 'kafka'), version, ...(config === undefined ? {} : { config }) }),
  };
}

export const embeddedBroker: KafkaKind = {
  name: 'the embedded broker',
  skip: false,
  async start(directory) {
    const port = await freePort();
    const args = [sluiceEntry, 'broker', '--listen', `127.0.0.1:${port}`, '--data', join(directory, 'broker')];
    const broker = new TestProcess(process.execPath, args, { logFile: join(directory, 'broker.log') });
    await waitFor(
      () => `the embedded broker listens: ${broker.output()}`,
      () => canConnect(port),
      20_000,
    );
    return { bootstrapServers: `127.0.0.1:${port}`, stop: async () => void (await broker.stop()) };
  },
};

export const apacheKafka: KafkaKind = apache(kafkaVersions.current, available.kafka.present, available.kafka.missing);
export const apacheKafka3: KafkaKind = apache(kafkaVersions.previous, available.kafka3.present, available.kafka3.missing);

/** A folder of the test's own, removed at the end unless `SLUICE_KEEP=1`. */
export function testFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(process.env['SLUICE_TMP'] ?? tmpdir(), `sluice-${name}-`));
  return {
    path,
    remove: () => {
      if (process.env['SLUICE_KEEP'] === '1') console.log(`kept ${path}`);
      else rmSync(path, { recursive: true, force: true });
    },
  };
}
