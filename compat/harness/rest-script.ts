import type { RestAnswer, StandaloneWorker } from './workers.ts';

/** One request of a recorded conversation. `until` repeats it until that state is seen: REST answers before some effects are there. */
export interface RestStep {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Before this request: wait until this connector and all its tasks are in this state. */
  readonly after?: { readonly connector: string; readonly state: string; readonly tasks: number };
}

export interface RecordedAnswer {
  readonly request: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly location: string | null;
  readonly body: unknown;
}

/** Plays the steps in turn and records the answers, with what cannot be the same in two runs made the same. */
export async function converse(worker: StandaloneWorker, steps: readonly RestStep[]): Promise<RecordedAnswer[]> {
  const answers: RecordedAnswer[] = [];
  for (const step of steps) {
    if (step.after !== undefined) await worker.inState(step.after.connector, step.after.state, step.after.tasks);
    const answer = await worker.request(step.method, step.path, step.body, { ...step.headers });
    answers.push(record(worker, step, answer));
  }
  return answers;
}

function record(worker: StandaloneWorker, step: RestStep, answer: RestAnswer): RecordedAnswer {
  const body = step.body === undefined ? '' : ` ${typeof step.body === 'string' ? step.body : JSON.stringify(step.body)}`;
  return {
    request: `${step.method} ${step.path}${body}`,
    status: answer.status,
    contentType: answer.headers.get('content-type'),
    location: same(worker, answer.headers.get('location')),
    body: answer.body === undefined ? same(worker, answer.text) : normal(worker, answer.body),
  };
}

function same<T extends string | null>(worker: StandaloneWorker, text: T): T {
  if (text === null) return text;
  const { host } = new URL(worker.url);
  return text.replaceAll(worker.directory, '<directory>').replaceAll(host, '<worker>') as T;
}

/** Java's plugins have Kafka's version, ours have their package's. */
const pluginVersion = /^\d+\.\d+\.\d+$/;

/** What differs from run to run or is a runtime's own identity is replaced by its name. */
const identities: Readonly<Record<string, string>> = {
  version: '<version>',
  commit: '<commit>',
  kafka_cluster_id: '<cluster>',
  worker_id: '<worker>',
  trace: '<trace>',
  // Our descriptions are our own words.
  documentation: '<documentation>',
};

function normal(worker: StandaloneWorker, value: unknown): unknown {
  if (typeof value === 'string') return pluginVersion.test(value) ? '<version>' : same(worker, value);
  if (Array.isArray(value)) return value.map((item) => normal(worker, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' && identities[key] !== undefined ? identities[key] : normal(worker, item),
    ]),
  );
}
