/**
 * The name that OpenSSL has for a cipher suite of Java: `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` is `ECDHE-RSA-AES256-GCM-SHA384`.
 * Suites of TLS 1.3 have one name in both, and so has one that is given in OpenSSL's spelling.
 */
export function opensslCipherName(suite: string): string {
  const match = /^(?:TLS|SSL)_(.+)_WITH_(.+)$/.exec(suite);
  if (match === null) return suite;
  const exchange = match[1]!.replaceAll('_', '-');
  const cipher = match[2]!
    .replace(/AES_(\d+)/, 'AES$1')
    .replace(/_CBC_/, '_')
    .replace(/CHACHA20_POLY1305_SHA256/, 'CHACHA20-POLY1305')
    .replace(/3DES_EDE/, 'DES-CBC3')
    .replaceAll('_', '-');
  return exchange === 'RSA' ? cipher : `${exchange}-${cipher}`;
}
