/** Where in a record's way something happens. Source: org.apache.kafka.connect.runtime.errors.Stage */
export type StageName =
  | 'TASK_POLL'
  | 'TASK_PUT'
  | 'TRANSFORMATION'
  | 'KEY_CONVERTER'
  | 'VALUE_CONVERTER'
  | 'HEADER_CONVERTER'
  | 'KAFKA_PRODUCE'
  | 'KAFKA_CONSUME';

/** One stage of a pipeline, as reports and observers name it. */
export interface Stage {
  readonly name: StageName;
  /** The class that does it, in Java's spelling. */
  readonly class: string;
  /** The alias of a transformation in `transforms`, else null. */
  readonly alias: string | null;
}

/** Sees what each stage makes of a record: a record (null: filtered), or a converter's result. Costs only where one is given. */
export type StageObserver = (stage: Stage, output: unknown) => void;

/** What became of a record: ready, filtered by a transformation, or failed at a stage. */
export type Outcome = 'converted' | 'dropped' | 'failed';

export interface StageFailure {
  readonly stage: Stage;
  readonly error: unknown;
}
