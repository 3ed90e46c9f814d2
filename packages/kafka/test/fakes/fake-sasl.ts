import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Handlers } from './fake-broker.ts';

export interface FakeSaslOptions {
  readonly mechanisms: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly sessionLifetimeMs?: number;
  /** Whether a bearer token is good. */
  readonly acceptsToken?: (token: string, message: string) => boolean;
}

/** The broker's side of SASL. `logins` counts the successful ones. */
export class FakeSasl {
  logins = 0;
  readonly #options: FakeSaslOptions;
  readonly #sessions = new WeakMap<Socket, { mechanism: string; scram?: { first: string; serverFirst: string } }>();

  constructor(options: FakeSaslOptions) {
    this.#options = options;
  }

  handlers(): Handlers {
    const { mechanisms, sessionLifetimeMs = 0 } = this.#options;
    return {
      SaslHandshake: ({ body }, socket) => {
        this.#sessions.set(socket, { mechanism: body.mechanism });
        return { errorCode: mechanisms.includes(body.mechanism) ? 0 : 33, mechanisms: [...mechanisms] };
      },
      SaslAuthenticate: ({ body }, socket) => {
        const answer = this.#step(socket, body.authBytes.toString());
        if (answer === null) return { errorCode: 58, errorMessage: 'Authentication failed: Invalid username or password' };
        return { authBytes: Buffer.from(answer), sessionLifetimeMs };
      },
    };
  }

  #step(socket: Socket, message: string): string | null {
    const session = this.#sessions.get(socket)!;
    if (session.mechanism === 'PLAIN') {
      if (message !== `\0${this.#options.user}\0${this.#options.password}`) return null;
      this.logins++;
      return '';
    }
    if (session.mechanism === 'OAUTHBEARER') return this.#bearer(message);
    const hash = session.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
    if (session.scram === undefined) {
      const first = message.slice(3);
      session.scram = { first, serverFirst: `r=${/r=([^,]*)/.exec(first)![1]}server,s=${Buffer.from('salt').toString('base64')},i=4096` };
      return session.scram.serverFirst;
    }
    return this.#scramFinal(hash, session.scram, message);
  }

  #scramFinal(hash: string, scram: { first: string; serverFirst: string }, message: string): string | null {
    const [withoutProof, proof] = message.split(',p=') as [string, string];
    const salted = pbkdf2Sync(this.#options.password!, 'salt', 4096, hash === 'sha256' ? 32 : 64, hash);
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
    const clientKey = hmac(salted, 'Client Key');
    const authMessage = `${scram.first},${scram.serverFirst},${withoutProof}`;
    const signature = hmac(createHash(hash).update(clientKey).digest(), authMessage);
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString('base64');
    if (proof !== expected || !scram.first.startsWith(`n=${this.#options.user},`)) return null;
    this.logins++;
    return `v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`;
  }

  #bearer(message: string): string | null {
    if (message === '\x01') return null;
    const token = message.split('\x01')[1]?.replace('auth=Bearer ', '') ?? '';
    if (this.#options.acceptsToken?.(token, message) !== true) return '{"status":"invalid_token"}';
    this.logins++;
    return '';
  }
}
