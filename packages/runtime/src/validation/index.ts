export { type ConfigInfo, type ConfigInfos, errorMessages } from './config-infos.ts';
export { pluginConfigKeys } from './plugin-config-keys.ts';
export { validateConnectorConfig } from './validate-connector-config.ts';
export type { ValidationContext } from './validation-context.ts';
