/** What the API stands on, of a repository. */
import type { ChunkStore } from '../chunks/index.js';
import { chunkStoreOf } from '../chunks/index.js';
import type { Workspace } from '../workspace.js';
import { aboutOf, isRevokedIn } from './agent-service.js';
import { blobFacts, blobProof, openBytes } from './blob-service.js';
import { CallService, type CallSettings } from './call-service.js';
import { CapabilityService } from './capability-service.js';
import { LedgerService } from './ledger-service.js';
import type { Services } from './services.js';

export interface ServicesRequest extends CallSettings {
  readonly workspace: Workspace;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the program that serves. */
  readonly version: string;
}

export function servicesOf({ workspace, env, version, leaseMs, waitMs, onToolLog }: ServicesRequest): Services {
  const chunks: ChunkStore = chunkStoreOf(workspace);
  const calls = new CallService(workspace, env, { leaseMs, waitMs, onToolLog });
  const ledger = new LedgerService(workspace);
  const capabilities = new CapabilityService(workspace);
  return {
    about: async () => ({ version, ...(await aboutOf(workspace)) }),
    isRevoked: async (actor) => isRevokedIn(await workspace.repository.trust(), actor),
    chunks,
    blob: (cid) => blobFacts(workspace, cid),
    openBlob: (cid, signal) => openBytes(workspace, cid, signal),
    blobProof: (cid, chunk) => blobProof(workspace, cid, chunk),
    mayUse: (capability, actor) => capabilities.mayUse(capability, actor),
    call: (request, options) => calls.call(request, options),
    effects: (query) => ledger.page(query),
    effect: (id) => ledger.effect(id),
    receipt: (id) => ledger.receipt(id),
    capability: (id) => capabilities.view(id),
    checkCapability: (id, query) => capabilities.check(id, query),
    close: () => calls.close(),
  };
}
