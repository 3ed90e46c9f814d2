const start = /^\s*\{\s*"schema"\s*:\s*/;
const middle = /\s*,\s*"payload"\s*:\s*/y;

/** Where the parts of an envelope `{"schema":…,"payload":…}` lie in its text. */
export interface EnvelopeParts {
  readonly schema: string;
  /** Index of the payload's first character; the payload ends before the last brace. */
  readonly payloadStart: number;
}

/**
 * Finds the schema's text without parsing it, because it is the same from record to record and by far the larger part.
 * Null where the text is not an envelope in this order, and for the caller to parse as a whole. The payload is not looked at.
 */
export function splitEnvelope(text: string): EnvelopeParts | null {
  const opening = start.exec(text);
  if (opening === null) return null;
  const schemaStart = opening[0].length;
  const schemaEnd = text.startsWith('null', schemaStart) ? schemaStart + 4 : endOfObject(text, schemaStart);
  if (schemaEnd === -1) return null;
  middle.lastIndex = schemaEnd;
  const separator = middle.exec(text);
  if (separator === null) return null;
  return { schema: text.slice(schemaStart, schemaEnd), payloadStart: schemaEnd + separator[0].length };
}

/** Index after the object that starts at `from`, or -1. */
function endOfObject(text: string, from: number): number {
  if (text[from] !== '{') return -1;
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = endOfString(text, i);
        break;
      case 0x7b:
        depth++;
        break;
      case 0x7d:
        if (--depth === 0) return i + 1;
        break;
      default:
    }
  }
  return -1;
}

/** Index of the quote that ends the string which starts at `from`. */
function endOfString(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i;
  }
  return text.length;
}
