// The part of node-forge that reads PKCS12. Its strings hold one byte in each character.
declare module 'node-forge' {
  export interface Asn1 {
    readonly __asn1: unique symbol;
  }
  export interface Bag {
    readonly type: string;
    readonly attributes: Readonly<Record<string, readonly string[]>>;
    readonly cert?: object | null;
    readonly key?: object | null;
    readonly asn1?: Asn1;
  }
  export interface Pkcs12 {
    readonly safeContents: readonly { readonly safeBags: readonly Bag[] }[];
  }
  const forge: {
    readonly asn1: { fromDer(bytes: string, strict?: boolean): Asn1; toDer(value: Asn1): { getBytes(): string } };
    readonly pkcs12: { pkcs12FromAsn1(value: Asn1, strict: boolean, password: string): Pkcs12 };
    readonly pki: {
      readonly oids: Readonly<Record<string, string>>;
      certificateToAsn1(cert: object): Asn1;
      privateKeyToAsn1(key: object): Asn1;
      wrapRsaPrivateKey(key: Asn1): Asn1;
    };
  };
  export default forge;
}
