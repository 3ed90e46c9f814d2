/**
 * Reads the generated tables. One line is one field, and the fields of a struct follow it one space deeper:
 *
 *     name type[?[versions]] [=default] [#tag] [@versions] [~]
 *
 * `[]` before the type: an array. `?`: may be null (in those versions, or in all). `@`: the versions that have the field,
 * when its parent has more. `~`: ignorable, left out without an error in a version that lacks it. Types are Kafka's;
 * `long` is an int64 in which values beyond 2^53 are legal.
 */
export interface FieldSchema {
  readonly name: string;
  readonly type: FieldType;
  readonly isArray: boolean;
  readonly versions: VersionRange;
  /** Versions in which null is legal. */
  readonly nullable: VersionRange | null;
  readonly defaultText: string | undefined;
  readonly tag: number | undefined;
  readonly isIgnorable: boolean;
  /** The fields of a struct, else empty. */
  readonly fields: readonly FieldSchema[];
}

export type FieldType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'long'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'
  | 'struct';

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

const allVersions: VersionRange = { min: 0, max: Infinity };

export function includes(range: VersionRange | null, version: number): boolean {
  return range !== null && version >= range.min && version <= range.max;
}

/** Reads a table; an empty text is a message without fields. */
export function parseTable(text: string): FieldSchema[] {
  const root: FieldSchema[] = [];
  const open: FieldSchema[][] = [root];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const depth = line.search(/\S/);
    const field = parseField(line.slice(depth));
    open[depth]!.push(field);
    open[depth + 1] = field.fields as FieldSchema[];
  }
  return root;
}

function parseField(line: string): FieldSchema {
  const [name, typeText, ...marks] = line.split(' ') as [string, string, ...string[]];
  const [type, nullable] = typeText.replace('[]', '').split('?') as [FieldType, string | undefined];
  let versions = allVersions;
  let defaultText: string | undefined;
  let tag: number | undefined;
  let isIgnorable = false;
  for (const mark of marks) {
    if (mark.startsWith('=')) defaultText = mark.slice(1);
    else if (mark.startsWith('#')) tag = Number(mark.slice(1));
    else if (mark.startsWith('@')) versions = parseRange(mark.slice(1));
    else isIgnorable = true;
  }
  return {
    name,
    type,
    isArray: typeText.startsWith('[]'),
    versions,
    nullable: nullable === undefined ? null : nullable === '' ? allVersions : parseRange(nullable),
    defaultText,
    tag,
    isIgnorable,
    fields: [],
  };
}

function parseRange(text: string): VersionRange {
  if (text.endsWith('+')) return { min: Number(text.slice(0, -1)), max: Infinity };
  const [min, max] = text.split('-');
  return { min: Number(min), max: Number(max ?? min) };
}
