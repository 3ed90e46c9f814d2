import { ConnectError, type RawConfig } from '@sluice/api';
import { withPrefix } from './record-stages.ts';

/** Which client settings a connector may override. Source: KIP-458 */
export interface OverridePolicy {
  readonly name: string;
  allows(key: string): boolean;
}

export type OverriddenClient = 'producer' | 'consumer' | 'admin';

const SUFFIX = 'ConnectorClientConfigOverridePolicy';
const PACKAGE = 'org.apache.kafka.connect.connector.policy.';
const principalKeys = new Set(['security.protocol', 'sasl.jaas.config', 'sasl.mechanism']);

/** The policy of a worker's configuration, by alias or class name. @throws ConnectError for an unknown one. */
export function overridePolicy(worker: RawConfig): OverridePolicy {
  const written = worker['connector.client.config.override.policy']?.trim() ?? 'All';
  const name = written.replace(PACKAGE, '').replace(SUFFIX, '');
  switch (name) {
    case 'All':
      return { name, allows: () => true };
    case 'None':
      return { name, allows: () => false };
    case 'Principal':
      return { name, allows: (key) => principalKeys.has(key) };
    case 'Allowlist': {
      const allowed = new Set((worker['connector.client.config.override.allowlist'] ?? '').split(',').map((key) => key.trim()));
      return { name, allows: (key) => allowed.has(key) };
    }
    default:
      throw new ConnectError(`Failed to find any class that implements interface ${PACKAGE}${SUFFIX} and which name matches ${written}`);
  }
}

/** The overrides of one client that the policy refuses: the key as the connector has it, and the message. */
export function refusedOverrides(
  policy: OverridePolicy,
  client: OverriddenClient,
  connector: RawConfig,
): { key: string; message: string }[] {
  return Object.keys(withPrefix(connector, `${client}.override.`))
    .filter((key) => !policy.allows(key))
    .map((key) => ({
      key: `${client}.override.${key}`,
      message: `The '${policy.name}' policy does not allow '${key}' to be overridden in the connector configuration.`,
    }));
}

/** @throws ConnectError where the connector overrides what it may not. Validation says so before; this is for what slipped past it. */
export function assertOverridesAllowed(client: OverriddenClient, connector: RawConfig, worker: RawConfig): void {
  const refused = refusedOverrides(overridePolicy(worker), client, connector);
  if (refused.length > 0)
    throw new ConnectError(`Client Config Overrides not allowed [${refused.map(({ message }) => message).join(', ')}]`);
}
