type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const nullableText: Schema = { type: ['string', 'null'] };
const number: Schema = { type: 'integer' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const map = (additionalProperties: Schema): Schema => ({ type: 'object', additionalProperties });

/** An object whose members are all there, but for the optional ones. */
function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  return { type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

const connectorType: Schema = { type: 'string', enum: ['source', 'sink', 'unknown'] };
const state: Schema = { type: 'string', enum: ['UNASSIGNED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'RESTARTING'] };
const stateProperties = { state, worker_id: text, version: nullableText, trace: text };
const taskId = object({ connector: text, task: number });

/** The shapes of bodies, by the names that routes use. */
export const openApiSchemas: Readonly<Record<string, Schema>> = {
  Error: object({ error_code: number, message: nullableText }),
  Message: object({ message: text }),
  ServerInfo: object({ version: text, commit: text, kafka_cluster_id: nullableText }),
  Health: object({ status: { type: 'string', enum: ['healthy', 'starting', 'unhealthy'] }, message: text }),
  Config: map({ type: ['string', 'number', 'boolean', 'null'] }),
  Configs: list(ref('Config')),
  CreateConnectorRequest: object(
    { name: text, config: ref('Config'), initial_state: { type: ['string', 'null'], enum: ['RUNNING', 'PAUSED', 'STOPPED', null] } },
    ['initial_state'],
  ),
  ConnectorInfo: object({ name: text, config: ref('Config'), tasks: list(taskId), type: connectorType }),
  ConnectorList: {
    oneOf: [list(text), map(object({ status: ref('ConnectorStateInfo'), info: ref('ConnectorInfo') }, ['status', 'info']))],
  },
  ConnectorStateInfo: object({
    name: text,
    connector: object(stateProperties, ['version', 'trace']),
    tasks: list(ref('TaskState')),
    type: connectorType,
  }),
  TaskState: object({ id: number, ...stateProperties }, ['version', 'trace']),
  TaskInfos: list(object({ id: taskId, config: ref('Config') })),
  ActiveTopics: map(object({ topics: list(text) })),
  ConnectorOffsets: object({ offsets: list(object({ partition: { type: ['object', 'null'] }, offset: { type: ['object', 'null'] } })) }),
  Plugins: list(object({ class: text, type: text, version: text }, ['version'])),
  ConfigKeyInfo: object({
    name: text,
    type: { type: 'string', enum: ['BOOLEAN', 'STRING', 'INT', 'SHORT', 'LONG', 'DOUBLE', 'LIST', 'CLASS', 'PASSWORD'] },
    required: { type: 'boolean' },
    default_value: nullableText,
    importance: { type: 'string', enum: ['HIGH', 'MEDIUM', 'LOW'] },
    documentation: text,
    group: nullableText,
    order_in_group: number,
    width: { type: 'string', enum: ['NONE', 'SHORT', 'MEDIUM', 'LONG'] },
    display_name: text,
    dependents: list(text),
  }),
  ConfigKeyInfos: list(ref('ConfigKeyInfo')),
  ConfigValueInfo: object({
    name: text,
    value: nullableText,
    recommended_values: list(text),
    errors: list(text),
    visible: { type: 'boolean' },
  }),
  ConfigInfos: object({
    name: text,
    error_count: number,
    groups: list(text),
    configs: list(
      object({
        definition: { oneOf: [ref('ConfigKeyInfo'), { type: 'null' }] },
        value: { oneOf: [ref('ConfigValueInfo'), { type: 'null' }] },
      }),
    ),
  }),
};
