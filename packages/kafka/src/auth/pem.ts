/** One block of a PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `RSA PRIVATE KEY`, … */
  readonly label: string;
  /** The block in its canonical form, with line breaks. */
  readonly text: string;
}

const blockPattern = /-+BEGIN\s+([A-Z0-9 ]+?)\s*-+([^-]+(?:-[^-]+)*?)-+END\s+\1\s*-+/g;

/** Takes a PEM text apart. In properties it often stands on one line, with spaces or `\n` in place of line breaks: that is put right. */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (const match of text.replaceAll('\\n', '\n').matchAll(blockPattern)) {
    const label = match[1]!;
    const body = match[2]!;
    // The old encrypted form has header lines, whose breaks matter.
    const lines = body.includes(':') ? body.trim() : wrap(body.replace(/\s+/g, ''));
    blocks.push({ label, text: `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n` });
  }
  return blocks;
}

/** Writes a DER structure as PEM. */
export function toPem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${wrap(Buffer.from(der).toString('base64'))}\n-----END ${label}-----\n`;
}

function wrap(base64: string): string {
  return base64.match(/.{1,64}/g)?.join('\n') ?? '';
}
