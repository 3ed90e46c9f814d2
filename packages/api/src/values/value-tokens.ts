const delimiters = new Set([':', ',', '{', '}', '[', ']', '"']);

/**
 * The tokens of a header's text: a delimiter each, or what stands between them. A backslash takes the next character out of the
 * delimiters and stays in the token itself.
 *
 * Source: org.apache.kafka.connect.data.Values.Parser
 */
export class ValueTokens {
  readonly text: string;
  #position = 0;
  #ahead: string | null = null;

  constructor(text: string) {
    this.text = text;
  }

  hasNext(): boolean {
    return this.#ahead !== null || this.#position < this.text.length;
  }

  next(): string {
    const token = this.#ahead ?? this.#read();
    this.#ahead = null;
    return token;
  }

  /** The text of the next `count` tokens; null, and nothing taken, where there are fewer. */
  nextText(count: number): string | null {
    const start = this.mark();
    for (let taken = 0; taken < count; taken++) {
      if (!this.hasNext()) {
        this.rewind(start);
        return null;
      }
      this.next();
    }
    return this.text.slice(start, this.#position);
  }

  /** Takes the next token where it is `expected`, blanks around it left aside. Blank tokens before another one are skipped in any case. */
  take(expected: string): boolean {
    if (!this.hasNext()) return false;
    this.#ahead ??= this.#read();
    while (isBlank(this.#ahead) && this.#position < this.text.length) this.#ahead = this.#read();
    if (trim(this.#ahead) !== expected) return false;
    this.#ahead = null;
    return true;
  }

  mark(): number {
    return this.#position - (this.#ahead?.length ?? 0);
  }

  rewind(position: number): void {
    this.#position = position;
    this.#ahead = null;
  }

  #read(): string {
    const start = this.#position;
    let isEscaped = false;
    for (; this.#position < this.text.length; this.#position++) {
      const char = this.text.charAt(this.#position);
      if (char === '\\') {
        isEscaped = !isEscaped;
        continue;
      }
      if (delimiters.has(char) && !isEscaped) {
        if (start === this.#position) this.#position++;
        break;
      }
      isEscaped = false;
    }
    return this.text.slice(start, this.#position);
  }
}

/** Java's `trim`: what is not above the space character. */
export function trim(text: string): string {
  return text.replace(/^[\0- ]+|[\0- ]+$/g, '');
}

export function isBlank(text: string): boolean {
  return trim(text) === '';
}
