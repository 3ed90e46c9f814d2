import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { kafkaLibraries, kafkaVersions } from '../../tools/services/services.ts';
import { freePort, TestProcess, waitFor } from './process.ts';

const log4j2 = `appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=[%d] %p [%X{connector.context}]%m (%c:%L)%n
rootLogger.level=\${sys:sluice.log.level:-WARN}
rootLogger.appenderRef.c.ref=C
`;

/** The arguments with which `java` runs a class of one Kafka release. */
export function javaArguments(
  version: string,
  directory: string,
  mainClass: string,
  options: { heap?: string; logLevel?: string } = {},
): string[] {
  const log = join(directory, 'log4j2.properties');
  writeFileSync(log, log4j2);
  const heap = options.heap === undefined ? [] : [`-Xmx${options.heap}`];
  // A 3.x release logs through log4j 1 (reload4j), which takes no file here and stays silent but for warnings.
  return [
    ...heap,
    '-XX:+UseG1GC',
    `-Dlog4j2.configurationFile=${log}`,
    `-Dsluice.log.level=${options.logLevel ?? 'WARN'}`,
    '-cp',
    `${kafkaLibraries(version)}/*`,
    mainClass,
  ];
}

/** Runs a command-line tool of Apache Kafka to its end and returns what it printed; throws on a non-zero exit. */
export function runJava(version: string, directory: string, mainClass: string, args: readonly string[], input?: string | Buffer): string {
  const result = spawnSync('java', [...javaArguments(version, directory, mainClass, { heap: '512m' }), ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  if (result.status !== 0)
    throw new Error(`${mainClass} ${args.join(' ')} ended with ${result.status ?? result.signal}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

export interface ApacheKafkaOptions {
  /** Where all data goes; emptied first. */
  readonly directory: string;
  readonly nodes?: number;
  readonly version?: string;
  /** More lines for every node's server.properties. */
  readonly config?: Readonly<Record<string, string>>;
  readonly heap?: string;
  /** More listeners of a single node, by security protocol: each gets a port. */
  readonly listeners?: readonly ('SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL')[];
  /** More arguments for formatting the storage, SCRAM users say. */
  readonly format?: readonly string[];
}

interface Node {
  readonly id: number;
  readonly port: number;
  readonly file: string;
  process: TestProcess;
}

/** Apache Kafka in KRaft mode on this machine: one node, or several that replicate. */
export class ApacheKafka {
  readonly bootstrapServers: string;
  readonly directory: string;
  readonly version: string;
  readonly nodes: readonly Node[];
  /** `host:port` of the listeners that were asked for, by security protocol. */
  readonly listeners: Readonly<Record<string, string>>;
  readonly #heap: string;

  private constructor(options: ApacheKafkaOptions, nodes: Node[], listeners: Readonly<Record<string, string>>) {
    this.listeners = listeners;
    this.directory = options.directory;
    this.version = options.version ?? kafkaVersions.current;
    this.nodes = nodes;
    this.bootstrapServers = nodes.map((node) => `127.0.0.1:${node.port}`).join(',');
    this.#heap = options.heap ?? '1g';
  }

  static async start(options: ApacheKafkaOptions): Promise<ApacheKafka> {
    const version = options.version ?? kafkaVersions.current;
    const count = options.nodes ?? 1;
    rmSync(options.directory, { recursive: true, force: true });
    mkdirSync(options.directory, { recursive: true });
    const ports = await Promise.all(Array.from({ length: count * 2 }, () => freePort()));
    const voters = Array.from({ length: count }, (_, i) => `${i + 1}@127.0.0.1:${ports[count + i]}`).join(',');
    const clusterId = runJava(version, options.directory, 'kafka.tools.StorageTool', ['random-uuid']).trim();
    const listeners = Object.fromEntries(
      await Promise.all((options.listeners ?? []).map(async (name) => [name, `127.0.0.1:${await freePort()}`] as const)),
    );
    const more = Object.entries(listeners)
      .map(([name, address]) => `,${name}://${address}`)
      .join('');
    const nodes: Node[] = [];
    for (let i = 0; i < count; i++) {
      const file = join(options.directory, `server-${i + 1}.properties`);
      const replicas = String(Math.min(3, count));
      const minimum = String(Math.min(2, count));
      const properties: Record<string, string> = {
        'process.roles': 'broker,controller',
        'node.id': String(i + 1),
        'controller.quorum.voters': voters,
        listeners: `PLAINTEXT://127.0.0.1:${ports[i]},CONTROLLER://127.0.0.1:${ports[count + i]}${more}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports[i]}${more}`,
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
        'controller.listener.names': 'CONTROLLER',
        'log.dirs': join(options.directory, `data-${i + 1}`),
        'default.replication.factor': replicas,
        'min.insync.replicas': minimum,
        'offsets.topic.replication.factor': replicas,
        'offsets.topic.num.partitions': '8',
        'transaction.state.log.replication.factor': replicas,
        'transaction.state.log.min.isr': minimum,
        'group.initial.rebalance.delay.ms': '0',
        ...options.config,
      };
      writeFileSync(
        file,
        Object.entries(properties)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      );
      runJava(version, options.directory, 'kafka.tools.StorageTool', ['format', '-t', clusterId, '-c', file, ...(options.format ?? [])]);
      nodes.push({ id: i + 1, port: ports[i]!, file, process: undefined as unknown as TestProcess });
    }
    const cluster = new ApacheKafka(options, nodes, listeners);
    for (const node of nodes) cluster.#spawn(node);
    await Promise.all(nodes.map((node) => cluster.#ready(node)));
    return cluster;
  }

  #spawn(node: Node): void {
    const args = [...javaArguments(this.version, this.directory, 'kafka.Kafka', { heap: this.#heap }), node.file];
    node.process = new TestProcess('java', args, { logFile: join(this.directory, `server-${node.id}.log`) });
  }

  async #ready(node: Node): Promise<void> {
    await waitFor(
      () => `Apache Kafka node ${node.id} listens on ${node.port}: ${node.process.output().slice(-2000)}`,
      () => {
        if (!node.process.isRunning) throw new Error(`node ${node.id} ended: ${node.process.output().slice(-4000)}`);
        return canConnect(node.port);
      },
      90_000,
      100,
    );
  }

  node(id: number): Node {
    return this.nodes[id - 1]!;
  }

  /** SIGKILL: the node is gone at once. */
  async kill(id: number): Promise<void> {
    await this.node(id).process.stop('SIGKILL');
  }

  /** SIGTERM: leaders move away first. */
  async shutdown(id: number): Promise<void> {
    await this.node(id).process.stop('SIGTERM', 60_000);
  }

  async restart(id: number): Promise<void> {
    this.#spawn(this.node(id));
    await this.#ready(this.node(id));
  }

  /** SIGSTOP: the node's sockets stay open and nothing answers. */
  freeze(id: number): void {
    this.node(id).process.signal('SIGSTOP');
  }

  thaw(id: number): void {
    this.node(id).process.signal('SIGCONT');
  }

  /** Runs one of Kafka's command-line tools against this cluster. */
  tool(mainClass: string, ...args: readonly string[]): string {
    return runJava(this.version, this.directory, mainClass, ['--bootstrap-server', this.bootstrapServers, ...args]);
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) this.thaw(node.id);
    await Promise.all(this.nodes.map((node) => node.process.stop('SIGKILL')));
  }
}

export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
