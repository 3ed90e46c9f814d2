/** An inclusive range of versions. */
export interface Versions {
  min: number;
  max: number;
}

/** Reads '0+', '3-7', '5' or 'none' (null). */
export function parseVersions(text: string): Versions | null {
  if (text === 'none') return null;
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text.trim());
  if (match === null) throw new Error(`Not a range of versions: ${text}`);
  const min = Number(match[1]);
  return { min, max: match[2] === '+' ? Infinity : Number(match[3] ?? min) };
}

export function intersect(a: Versions, b: Versions): Versions | null {
  const min = Math.max(a.min, b.min);
  const max = Math.min(a.max, b.max);
  return min > max ? null : { min, max };
}

export function covers(a: Versions, b: Versions): boolean {
  return a.min <= b.min && a.max >= b.max;
}

/** '3+' where the range reaches the end of `around`, else '0-12' or '4'. */
export function versionsText(versions: Versions, around: Versions): string {
  if (versions.max >= around.max) return `${versions.min}+`;
  return versions.min === versions.max ? String(versions.min) : `${versions.min}-${versions.max}`;
}
