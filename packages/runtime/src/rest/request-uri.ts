/** What a request's path comes to: routable, or refused with 400 and the reason. */
export type RequestUri = { readonly url: string } | { readonly refusal: string };

/**
 * The path without matrix parameters (`;v=1`) and trailing slash. What has no one meaning (an encoded slash, an empty segment) or cannot
 * be text is refused, as Jetty 12 does.
 */
export function normalizeUri(uri: string): RequestUri {
  const mark = uri.indexOf('?');
  const path = mark < 0 ? uri : uri.slice(0, mark);
  const query = mark < 0 ? '' : uri.slice(mark);
  if (!path.startsWith('/')) return { refusal: 'Bad Request' };
  const refusal = refusalOf(path);
  if (refusal !== null) return { refusal };
  const segments = path.slice(1).split('/').map(withoutMatrix);
  if (segments.length > 1 && segments.at(-1) === '') segments.pop();
  if (segments.length > 1 && segments.includes('')) return { refusal: 'Ambiguous URI empty segment' };
  return { url: `/${segments.join('/')}${query}` };
}

function refusalOf(path: string): string | null {
  if (/%2f/i.test(path)) return 'Ambiguous URI path separator';
  if (/%25/.test(path)) return 'Ambiguous URI path encoding';
  if (/%5c/i.test(path) || path.includes('\\')) return 'Suspicious Path Character';
  if (/%(?![0-9a-f]{2})/i.test(path) || /%(?:[01][0-9a-f]|7f)/i.test(path)) return 'Bad Request';
  try {
    decodeURIComponent(path);
    return null;
  } catch {
    return 'Bad UTF-8 encoding';
  }
}

function withoutMatrix(segment: string): string {
  const semicolon = segment.indexOf(';');
  return semicolon < 0 ? segment : segment.slice(0, semicolon);
}
