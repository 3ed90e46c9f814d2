import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The Apache Kafka releases that the tests run beside: the newest with Java Connect, and the last 3.x broker. */
export const kafkaVersions = { current: '4.3.1', previous: '3.9.1' } as const;

/** Where `npm run services` puts what it brings. */
export const servicesDirectory: string = process.env['SLUICE_SERVICES_DIR'] ?? fileURLToPath(new URL('../../.services', import.meta.url));

/** The folder with the jars of one Kafka release. */
export function kafkaLibraries(version: string): string {
  return join(servicesDirectory, `kafka-${version}`);
}

export function hasKafka(version: string): boolean {
  const directory = kafkaLibraries(version);
  return existsSync(directory) && readdirSync(directory).some((name) => name === `kafka-clients-${version}.jar`);
}

export function hasProgram(name: string, versionArgument = '--version'): boolean {
  return spawnSync(name, [versionArgument], { stdio: 'ignore' }).error === undefined;
}

/** One real service that some tests need, and whether this machine has it. */
export interface Service {
  readonly name: string;
  readonly present: boolean;
  readonly missing: string;
}

/** All services that tests ask for, looked up once. */
export function services(): Record<'kafka' | 'kafka3' | 'javaConnect' | 'kcat', Service> {
  const java = hasProgram('java', '-version');
  const install = 'npm run services brings it (needs Java 17 and Maven)';
  const kafka = java && hasKafka(kafkaVersions.current);
  return {
    kafka: { name: `Apache Kafka ${kafkaVersions.current}`, present: kafka, missing: install },
    kafka3: { name: `Apache Kafka ${kafkaVersions.previous}`, present: java && hasKafka(kafkaVersions.previous), missing: install },
    javaConnect: { name: `Java Connect ${kafkaVersions.current}`, present: kafka, missing: install },
    kcat: { name: 'kcat', present: hasProgram('kcat', '-V'), missing: 'apt-get install kcat' },
  };
}
