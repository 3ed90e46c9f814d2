import { ConfigError, type RawConfig } from '@sluice/api';
import { clientConfigProblems, type ClientKind } from '@sluice/kafka';
import { overridePolicy, refusedOverrides } from '../tasks/override-policy.ts';
import { withoutPrefix } from './class-key.ts';
import { type ConfigInfo, valueInfo } from './config-infos.ts';
import type { ValidationContext } from './validation-context.ts';

/** Client settings that are secrets: their values are not shown. Source: the keys of type PASSWORD in SslConfigs and SaslConfigs */
const secretKeys = new Set([
  'sasl.jaas.config',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.password',
  'ssl.truststore.certificates',
  'ssl.truststore.password',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.assertion.private.key.passphrase',
]);

/**
 * The client settings that the connector overrides, for the clients it will have. One that cannot be read is thrown, as in Java.
 *
 * Source: org.apache.kafka.connect.runtime.AbstractHerder.validateClientOverrides
 */
export function clientOverrideInfos(kind: 'source' | 'sink', raw: RawConfig, context: ValidationContext): ConfigInfo[] {
  const policy = overridePolicy(context.worker);
  return clientsOf(kind, raw, context.worker).flatMap((client) => {
    const prefix = `${client}.override.`;
    const overrides = withoutPrefix(raw, prefix);
    const [problem] = clientConfigProblems(client, overrides);
    if (problem !== undefined) throw new ConfigError(problem.message);
    const refused = new Map(refusedOverrides(policy, client, raw).map(({ key, message }) => [key, [message]]));
    return Object.entries(overrides).map(([key, value]): ConfigInfo => {
      const shown = value === null ? null : secretKeys.has(key) ? '[hidden]' : value.trim();
      return { definition: null, value: valueInfo(prefix + key, shown, { errors: refused.get(prefix + key) ?? [] }) };
    });
  });
}

/** Which clients a connector of that configuration has. */
function clientsOf(kind: 'source' | 'sink', raw: RawConfig, worker: RawConfig): ClientKind[] {
  const hasDeadLetters = kind === 'sink' && (raw['errors.deadletterqueue.topic.name'] ?? '').trim() !== '';
  const canCreateTopics = (worker['topic.creation.enable'] ?? 'true').trim().toLowerCase() === 'true';
  const createsTopics = kind === 'source' && canCreateTopics && Object.keys(raw).some((key) => key.startsWith('topic.creation.'));
  const clients: ClientKind[] = [];
  if (kind === 'source' || hasDeadLetters) clients.push('producer');
  if (kind === 'sink') clients.push('consumer');
  if (createsTopics || hasDeadLetters) clients.push('admin');
  return clients;
}
