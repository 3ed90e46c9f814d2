const brand = Symbol.for('sluice.password');

/** A secret: text, JSON and inspection show `[hidden]`; `value` is what was configured. Source: org.apache.kafka.common.config.types.Password */
export class Password {
  static readonly hidden = '[hidden]';
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  get value(): string {
    return this.#value;
  }

  get [brand](): true {
    return true;
  }

  static is(value: unknown): value is Password {
    return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  toString(): string {
    return Password.hidden;
  }

  toJSON(): string {
    return Password.hidden;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return Password.hidden;
  }
}
