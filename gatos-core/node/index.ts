/** Node adapters of gatos-core's ports: what it exports is listed here by name. */
export { systemClock, systemRandom } from './clock.js';
export { loadEngine, loadEngineWasm } from './fold/index.js';
export {
  type CheckedRefStore,
  type GitResult,
  type GitRun,
  type NativeBackend,
  type NativeOptions,
  openNativeBackend,
  openNativeRanges,
  type RangeOptions,
  type RefWatch,
  runGit,
  type WatchRefsOptions,
  watchRefs,
} from './git/index.js';
export { sha1, sha256 } from './hash.js';
export {
  type AgentIdentity,
  agentSigner,
  createOwnKey,
  type IdentityEnvironment,
  keyDirectory,
  listAgentKeys,
  listOwnKeys,
  loadPublicKey,
  loadSigner,
  type NewOwnKey,
  nativeEngine,
  type OwnKeyInfo,
  type OwnKeyListing,
  ownKeyPath,
  type PublicKeyRequest,
  type SignerRequest,
} from './identity/index.js';
export { type FileKeyIndex, fileKeyIndex } from './journal/index.js';
export { type Attempt, type SystemFaults, type SystemWords, systemFaults } from './system-faults.js';
export { loadWasmZstd, loadZstd, type Zstd } from './zstd.js';
