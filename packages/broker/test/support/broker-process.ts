// Runs a broker in a process of its own, for tests that kill it: node broker-process.ts DIR
import { startBroker } from '../../src/index.ts';

const broker = await startBroker({ listen: '127.0.0.1:0', dataDir: process.argv[2] ?? null, config: { 'log.segment.bytes': '100000' } });
process.send?.({ port: broker.port });
