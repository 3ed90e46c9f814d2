// Brings the real services that the tests run beside: Apache Kafka and Java Connect from Maven. Safe to call twice.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasKafka, hasProgram, kafkaLibraries, kafkaVersions } from './services.ts';

for (const program of ['java', 'mvn']) {
  if (!hasProgram(program, program === 'java' ? '-version' : '--version')) {
    console.error(
      `${program} is not on the PATH: install Java 17 or newer and Maven first (Debian: apt-get install openjdk-17-jre-headless maven).`,
    );
    process.exit(1);
  }
}

for (const version of Object.values(kafkaVersions)) {
  if (hasKafka(version)) {
    console.log(`Apache Kafka ${version} is there: ${kafkaLibraries(version)}`);
    continue;
  }
  const target = kafkaLibraries(version);
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const pom = fileURLToPath(new URL('kafka-pom.xml', import.meta.url));
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`, `-Dkafka.version=${version}`];
  // Maven fails now and then on a slow registry: three tries.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { status } = spawnSync('mvn', ['-q', '-B', '-ntp', '-f', pom, ...(attempt > 1 ? ['-U'] : []), ...goal], { stdio: 'inherit' });
    if (status === 0) break;
    console.error(`Maven could not bring Apache Kafka ${version} (try ${attempt} of 3).`);
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
  if (!hasKafka(version)) {
    console.error(`Apache Kafka ${version} is not in ${target} after three tries.`);
    process.exit(1);
  }
  console.log(`Apache Kafka ${version}: ${target}`);
}
