import type { ConfigKeyInfo, ConfigValueInfo } from '@sluice/api';

/** One key of a validation answer; `definition` is null for a value nobody defined, `value` for a key nobody looked at. */
export interface ConfigInfo {
  readonly definition: ConfigKeyInfo | null;
  readonly value: ConfigValueInfo | null;
}

/** The answer of `PUT /connector-plugins/<p>/config/validate`. Source: org.apache.kafka.connect.runtime.rest.entities.ConfigInfos */
export interface ConfigInfos {
  /** `connector.class` as it was submitted. */
  readonly name: string;
  /** The number of error messages (framework and connector keys) plus the number of wrong converter and client override keys. */
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly ConfigInfo[];
}

/** Every error message of an answer, in its order: what `POST /connectors` puts into its 400. */
export function errorMessages(infos: ConfigInfos): string[] {
  return infos.configs.flatMap((info) => info.value?.errors ?? []);
}

/** A value with nothing wrong, unless said. */
export function valueInfo(
  name: string,
  value: string | null,
  rest: Partial<Omit<ConfigValueInfo, 'name' | 'value'>> = {},
): ConfigValueInfo {
  return { name, value, recommended_values: [], errors: [], visible: true, ...rest };
}

/** Keys with their values, in the order they were defined. */
export class ConfigInfoMap {
  readonly #definitions = new Map<string, ConfigKeyInfo>();
  readonly #values = new Map<string, ConfigValueInfo>();

  /** A key that is there already is replaced in its place, and its value with it. */
  add(definitions: readonly ConfigKeyInfo[], values: readonly ConfigValueInfo[]): void {
    for (const definition of definitions) this.#definitions.set(definition.name, definition);
    for (const value of values) this.#values.set(value.name, value);
  }

  value(name: string): ConfigValueInfo | undefined {
    return this.#values.get(name);
  }

  changeDefinition(name: string, change: Partial<ConfigKeyInfo>): void {
    const definition = this.#definitions.get(name);
    if (definition !== undefined) this.#definitions.set(name, { ...definition, ...change });
  }

  changeValue(name: string, change: Partial<ConfigValueInfo>): void {
    this.#values.set(name, { ...(this.#values.get(name) ?? valueInfo(name, null)), ...change });
  }

  addError(name: string, error: string): void {
    this.changeValue(name, { errors: [...(this.#values.get(name)?.errors ?? []), error] });
  }

  /** In definition order, without duplicates. */
  groups(): string[] {
    return [...new Set([...this.#definitions.values()].map((definition) => definition.group).filter((group) => group !== null))];
  }

  /** Values that nobody defined first, then all definitions. */
  infos(): ConfigInfo[] {
    const undefinedValues = [...this.#values.values()].filter((value) => !this.#definitions.has(value.name));
    return [
      ...undefinedValues.map((value) => ({ definition: null, value })),
      ...[...this.#definitions.values()].map((definition) => ({ definition, value: this.#values.get(definition.name) ?? null })),
    ];
  }
}
