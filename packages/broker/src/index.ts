export { startBroker } from './broker.ts';
export type { BrokerLog, BrokerOptions, RunningBroker } from './broker-options.ts';
