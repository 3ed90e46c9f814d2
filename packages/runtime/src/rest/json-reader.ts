import { ConnectRestError } from '../control/rest-errors.ts';

/** A JSON value with the place where it begins. Numbers keep their text: `1.50` stays `1.50`. */
export type JsonNode =
  | { readonly type: 'object'; readonly at: number; readonly members: ReadonlyMap<string, JsonNode> }
  | { readonly type: 'array'; readonly at: number; readonly items: readonly JsonNode[] }
  | { readonly type: 'string'; readonly at: number; readonly value: string }
  | { readonly type: 'number'; readonly at: number; readonly text: string }
  | { readonly type: 'boolean'; readonly at: number; readonly value: boolean }
  | { readonly type: 'null'; readonly at: number };

/** A request body that is no JSON, or not of the shape that is wanted: a 500, as in the original. */
export class JsonBodyError extends ConnectRestError {
  override readonly javaClass: string = 'com.fasterxml.jackson.databind.JsonMappingException';

  constructor(message: string) {
    super(500, message);
  }
}

/** Deeper bodies are refused. Source: com.fasterxml.jackson.core.StreamReadConstraints */
const depthMax = 1000;
const anyToken = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const tokenPattern = /[\p{ID_Continue}$]+/uy;

/** The text after a message that says where in the body something is wrong. */
export function location(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `[Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${before.length}, column: ${before.at(-1)!.length + 1}]`;
}

/**
 * Reads a JSON text as Jackson does, with its messages: strict, but of two members of one name the last counts. Null for an empty text.
 * `bound` is what a message about further text calls the type.
 */
export function readJson(text: string, bound = 'java.util.Map'): JsonNode | null {
  return new JsonReader(text.startsWith('\ufeff') ? text.slice(1) : text, bound).read();
}

class JsonReader {
  readonly #text: string;
  readonly #bound: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, bound: string) {
    this.#text = text;
    this.#bound = bound;
  }

  read(): JsonNode | null {
    this.#blanks();
    if (this.#at === this.#text.length) return null;
    const node = this.#value();
    this.#blanks();
    if (this.#at < this.#text.length) {
      const { type, at } = this.#value();
      const token = {
        object: 'START_OBJECT',
        array: 'START_ARRAY',
        string: 'VALUE_STRING',
        number: 'VALUE_NUMBER_INT',
        boolean: 'VALUE_TRUE',
        null: 'VALUE_NULL',
      }[type];
      this.#fail(
        `Trailing token (of type ${token}) found after value (bound as \`${this.#bound}\`): not allowed as per \`DeserializationFeature.FAIL_ON_TRAILING_TOKENS\``,
        at,
      );
    }
    return node;
  }

  #value(): JsonNode {
    const at = this.#at;
    const character = this.#text[at];
    switch (character) {
      case '{':
        return this.#nested(() => ({ type: 'object', at, members: this.#members(at) }));
      case '[':
        return this.#nested(() => ({ type: 'array', at, items: this.#items(at) }));
      case '"':
        return { type: 'string', at, value: this.#string('was expecting closing quote for a string value') };
      case undefined:
        return this.#fail('Unexpected end-of-input', at);
      case '}':
      case ']':
        if (at === 0)
          return this.#fail(`Unexpected close marker '${character}': no open ${character === '}' ? 'Object' : 'Array'} to close`);
        break;
      default:
        if (character === '-' || (character >= '0' && character <= '9')) return { type: 'number', at, text: this.#number() };
    }
    return this.#word();
  }

  #word(): JsonNode {
    const at = this.#at;
    tokenPattern.lastIndex = at;
    const word = tokenPattern.exec(this.#text)?.[0];
    if (word === undefined) return this.#unexpected(`expected a valid value (${anyToken})`);
    this.#at += word.length;
    if (word === 'null') return { type: 'null', at };
    if (word === 'true' || word === 'false') return { type: 'boolean', at, value: word === 'true' };
    if (word === 'NaN' || word === 'Infinity') {
      return this.#fail(`Non-standard token '${word}': enable \`JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS\` to allow`);
    }
    return this.#fail(`Unrecognized token '${word}': was expecting (${anyToken})`, at);
  }

  #members(start: number): Map<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    this.#at++;
    this.#blanks();
    if (this.#skip('}')) return members;
    for (;;) {
      this.#endless('Object', start);
      if (this.#text[this.#at] !== '"') this.#unexpected('was expecting double-quote to start field name');
      const name = this.#string(null);
      this.#blanks();
      if (this.#at === this.#text.length) this.#fail('Unexpected end-of-input within/between Object entries');
      if (!this.#skip(':')) this.#unexpected('was expecting a colon to separate field name and value');
      this.#blanks();
      if (this.#at === this.#text.length) this.#fail('Unexpected end-of-input within/between Object entries');
      members.set(name, this.#value());
      this.#blanks();
      if (this.#skip('}')) return members;
      this.#endless('Object', start);
      if (!this.#skip(',')) this.#unexpected('was expecting comma to separate Object entries');
      this.#blanks();
    }
  }

  #items(start: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#at++;
    this.#blanks();
    if (this.#skip(']')) return items;
    for (;;) {
      this.#endless('Array', start);
      items.push(this.#value());
      this.#blanks();
      if (this.#skip(']')) return items;
      this.#endless('Array', start);
      if (!this.#skip(',')) this.#unexpected('was expecting comma to separate Array entries');
      this.#blanks();
    }
  }

  /** `unended` is null for the name of a member. */
  #string(unended: string | null): string {
    let value = '';
    for (let from = ++this.#at; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code))
        this.#fail(unended === null ? 'Unexpected end-of-input in field name' : `Unexpected end-of-input: ${unended}`);
      if (code === 0x22) {
        value += this.#text.slice(from, this.#at++);
        return value;
      }
      if (code < 0x20) {
        const where = unended === null ? 'name' : 'string value';
        this.#fail(`Illegal unquoted character ((CTRL-CHAR, code ${code})): has to be escaped using backslash to be included in ${where}`);
      }
      if (code !== 0x5c) continue;
      value += this.#text.slice(from, this.#at) + this.#escape();
      from = this.#at + 1;
    }
  }

  /** From the backslash to the last character of the escape. */
  #escape(): string {
    const character = this.#text[++this.#at];
    if (character === undefined) this.#fail('Unexpected end-of-input in character escape sequence');
    if (character !== 'u') {
      return escapes[character] ?? this.#fail(`Unrecognized character escape '${character}' (code ${character.charCodeAt(0)})`);
    }
    const start = this.#at + 1;
    for (let digit = 0; digit < 4; digit++) {
      if (!/[0-9a-fA-F]/.test(this.#text[++this.#at] ?? '')) this.#unexpected('expected a hex-digit for character escape sequence');
    }
    return String.fromCharCode(Number.parseInt(this.#text.slice(start, start + 4), 16));
  }

  #number(): string {
    numberPattern.lastIndex = this.#at;
    const text = numberPattern.exec(this.#text)?.[0];
    if (text === undefined) {
      this.#at++;
      return this.#unexpected('expected digit (0-9) to follow minus sign, for valid numeric value');
    }
    this.#at += text.length;
    const next = this.#text[this.#at];
    if (next !== undefined && next >= '0' && next <= '9') this.#fail('Invalid numeric value: Leading zeroes not allowed');
    if (next !== undefined && /[\w.$]/.test(next)) this.#unexpected('Expected space separating root-level values');
    return text;
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > depthMax) this.#fail(`Document nesting depth (${this.#depth}) exceeds the maximum allowed (${depthMax})`);
    const value = read();
    this.#depth--;
    return value;
  }

  #endless(what: 'Object' | 'Array', start: number): void {
    if (this.#at < this.#text.length) return;
    this.#fail(`Unexpected end-of-input: expected close marker for ${what} (start marker at ${location(this.#text, start)})`);
  }

  #blanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #unexpected(expected: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) return this.#fail('Unexpected end-of-input');
    const isComment = character === '/';
    return this.#fail(
      `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${isComment ? "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)" : expected}`,
    );
  }

  #fail(message: string, at: number = this.#at): never {
    throw new JsonBodyError(`${message}\n at ${location(this.#text, at)}`);
  }
}
