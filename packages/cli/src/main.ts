import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ExitCode } from './user-error.ts';

/** The version of this package. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}

function program(): Command {
  const sluice = new Command('sluice')
    .description('Kafka Connect for Node.js: the same configs, the same REST API, the same topics, no JVM.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(sluice --help lists the commands)');

  sluice
    .command('standalone')
    .description('run a worker in this process, as connect-standalone does')
    .argument('<worker.properties>', 'the worker: converters, bootstrap.servers, offset.storage.file.filename, ...')
    .argument('[connector...]', 'connectors to start: .properties or .json; more can come by REST')
    .action(async (worker: string, connectors: string[]) => {
      const { standalone } = await import('./commands/standalone.ts');
      await standalone({ worker, connectors });
    });

  sluice
    .command('broker')
    .description('run the embedded single-node Kafka broker: for development, tests and demos, not for production')
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:9092')
    .option('--data <directory>', 'where to keep the topics (default: a temporary folder, removed at the end)')
    .action(async (options: { listen: string; data?: string }) => {
      const { broker } = await import('./commands/broker.ts');
      await broker(options);
    });

  sluice
    .command('demo')
    .description('run a pipeline with nothing else installed: file, embedded broker, file')
    .option('--dir <directory>', 'where its files go', 'sluice-demo')
    .option('--listen <host:port>', 'the embedded broker', '127.0.0.1:9092')
    .option('--rest <host:port>', 'the REST API of the worker', '127.0.0.1:8083')
    .option('--bootstrap-servers <list>', 'use this Kafka instead of the embedded broker')
    .option('--input <file>', 'copy this file instead of writing a line a second')
    .action(async (options: import('./commands/demo.ts').DemoOptions) => {
      const { demo } = await import('./commands/demo.ts');
      await demo(options);
    });

  return sluice;
}

/** Runs the command line. Exit codes: 0 ok, 1 failed, 2 bad input, 3 unreachable. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.badInput;
      return;
    }
    const { failureOf } = await import('./exit.ts');
    const { message, exitCode } = failureOf(error);
    console.error(`sluice: ${message}`);
    process.exit(exitCode);
  }
}
