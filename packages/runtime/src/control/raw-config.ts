import { ConnectError, type RawConfig } from '@sluice/api';

/** The configuration with the keys of the patch; a null removes its key. */
export function mergeConfig(config: RawConfig, patch: RawConfig): RawConfig {
  const merged = new Map(Object.entries(config));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** Whether two configurations have the same keys and values, in whatever order. */
export function sameConfig(a: RawConfig, b: RawConfig): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}

/** A JSON null passes validation where the connector's own definition allows it, but no connector can be started with it. */
export function assertNoNulls(config: RawConfig): void {
  const key = Object.keys(config).find((name) => config[name] === null);
  if (key !== undefined) throw new ConnectError(`Non-string value found in original settings for key ${key}: null`);
}
