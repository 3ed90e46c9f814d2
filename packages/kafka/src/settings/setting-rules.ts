import { KafkaConfigError } from '../errors.ts';
import type { KafkaLog } from '../log.ts';

/** What a rule may look at and change. `given`: the property was set by the user. */
export interface RuleContext {
  readonly values: Record<string, unknown>;
  readonly given: (key: string) => boolean;
  readonly log: KafkaLog;
}

const intMax = 2_147_483_647;

/**
 * The rules between several producer properties. May switch idempotence off and lengthen `delivery.timeout.ms`, as Java does.
 *
 * Source: ProducerConfig.postProcessAndValidateIdempotenceConfigs, KafkaProducer.configureDeliveryTimeout
 */
export function applyProducerRules(context: RuleContext): void {
  applyIdempotenceRules(context);
  applyTransactionRules(context);
  applyDeliveryTimeoutRule(context);
}

function applyIdempotenceRules({ values, given, log }: RuleContext): void {
  if (values['enable.idempotence'] !== true) return;
  const explicit = given('enable.idempotence');
  const disable = (key: string, why: string): void => {
    if (explicit) throw new KafkaConfigError(why, key);
    log.info(`Idempotence will be disabled because ${key} is set to ${String(values[key])}.`);
    values['enable.idempotence'] = false;
  };
  if (values['retries'] === 0) disable('retries', 'Must set retries to non-zero when using the idempotent producer.');
  if (values['acks'] !== 'all' && values['acks'] !== '-1') {
    disable('acks', 'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.');
  }
  const inFlight = values['max.in.flight.requests.per.connection'] as number;
  if (inFlight > 5) {
    const key = 'max.in.flight.requests.per.connection';
    throw new KafkaConfigError(`To use the idempotent producer, ${key} must be set to at most 5. Current value is ${inFlight}.`, key);
  }
}

function applyTransactionRules({ values, given }: RuleContext): void {
  const transactional = given('transactional.id') && values['transactional.id'] !== null;
  if (transactional && values['enable.idempotence'] !== true) {
    throw new KafkaConfigError('Cannot set a transactional.id without also enabling idempotence.', 'transactional.id');
  }
  if (values['transaction.two.phase.commit.enable'] === true && given('transaction.timeout.ms')) {
    throw new KafkaConfigError(
      'Cannot set transaction.timeout.ms when transaction.two.phase.commit.enable is set to true. Transactions will not expire with two-phase commit enabled.',
      'transaction.timeout.ms',
    );
  }
}

function applyDeliveryTimeoutRule({ values, given, log }: RuleContext): void {
  const needed = Math.min(Math.min(values['linger.ms'] as number, intMax) + (values['request.timeout.ms'] as number), intMax);
  if ((values['delivery.timeout.ms'] as number) >= needed) return;
  const rule = 'delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms';
  if (given('delivery.timeout.ms')) throw new KafkaConfigError(rule, 'delivery.timeout.ms');
  log.warn(`${rule}. Setting it to ${needed}.`);
  values['delivery.timeout.ms'] = needed;
}

/**
 * The rules between several consumer properties. Without a group.id nothing is committed by itself.
 *
 * Source: ConsumerConfig.maybeOverrideEnableAutoCommit, KafkaConsumer's constructor, org.apache.kafka.clients.consumer.internals.Heartbeat
 */
export function applyConsumerRules({ values, given }: RuleContext): void {
  const groupId = values['group.id'] as string | null;
  if (groupId === null) {
    if (given('enable.auto.commit') && values['enable.auto.commit'] === true) {
      throw new KafkaConfigError('enable.auto.commit cannot be set to true when default group id (null) is used.', 'enable.auto.commit');
    }
    values['enable.auto.commit'] = false;
  } else if (groupId.trim() === '') {
    throw new KafkaConfigError('The configured group.id should not be an empty string or whitespace.', 'group.id');
  } else if ((values['heartbeat.interval.ms'] as number) >= (values['session.timeout.ms'] as number)) {
    throw new KafkaConfigError('Heartbeat must be set lower than the session timeout', 'heartbeat.interval.ms');
  }
  const protocol = values['group.protocol'] as string;
  if (protocol.toUpperCase() !== 'CLASSIC') {
    throw KafkaConfigError.invalid(
      'group.protocol',
      protocol,
      'This client supports only the classic group protocol; set it to classic or leave it out',
    );
  }
}

/** The rules between several admin properties. Source: KafkaAdminClient.configureDefaultApiTimeoutMs, AdminBootstrapAddresses */
export function applyAdminRules({ values, given, log }: RuleContext): void {
  if ((values['bootstrap.controllers'] as readonly string[]).length > 0) {
    throw KafkaConfigError.invalid(
      'bootstrap.controllers',
      (values['bootstrap.controllers'] as string[]).join(','),
      'Connect through bootstrap.servers instead',
    );
  }
  if ((values['bootstrap.servers'] as readonly string[]).length === 0) {
    throw new KafkaConfigError('You must set either bootstrap.servers or bootstrap.controllers', 'bootstrap.servers');
  }
  const requestTimeout = values['request.timeout.ms'] as number;
  if ((values['default.api.timeout.ms'] as number) >= requestTimeout) return;
  const rule = 'The specified value of default.api.timeout.ms must be no smaller than the value of request.timeout.ms.';
  if (given('default.api.timeout.ms')) throw new KafkaConfigError(rule, 'default.api.timeout.ms');
  log.warn(
    `Overriding the default value for default.api.timeout.ms (${String(values['default.api.timeout.ms'])}) with the explicitly configured request timeout ${requestTimeout}`,
  );
  values['default.api.timeout.ms'] = requestTimeout;
}

/** What holds for every client. Source: CommonClientConfigs.postValidateSaslMechanismConfig */
export function applyCommonRules({ values }: RuleContext): void {
  const protocol = (values['security.protocol'] as string).toUpperCase();
  values['security.protocol'] = protocol;
  if (protocol.startsWith('SASL') && values['sasl.mechanism'] === '') {
    throw KafkaConfigError.invalid(
      'sasl.mechanism',
      null,
      'When the security.protocol configuration enables SASL, mechanism must be non-null and non-empty string.',
    );
  }
}
