// `npm run bench [-- row...] [--pairs N] [--records N]`: the same work on Sluice and on Java Connect, in turns, on one Apache Kafka.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ApacheKafka } from '../compat/harness/apache-kafka.ts';
import { testFolder } from '../compat/harness/kafkas.ts';
import { kafkaLibraries, kafkaVersions, services } from '../tools/services/services.ts';
import { measure, type Measurement, type Runtime } from './measure.ts';
import { type Row, rows } from './rows.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '5' }, records: { type: 'string' } },
});
const chosen = rows.filter((row) => positionals.length === 0 || positionals.includes(row.name));
const unknown = positionals.filter((name) => !rows.some((row) => row.name === name));
if (unknown.length > 0 || chosen.length === 0) {
  console.error(`no such row: ${unknown.join(', ')}; the rows are ${rows.map((row) => row.name).join(', ')}`);
  process.exit(2);
}
const { javaConnect } = services();
if (!javaConnect.present) {
  console.error(`the benchmark runs beside Java Connect, which is not here: ${javaConnect.missing}`);
  process.exit(1);
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Compiles the Java half and returns the plugin path that has it. */
function javaPlugins(directory: string): string {
  const target = join(directory, 'java-plugins');
  const { status, stderr } = spawnSync(
    'javac',
    ['-d', join(target, 'bench'), '-cp', `${kafkaLibraries(kafkaVersions.current)}/*`, here('java/BenchConnectors.java')],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`javac: ${stderr}`);
  return target;
}

function summary(numbers: readonly number[]): { min: number; median: number; max: number } {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { min: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]!, max: sorted.at(-1)! };
}

async function runRow(row: Row, kafka: ApacheKafka, directory: string, plugins: Record<Runtime, string>): Promise<unknown> {
  const records = values.records === undefined ? row.records : Number(values.records);
  const warmup = Math.min(row.warmup, Math.floor(records / 4));
  const topic = `bench-${row.name}`;
  const run = (runtime: Runtime): Promise<Measurement> =>
    measure({ row, runtime, bootstrapServers: kafka.bootstrapServers, topic, directory, pluginPath: plugins[runtime], records, warmup });
  kafka.tool('org.apache.kafka.tools.TopicCommand', '--create', '--topic', topic, '--partitions', '1');
  if (row.counted === 'sink') {
    // What the sinks read is written once, by the generator of the string source.
    await measure({
      row: rows.find(({ name }) => name === 'source-string')!,
      runtime: 'sluice',
      bootstrapServers: kafka.bootstrapServers,
      topic,
      directory,
      pluginPath: plugins.sluice,
      records,
      warmup,
    });
  }
  const pairs: Record<Runtime, Measurement>[] = [];
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const sluice = await run('sluice');
    const java = await run('java');
    pairs.push({ sluice, java });
    console.log(
      `${row.name} pair ${pair + 1}: Sluice ${sluice.perSecond}/s ${sluice.perCpuSecond}/CPU-s ${sluice.residentMegabytesMax} MB, Java ${java.perSecond}/s ${java.perCpuSecond}/CPU-s ${java.residentMegabytesMax} MB`,
    );
  }
  const ratio = (of: (measurement: Measurement) => number): { min: number; median: number; max: number } =>
    summary(pairs.map(({ sluice, java }) => Math.round((of(sluice) / of(java)) * 100) / 100));
  return {
    row: row.name,
    records,
    warmup,
    ratios: { wall: ratio((m) => m.perSecond), cpu: ratio((m) => m.perCpuSecond), resident: ratio((m) => m.residentMegabytesMax) },
    pairs,
  };
}

const folder = testFolder('bench');
const kafka = await ApacheKafka.start({ directory: join(folder.path, 'kafka'), config: { 'log.segment.bytes': '268435456' } });
try {
  const directory = join(folder.path, 'run');
  mkdirSync(directory);
  const plugins = { java: javaPlugins(directory), sluice: here('connectors') };
  const results: unknown[] = [];
  for (const row of chosen) results.push(await runRow(row, kafka, directory, plugins));
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout.trim();
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const report = {
    date: new Date().toISOString(),
    commit,
    machine,
    node: process.version,
    kafka: kafkaVersions.current,
    settings: 'defaults of both, 1 task, 1 partition',
    results,
  };
  const file = here(`results/${new Date().toISOString().slice(0, 10)}-${chosen.map((row) => row.name).join('+')}.json`);
  mkdirSync(here('results'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  console.table(
    Object.fromEntries(
      (results as { row: string; ratios: Record<string, { min: number; median: number; max: number }> }[]).map(({ row, ratios }) => [
        row,
        Object.fromEntries(
          Object.entries(ratios).map(([name, { min, median, max }]) => [`${name}, Sluice : Java`, `${median} (${min} to ${max})`]),
        ),
      ]),
    ),
  );
} finally {
  await kafka.stop();
  rmSync(join(folder.path, 'run'), { recursive: true, force: true });
  folder.remove();
}
