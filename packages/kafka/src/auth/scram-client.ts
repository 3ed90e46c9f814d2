import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2Async = promisify(pbkdf2);

/** Brokers store at least this many. Fewer make the password easy to guess for whoever plays the broker. */
const iterationsMin = 4096;
const iterationsMax = 1_000_000;

export interface ScramCredentials {
  readonly username: string;
  readonly password: string;
  readonly isDelegationToken: boolean;
}

/**
 * The client's side of SCRAM (RFC 5802), without a channel binding. One object is one login.
 *
 *     client-first = "n,," "n=" user ",r=" nonce [ ",tokenauth=true" ]
 *     server-first = "r=" nonce ",s=" salt ",i=" iterations
 *     client-final = "c=biws,r=" nonce ",p=" proof
 *     server-final = "v=" signature | "e=" error
 *
 * Source: org.apache.kafka.common.security.scram.internals.ScramSaslClient
 */
export class ScramClient {
  readonly #hash: 'sha256' | 'sha512';
  readonly #credentials: ScramCredentials;
  readonly #nonce: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | null = null;

  constructor(
    mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
    credentials: ScramCredentials,
    nonce: string = randomBytes(24).toString('base64url'),
  ) {
    this.#hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    this.#credentials = credentials;
    this.#nonce = nonce;
    const user = credentials.username.replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#firstBare = `n=${user},r=${nonce}${credentials.isDelegationToken ? ',tokenauth=true' : ''}`;
  }

  first(): Buffer {
    return Buffer.from(`n,,${this.#firstBare}`);
  }

  /** The proof that we know the password. Throws where the broker's answer is not a valid challenge. */
  async final(serverFirst: Buffer): Promise<Buffer> {
    const text = serverFirst.toString();
    const fields = parseFields(text);
    const error = fields.get('e');
    if (error !== undefined) throw new Error(`the broker answered ${error}`);
    const nonce = fields.get('r') ?? '';
    const salt = Buffer.from(fields.get('s') ?? '', 'base64');
    const iterations = Number(fields.get('i'));
    // Invariant: the broker's nonce begins with ours, or an old exchange is being played back.
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) throw new Error('the broker sent an invalid SCRAM nonce');
    if (salt.length === 0) throw new Error('the broker sent no SCRAM salt');
    if (!(iterations >= iterationsMin && iterations <= iterationsMax)) {
      throw new Error(`the broker asked for ${fields.get('i')} SCRAM iterations, at least ${iterationsMin} are required`);
    }
    const salted = await pbkdf2Async(this.#credentials.password, salt, iterations, this.#hash === 'sha256' ? 32 : 64, this.#hash);
    const clientKey = this.#hmac(salted, 'Client Key');
    const storedKey = createHash(this.#hash).update(clientKey).digest();
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `${this.#firstBare},${text},${withoutProof}`;
    const signature = this.#hmac(storedKey, message);
    const proof = clientKey.map((byte, index) => byte ^ signature[index]!);
    this.#serverSignature = this.#hmac(this.#hmac(salted, 'Server Key'), message);
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  /** Checks that the broker knows the password too. */
  verify(serverFinal: Buffer): void {
    const fields = parseFields(serverFinal.toString());
    const error = fields.get('e');
    if (error !== undefined) throw new Error(`the broker answered ${error}`);
    const given = Buffer.from(fields.get('v') ?? '', 'base64');
    if (this.#serverSignature === null || given.length !== this.#serverSignature.length || !timingSafeEqual(given, this.#serverSignature)) {
      throw new Error('the broker sent an invalid SCRAM signature, so it does not know the password');
    }
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest();
  }
}

function parseFields(text: string): Map<string, string> {
  return new Map(text.split(',').map((field) => [field.slice(0, 1), field.slice(2)]));
}
