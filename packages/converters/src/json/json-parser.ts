import { NumberText } from './json-text.ts';

/** Jackson's limit, for a document that nests deeper is an attack or a mistake. */
const nestingMax = 1000;
const numberPattern = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
// Everything up to the next quote, escape or control character.
const plainPattern = /[ !#-[\]-\uffff]*/y;

export interface ParseOptions {
  /** Keep fractions as {@link NumberText}; otherwise they become numbers. */
  readonly fractions: boolean;
  /** Refuse blank text, and text after the value, instead of ignoring it. */
  readonly whole?: boolean;
}

/**
 * A JSON parser that keeps whole numbers exact: those beyond 2^53 become bigints. Slower than JSON.parse and asked only where that
 * one would lose something, or refuses what Kafka Connect's reader accepts: leading zeros, and text after the first value.
 * Returns undefined for blank text. Throws a SyntaxError.
 */
export function parseExact(text: string, options: ParseOptions): unknown {
  return new JsonParser(text, options.fractions).document(options.whole === true);
}

class JsonParser {
  readonly #text: string;
  readonly #fractions: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, fractions: boolean) {
    this.#text = text;
    this.#fractions = fractions;
  }

  document(isWhole: boolean): unknown {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#skipBlanks();
    if (this.#at === this.#text.length && !isWhole) return undefined;
    const value = this.#value();
    if (!isWhole) return value;
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): unknown {
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#open();
    if (this.#closes('}')) return object;
    do {
      this.#skipBlanks();
      if (this.#text[this.#at] !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#skipBlanks();
      if (!this.#takes(':')) throw this.#unexpected();
      this.#skipBlanks();
      const value = this.#value();
      // Plain assignment to this name would set the prototype and lose the member.
      if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      else object[key] = value;
      this.#skipBlanks();
    } while (this.#takes(','));
    if (!this.#closes('}')) throw this.#unexpected();
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#open();
    if (this.#closes(']')) return array;
    do {
      this.#skipBlanks();
      array.push(this.#value());
      this.#skipBlanks();
    } while (this.#takes(','));
    if (!this.#closes(']')) throw this.#unexpected();
    return array;
  }

  #string(): string {
    let result = '';
    this.#at++;
    for (;;) {
      plainPattern.lastIndex = this.#at;
      const plain = plainPattern.exec(this.#text)![0];
      this.#at += plain.length;
      result += plain;
      const next = this.#text[this.#at];
      if (next === '"') {
        this.#at++;
        return result;
      }
      if (next !== '\\') throw this.#unexpected();
      result += this.#escape();
    }
  }

  #escape(): string {
    const length = this.#text[this.#at + 1] === 'u' ? 6 : 2;
    const escape = this.#text.slice(this.#at, this.#at + length);
    if (!/^\\(["\\/bfnrt]|u[0-9a-fA-F]{4})$/.test(escape)) throw this.#unexpected();
    this.#at += length;
    return JSON.parse(`"${escape}"`) as string;
  }

  #number(): unknown {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) throw this.#unexpected();
    this.#at += match[0].length;
    // A number ends at a separator: 1. and 1x are mistakes and not a 1 with something behind it.
    const next = this.#text[this.#at];
    if (next !== undefined && !/[\s,\]}[{:"]/.test(next)) throw this.#unexpected();
    const number = Number(match[0]);
    if (match[1] !== undefined || match[2] !== undefined) return this.#fractions ? new NumberText(match[0]) : number;
    if (!Number.isSafeInteger(number)) return match[0].startsWith('-') ? -BigInt(match[0].slice(1)) : BigInt(match[0]);
    return number === 0 ? 0 : number;
  }

  #word(word: string, value: unknown): unknown {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return value;
  }

  #open(): void {
    this.#at++;
    if (++this.#depth > nestingMax) throw new SyntaxError(`JSON nests deeper than ${nestingMax} levels`);
    this.#skipBlanks();
  }

  #closes(bracket: string): boolean {
    if (!this.#takes(bracket)) return false;
    this.#depth--;
    return true;
  }

  #takes(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #unexpected(): SyntaxError {
    return this.#at >= this.#text.length
      ? new SyntaxError('Unexpected end of JSON input')
      : new SyntaxError(`Unexpected character at position ${this.#at} of the JSON text`);
  }
}
