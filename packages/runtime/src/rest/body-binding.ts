import type { RawConfig } from '@sluice/api';
import { initialTargetState } from '../config/connector-file.ts';
import type { ConnectorOffset } from '../control/herder.ts';
import type { TargetState } from '../threads/messages.ts';
import { JsonBodyError, type JsonNode, location, readJson } from './json-reader.ts';

const entities = 'org.apache.kafka.connect.runtime.rest.entities';
const stringMap = 'java.util.LinkedHashMap';

/** A request's body as text, read as the type that an endpoint wants. A body of another shape is a JsonBodyError with Jackson's text. */
export class RequestBody {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  /** A connector configuration: numbers and booleans become their text, null stays. */
  config(): RawConfig {
    const node = this.#root('java.util.Map');
    return this.#stringMap(node, []);
  }

  /** `POST /connectors`. Source: org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest */
  createConnector(): { readonly name: string; readonly config: RawConfig; readonly initialState: TargetState | null } {
    const type = `${entities}.CreateConnectorRequest`;
    const members = this.#members(this.#root(type), type, ['config', 'name', 'initial_state']);
    const name = this.#text1(members.get('name'), [`${type}["name"]`]) ?? '';
    const initialState = this.#initialState(members.get('initial_state'), [`${type}["initial_state"]`]);
    const config = members.get('config');
    if (config === undefined || config.type === 'null')
      throw new JsonBodyError('The request has no connector configuration: its member "config" is missing');
    return { name: name.trim(), config: this.#stringMap(config, [`${type}["config"]`]), initialState };
  }

  /** `PATCH /connectors/<c>/offsets`: null where there are none. Source: org.apache.kafka.connect.runtime.rest.entities.ConnectorOffsets */
  offsets(): readonly ConnectorOffset[] | null {
    const type = `${entities}.ConnectorOffsets`;
    const chain = [`${type}["offsets"]`];
    const offsets = this.#members(this.#root(type), type, ['offsets']).get('offsets');
    if (offsets === undefined || offsets.type === 'null') return null;
    if (offsets.type !== 'array') return this.#wrongType(offsets, 'java.util.ArrayList', chain);
    return offsets.items.map((item, index) => this.#offset(item, [...chain, `java.util.ArrayList[${index}]`]));
  }

  /** A list of configurations. */
  configs(): readonly RawConfig[] {
    const node = this.#root('java.util.List');
    if (node.type !== 'array') return this.#wrongType(node, 'java.util.ArrayList', []);
    return node.items.map((item, index) => this.#stringMap(item, [`java.util.ArrayList[${index}]`]));
  }

  #offset(node: JsonNode, chain: readonly string[]): ConnectorOffset {
    const type = `${entities}.ConnectorOffset`;
    if (node.type === 'null') return { partition: null, offset: null };
    const members = this.#members(node, type, ['offset', 'partition'], chain);
    const part = (name: 'partition' | 'offset'): Record<string, unknown> | null => {
      const member = members.get(name);
      if (member === undefined || member.type === 'null') return null;
      if (member.type !== 'object') return this.#wrongType(member, 'java.util.LinkedHashMap', [...chain, `${type}["${name}"]`]);
      return plainValue(member) as Record<string, unknown>;
    };
    return { partition: part('partition'), offset: part('offset') };
  }

  #root(bound: string): JsonNode {
    const node = readJson(this.#text, bound);
    if (node === null || node.type === 'null') throw new JsonBodyError('The request has no body: a JSON value is expected');
    return node;
  }

  #members(node: JsonNode, type: string, known: readonly string[], chain: readonly string[] = []): ReadonlyMap<string, JsonNode> {
    if (node.type !== 'object') return this.#wrongType(node, type, chain);
    for (const [name, member] of node.members) {
      if (known.includes(name)) continue;
      const names = known.map((property) => `"${property}"`).join(', ');
      const properties = known.length === 1 ? `one known property: ${names}` : `${known.length} known properties: ${names}`;
      this.#fail(`Unrecognized field "${name}" (class ${type}), not marked as ignorable (${properties})`, member, [
        ...chain,
        `${type}["${name}"]`,
      ]);
    }
    return node.members;
  }

  #stringMap(node: JsonNode, chain: readonly string[]): RawConfig {
    if (node.type !== 'object') return this.#wrongType(node, stringMap, chain);
    const entries = [...node.members].map(([key, member]) => [key, this.#text1(member, [...chain, `${stringMap}["${key}"]`])] as const);
    return Object.fromEntries(entries);
  }

  /** A scalar as the text that it has in the body. */
  #text1(node: JsonNode | undefined, chain: readonly string[]): string | null {
    switch (node?.type) {
      case undefined:
      case 'null':
        return null;
      case 'string':
        return node.value;
      case 'number':
        return node.text;
      case 'boolean':
        return String(node.value);
      case 'object':
        return this.#fail(
          'Cannot deserialize value of type `java.lang.String` from Object value (token `JsonToken.START_OBJECT`)',
          node,
          chain,
        );
      case 'array':
        return this.#fail(
          'Cannot deserialize value of type `java.lang.String` from Array value (token `JsonToken.START_ARRAY`)',
          node,
          chain,
        );
    }
  }

  #initialState(node: JsonNode | undefined, chain: readonly string[]): TargetState | null {
    const text = this.#text1(node, chain);
    if (text === null) return null;
    const state = initialTargetState(text);
    if (state !== undefined) return state;
    const type = `${entities}.CreateConnectorRequest`;
    const constant = `${type}.InitialState.${text.toUpperCase()}`;
    return this.#fail(`Cannot construct instance of \`${type}$InitialState\`, problem: No enum constant ${constant}`, node!, chain);
  }

  #wrongType(node: JsonNode, type: string, chain: readonly string[]): never {
    const generic = type === stringMap ? `${stringMap}<java.lang.String,java.lang.String>` : type;
    const construct = `Cannot construct instance of \`${type}\` (although at least one Creator exists)`;
    switch (node.type) {
      case 'array':
        return this.#fail(
          `Cannot deserialize value of type \`${generic}\` from Array value (token \`JsonToken.START_ARRAY\`)`,
          node,
          chain,
        );
      case 'object':
        return this.#fail(
          `Cannot deserialize value of type \`${generic}\` from Object value (token \`JsonToken.START_OBJECT\`)`,
          node,
          chain,
        );
      case 'string':
        return this.#fail(
          `${construct}: no String-argument constructor/factory method to deserialize from String value ('${node.value}')`,
          node,
          chain,
        );
      case 'number':
        return this.#fail(
          `${construct}: no int/Int-argument constructor/factory method to deserialize from Number value (${node.text})`,
          node,
          chain,
        );
      case 'boolean':
        return this.#fail(
          `${construct}: no boolean/Boolean-argument constructor/factory method to deserialize from boolean value (${node.value})`,
          node,
          chain,
        );
      case 'null':
        return this.#fail(`Cannot deserialize value of type \`${generic}\` from null`, node, chain);
    }
  }

  #fail(message: string, node: JsonNode, chain: readonly string[]): never {
    const reference = chain.length === 0 ? '' : ` (through reference chain: ${chain.join('->')})`;
    throw new JsonBodyError(`${message}\n at ${location(this.#text, node.at)}${reference}`);
  }
}

/** A JSON value as JavaScript's; a whole number beyond 2^53 is a bigint, nothing is rounded. */
function plainValue(node: JsonNode): unknown {
  switch (node.type) {
    case 'object':
      return Object.fromEntries([...node.members].map(([key, member]) => [key, plainValue(member)]));
    case 'array':
      return node.items.map(plainValue);
    case 'number': {
      const number = Number(node.text);
      return /^-?\d+$/.test(node.text) && !Number.isSafeInteger(number) ? BigInt(node.text) : number;
    }
    case 'null':
      return null;
    case 'string':
    case 'boolean':
      return node.value;
  }
}
