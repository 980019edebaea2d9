/**
 * Identity in Node: the native signature engine, and where secret keys live (own key files, OpenSSH private keys, ssh-agent).
 * Loading this folder loads node's built-ins and the core; bcrypt and sockets are loaded when a key asks for them.
 */

export type { AgentIdentity } from './agent-protocol.js';
export { type IdentityEnvironment, keyDirectory, ownKeyPath } from './key-directory.js';
export { loadPublicKey, type PublicKeyRequest } from './load-public-key.js';
export { loadSigner, type SignerRequest } from './load-signer.js';
export { nativeEngine } from './native-engine.js';
export { createOwnKey, listOwnKeys, type NewOwnKey, type OwnKeyInfo, type OwnKeyListing } from './own-key-store.js';
export type { ScryptCost } from './sealed-secret.js';
export {
  type AgentOptions,
  type AgentPatience,
  type AgentSignerOptions,
  agentSigner,
  listAgentKeys,
} from './ssh-agent.js';
