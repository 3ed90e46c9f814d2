/** The text of an answer: as JSON.stringify, with bigints in full. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(member)) : member,
  );
}
