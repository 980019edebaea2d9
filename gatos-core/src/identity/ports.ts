/** Ports of identity: who signs, and who checks a signature. */

export interface SignedBytes {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Strict Ed25519 (design 2.2): A and R canonical and not of small order, S < L, then the cofactorless equation. Every
 * engine gives the same verdict on every input; malformed input is `false`, never a fault.
 */
export interface SignatureEngine {
  readonly name: 'noble' | 'native';
  verify(item: SignedBytes): boolean;
  /** As `verify` for each item, in order; may use more than one thread. */
  verifyMany(items: readonly SignedBytes[]): Promise<readonly boolean[]>;
  /** May this public key be registered: canonical, on the curve, torsion-free, not the identity? */
  isRegistrable(key: Uint8Array): boolean;
}

/** Something that holds a secret key and signs bytes with it: a key file, an SSH key, an agent. */
export interface Signer {
  /** The 32-byte public key. */
  readonly key: Uint8Array;
  /** Where the key lives, for messages: a path, `ssh-agent`. */
  readonly source: string;
  /** The longest message it can sign, where that is bounded: ssh-agent takes less than one large envelope. */
  readonly maxMessageBytes?: number | undefined;
  /** Ed25519 signature of exactly these bytes: 64 bytes. Throws `identity/*` when the key cannot be used. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** As `sign` for each message, in order; may use more than one thread. */
  signMany?(messages: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
}
