/** A fraction as it stands in the text, for the places where a `number` would lose digits or the scale. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

// What JSON.stringify and Jackson write differently: Jackson escapes surrogates, and its \u escapes have upper-case digits.
const differsFromJackson = /[\ud800-\udfff]|\\u/;
const escapes = /\\\\|\\u[0-9a-f]{4}|[\ud800-\udfff]/g;
// What cannot stand in a JSON string as it is, in Jackson's view: anything but this, so control characters, quotes, backslashes and surrogates.
const needsEscape = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

function asJackson(match: string): string {
  if (match === '\\\\') return match;
  const digits = match.length === 1 ? match.charCodeAt(0).toString(16) : match.slice(2);
  return `\\u${digits.toUpperCase()}`;
}

/** Turns a text written by JSON.stringify into the one Jackson writes for the same value. */
export function jacksonEscapes(json: string): string {
  return differsFromJackson.test(json) ? json.replace(escapes, asJackson) : json;
}

/** A JSON string as Jackson's byte writer writes it: `\u001F` in upper case, supplementary characters as two escapes. */
export function quote(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text).replace(escapes, asJackson) : `"${text}"`;
}

/** The kind of a parsed JSON value in Jackson's words, for messages. */
export function nodeType(node: unknown): string {
  if (node === undefined) return 'MISSING';
  if (node === null) return 'NULL';
  if (typeof node === 'string') return 'STRING';
  if (typeof node === 'boolean') return 'BOOLEAN';
  if (typeof node === 'number' || typeof node === 'bigint' || node instanceof NumberText) return 'NUMBER';
  return Array.isArray(node) ? 'ARRAY' : 'OBJECT';
}

/** Whether a parsed JSON value is an object, and not an array, null or number. */
export function isJsonObject(node: unknown): node is Record<string, unknown> {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof NumberText);
}
