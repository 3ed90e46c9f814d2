import { type AnyConnectorSpec, ConnectError } from '@sluice/api';

/**
 * Holds a connector to `tasks.max`; checked when it makes its task configurations and again when a task starts.
 *
 * Source: KIP-1004, org.apache.kafka.connect.runtime.Worker.checkTasksMax
 * @throws ConnectError, or only warns where `tasks.max.enforce` is false.
 */
export function assertTasksMax(
  connector: string,
  count: number,
  config: { readonly 'tasks.max': number; readonly 'tasks.max.enforce': boolean },
  warn: (message: string) => void,
): void {
  const max = config['tasks.max'];
  if (count <= max) return;
  const problem = `The connector ${connector} has generated ${count} tasks, which is greater than ${max}, the maximum number of tasks it is configured to create. `;
  if (!config['tasks.max.enforce']) {
    warn(`${problem}This behaviour should be considered a bug and will be disallowed in future releases.`);
    return;
  }
  throw new ConnectError(
    `${problem}This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with ` +
      "'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect.",
  );
}

/** The class name that stands in `task.class`. */
export function taskClassOf(spec: AnyConnectorSpec): string {
  return spec.taskClass ?? spec.class.replace(/Connector$/, 'Task');
}
