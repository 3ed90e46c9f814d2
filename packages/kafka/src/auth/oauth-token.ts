import { Secret } from '../secret.ts';

/** A bearer token with the time until which it holds. */
export interface OAuthToken {
  readonly token: Secret;
  /** ms since the epoch, `null` where the token does not say. */
  readonly issuedAtMs: number | null;
  readonly expiresAtMs: number | null;
}

export type JaasOptions = Readonly<Record<string, Secret>>;

/**
 * Makes a token without a signature from the login module's options, for development only. `null` where the options name no claim.
 *
 * Source: org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler
 */
export function unsecuredToken(options: JaasOptions, now: number): OAuthToken | null {
  const claims: Record<string, unknown> = {};
  for (const [option, secret] of Object.entries(options)) {
    const match = /^unsecuredLogin(String|Number|List)Claim_(.+)$/.exec(option);
    if (match !== null) claims[match[2]!] = claimValue(match[1]!, secret.reveal());
  }
  if (Object.keys(claims).length === 0) return null;
  const lifetimeSeconds = Number(options['unsecuredLoginLifetimeSeconds']?.reveal() ?? 3600);
  const subject = options['unsecuredLoginPrincipalClaimName']?.reveal() ?? 'sub';
  if (typeof claims[subject] !== 'string') throw new Error(`no claim for the principal: set unsecuredLoginStringClaim_${subject}`);
  const issuedAt = now / 1000;
  const expiresAt = issuedAt + lifetimeSeconds;
  const payload = { iat: issuedAt, exp: expiresAt, ...claims };
  const token = `${base64url({ alg: 'none' })}.${base64url(payload)}.`;
  return { token: new Secret(token), issuedAtMs: now, expiresAtMs: now + lifetimeSeconds * 1000 };
}

function claimValue(type: string, text: string): unknown {
  if (type === 'Number') return Number(text);
  // A list begins with the character that separates its items.
  if (type === 'List') return text === '' ? [] : text.slice(1).split(text[0]!);
  return text;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Reads when a JWT was issued and expires. A token that is no JWT has no known times. */
export function tokenOf(text: string): OAuthToken {
  const token = new Secret(text);
  const unknown = { token, issuedAtMs: null, expiresAtMs: null };
  const parts = text.split('.');
  if (parts.length !== 3) return unknown;
  try {
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString()) as { iat?: unknown; exp?: unknown } | null;
    const ms = (seconds: unknown): number | null => (typeof seconds === 'number' ? seconds * 1000 : null);
    return { token, issuedAtMs: ms(claims?.iat), expiresAtMs: ms(claims?.exp) };
  } catch {
    return unknown;
  }
}
