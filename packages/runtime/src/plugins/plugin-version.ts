/**
 * Orders package versions: numbers by value, a pre-release before its release (`1.0.0-rc.1` < `1.0.0`). Negative where `a` is older.
 *
 * Source: semver.org §11
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    compareLists(left.release, right.release, '0') ||
    Number(left.pre.length === 0) - Number(right.pre.length === 0) ||
    compareLists(left.pre, right.pre, '')
  );
}

function split(version: string): { release: string[]; pre: string[] } {
  const [core = ''] = version.split('+');
  const dash = core.indexOf('-');
  return dash < 0
    ? { release: core.split('.'), pre: [] }
    : { release: core.slice(0, dash).split('.'), pre: core.slice(dash + 1).split('.') };
}

function compareLists(a: readonly string[], b: readonly string[], missing: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = compareParts(a[i] ?? missing, b[i] ?? missing);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(a: string, b: string): number {
  const [numeric, otherNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numeric && otherNumeric) return Number(a) - Number(b);
  if (numeric !== otherNumeric && a !== '' && b !== '') return numeric ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
