import type { ConnectorStateInfo, RestartRequest, StateInfo } from './herder.ts';

/** What a restart request comes to for a connector in its present state. Source: org.apache.kafka.connect.runtime.RestartPlan (KIP-745) */
export interface RestartPlan {
  readonly restartConnector: boolean;
  readonly tasks: readonly number[];
  /** The connector's status in which everything that restarts shows RESTARTING; a trace stays to be seen. */
  readonly status: ConnectorStateInfo;
}

export function planRestart(request: RestartRequest, status: ConnectorStateInfo): RestartPlan {
  const chosen = (state: StateInfo): boolean => !request.onlyFailed || state.state === 'FAILED';
  const restartConnector = chosen(status.connector);
  const restarting = request.includeTasks ? status.tasks.filter(chosen) : [];
  return {
    restartConnector,
    tasks: restarting.map((task) => task.id),
    status: {
      ...status,
      connector: restartConnector ? { ...status.connector, state: 'RESTARTING' } : status.connector,
      tasks: status.tasks.map((task) => (restarting.includes(task) ? { ...task, state: 'RESTARTING' } : task)),
    },
  };
}
