/** The part of `bcrypt-pbkdf` (CommonJS, without types of its own) that is used. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Fills `key` and returns 0, or returns -1 for parameters out of range. Synchronous. */
    pbkdf(
      passphrase: Uint8Array,
      passphraseBytes: number,
      salt: Uint8Array,
      saltBytes: number,
      key: Uint8Array,
      keyBytes: number,
      rounds: number,
    ): number;
  };
  export = bcrypt;
}
