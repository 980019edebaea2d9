/** Capabilities of the repository as they stand now. */
import { type Amounts, capabilityLog, type ListedCapability, listCapabilities } from 'gatos-core';
import type { Context } from '../../context.js';
import type { CapabilityNow } from '../../view/capability.js';

export interface Standing {
  readonly all: readonly ListedCapability[];
  /** How each stands; what was used is looked up when it is asked for. */
  now(listed: ListedCapability): Promise<CapabilityNow>;
}

export async function capabilitiesNow(context: Context): Promise<Standing> {
  const { repository } = await context.openRepository();
  const { backend, ports } = repository;
  const { state: trust } = await repository.trust();
  const log = capabilityLog(backend);
  const now = Math.floor(ports.clock.now());
  return {
    all: await listCapabilities(backend, { signal: context.signal }),
    now: async (listed) => {
      const root = listed.parents.at(-1)?.hex ?? listed.held.hex;
      const used: Amounts = await log.used(root, listed.held.hex);
      return { listed, used, now, trust };
    },
  };
}
