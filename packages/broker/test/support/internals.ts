// What the tests use of the package beside its face.
export { BrokerConfig } from '../../src/config/broker-config.ts';
export { logConfigOf } from '../../src/config/topic-config.ts';
export type { BrokerLog } from '../../src/broker-options.ts';
