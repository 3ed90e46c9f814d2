import { KafkaConfigError } from '../../errors.ts';
import type { Assignor, RebalanceProtocol } from './assignor.ts';
import { cooperativeStickyAssignor } from './cooperative-sticky-assignor.ts';
import { rangeAssignor } from './range-assignor.ts';
import { roundRobinAssignor } from './round-robin-assignor.ts';
import { stickyAssignor } from './sticky-assignor.ts';

const javaPackage = 'org.apache.kafka.clients.consumer.';

const assignorsByName: Readonly<Record<string, Assignor>> = {
  RangeAssignor: rangeAssignor,
  RoundRobinAssignor: roundRobinAssignor,
  StickyAssignor: stickyAssignor,
  CooperativeStickyAssignor: cooperativeStickyAssignor,
};

/** The assignors of `partition.assignment.strategy`: Java's class names, with or without their package. */
export function findAssignors(names: readonly string[]): Assignor[] {
  return names.map((name) => {
    const simpleName = name.startsWith(javaPackage) ? name.slice(javaPackage.length) : name;
    const assignor = Object.hasOwn(assignorsByName, simpleName) ? assignorsByName[simpleName] : undefined;
    if (assignor !== undefined) return assignor;
    const known = Object.keys(assignorsByName).map((each) => javaPackage + each);
    throw KafkaConfigError.invalid('partition.assignment.strategy', name, `Class is not known here; use one of ${known.join(', ')}`);
  });
}

/** How a group with these assignors rebalances: cooperative only when all of them can. Source: ConsumerCoordinator */
export function rebalanceProtocol(assignors: readonly Assignor[]): RebalanceProtocol {
  return assignors.every((assignor) => assignor.protocols.includes('cooperative')) ? 'cooperative' : 'eager';
}
