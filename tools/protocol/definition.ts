import { parseVersions, type Versions } from './versions.ts';

export interface Field {
  name: string;
  /** A primitive type's name, or the name of a struct when `fields` is set. */
  type: string;
  isArray: boolean;
  versions: Versions;
  nullable: Versions | null;
  default: string | undefined;
  tag: number | undefined;
  ignorable: boolean;
  fields: Field[] | undefined;
}

export interface Definition {
  name: string;
  apiKey: number;
  versions: Versions;
  /** Infinity when no version is flexible. */
  flexibleFrom: number;
  fields: Field[];
}

interface RawField {
  name: string;
  type: string;
  versions: string;
  nullableVersions?: string;
  taggedVersions?: string;
  tag?: number;
  default?: string | number | boolean;
  ignorable?: boolean;
  fields?: RawField[];
}

interface RawDefinition {
  name: string;
  apiKey?: number;
  validVersions: string;
  flexibleVersions: string;
  latestVersionUnstable?: boolean;
  fields: RawField[];
  commonStructs?: { name: string; fields: RawField[] }[];
}

const primitives = new Set([
  'bool',
  'int8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'float64',
  'string',
  'uuid',
  'bytes',
  'records',
]);

/** Reads one definition: JSON with `//` comments. Structs named in `commonStructs` are put in place. */
export function parseDefinition(text: string, file: string): Definition {
  const raw = JSON.parse(withoutComments(text)) as RawDefinition;
  const versions = parseVersions(raw.validVersions);
  if (versions === null) throw new Error(`${file} has no valid versions`);
  // Nothing speaks an unstable version unless it is told to: it is not generated.
  if (raw.latestVersionUnstable === true) versions.max -= 1;
  const common = new Map((raw.commonStructs ?? []).map((struct) => [struct.name, struct.fields]));
  return {
    name: raw.name,
    apiKey: raw.apiKey ?? -1,
    versions,
    flexibleFrom: parseVersions(raw.flexibleVersions)?.min ?? Infinity,
    fields: raw.fields.map((field) => parseField(field, common, raw.name)),
  };
}

function parseField(raw: RawField, common: Map<string, RawField[]>, path: string): Field {
  const isArray = raw.type.startsWith('[]');
  const type = isArray ? raw.type.slice(2) : raw.type;
  const where = `${path}.${raw.name}`;
  const fields = raw.fields ?? common.get(type);
  if (primitives.has(type) === (fields !== undefined)) throw new Error(`${where}: type ${raw.type} is not known`);
  const versions = parseVersions(raw.versions);
  if (versions === null) throw new Error(`${where} has no versions`);
  const tagged = parseVersions(raw.taggedVersions ?? 'none');
  if (tagged !== null && (tagged.min !== versions.min || tagged.max !== versions.max)) {
    throw new Error(`${where} is tagged in some of its versions only, which the tables cannot say`);
  }
  return {
    name: raw.name.charAt(0).toLowerCase() + raw.name.slice(1),
    type,
    isArray,
    versions,
    nullable: parseVersions(raw.nullableVersions ?? 'none'),
    default: defaultText(raw.default),
    tag: raw.tag,
    ignorable: raw.ignorable === true,
    fields: fields?.map((field) => parseField(field, common, where)),
  };
}

/** Defaults are strings, numbers, booleans or hexadecimal; those that equal the type's own zero are left out. */
function defaultText(value: string | number | boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value).trim();
  if (text === '' || text === '0' || text === 'false') return undefined;
  return text.startsWith('0x') ? String(Number(text)) : text;
}

/** A `//` may also sit inside of a string. */
function withoutComments(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, (_, string: string | undefined) => string ?? '');
}
