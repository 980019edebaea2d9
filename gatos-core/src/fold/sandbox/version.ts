/**
 * What the engine id names. Whoever changes anything that could change a result (the binary, the patches, the prelude, the
 * instrumentation, a gas charge, the window) raises GAS_VERSION; `version.test.ts` holds the digest of those parts.
 */
import { sha256 } from '#hash';
import { formatDigest } from '../../codec/index.js';

/** QuickJS release inside the wasm binary. */
const QUICKJS_VERSION = '2025-09-13';

/** Version of everything around the binary that a result depends on. */
export const GAS_VERSION = 1;

/**
 * The sandbox is rebuilt from the canonical form of the state at every record index that is a multiple of this, counted from
 * the first record of history. So nothing that a fold hides (module variables, aliases, key order, tampered objects) lives
 * longer, and every machine forgets it at the same places.
 */
export const WINDOW = 1024;

/** SHA-256 of the one wasm binary that this version knows the inside of. */
export const KNOWN_WASM = 'sha256:105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';

/** `quickjs@2025-09-13+wasm@sha256:<hex>+gas@1` for a binary, known or not (design 2.5). */
export function engineId(wasm: Uint8Array): string {
  return `quickjs@${QUICKJS_VERSION}+wasm@${formatDigest(sha256(wasm))}+gas@${GAS_VERSION}`;
}
