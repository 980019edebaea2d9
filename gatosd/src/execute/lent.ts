/** The capabilities of a run: those that were lent to it, checked when they are asked for, and again for every use. */
import {
  CapabilityMemo,
  type CapabilityRequest,
  type CheckedCapability,
  capabilityLog,
  checkCapability,
  formatHex,
  type HeldCapability,
  type IrHeldCapability,
} from 'gatos-core';
import { agentOf, SCOPE_KIND, type ScopeKind } from 'gatos-core/mythos';
import type { Workspace } from '../workspace.js';
import { executeError } from './errors.js';

export class LentCapabilities {
  readonly #workspace: Workspace;
  readonly #lent: ReadonlySet<string>;
  readonly #source: ReturnType<typeof capabilityLog>;
  readonly #memo = new CapabilityMemo();

  /** `lent`: ids in hexadecimal. */
  constructor(workspace: Workspace, lent: readonly string[]) {
    this.#workspace = workspace;
    this.#lent = new Set(lent.map((id) => id.toLowerCase()));
    this.#source = capabilityLog(workspace.backend);
  }

  /** Throws `execute/not-lent`, `execute/denied`. */
  async require(id: Uint8Array): Promise<IrHeldCapability> {
    return { id, kind: (await this.scopeOf(id)).kind as ScopeKind };
  }

  /** The scope of one that was required before. */
  async scopeOf(id: Uint8Array): Promise<HeldCapability['capability']['scope']> {
    const [held] = (await this.#check(id)).chain;
    if (held === undefined) throw executeError('denied', { capability: formatHex(id), checks: [] });
    return held.capability.scope;
  }

  /** The first of these that covers the request. Throws `execute/denied` with what the first one lacks. */
  async use(held: readonly IrHeldCapability[], request: CapabilityRequest, idem: Uint8Array): Promise<string> {
    let first: unknown;
    for (const { id, kind } of held) {
      if (kind !== SCOPE_KIND[request.kind]) continue;
      try {
        await this.#check(id, request, idem);
        return formatHex(id);
      } catch (error) {
        first ??= error;
      }
    }
    throw first ?? executeError('denied', { capability: 'none', checks: [] });
  }

  async #check(id: Uint8Array, request?: CapabilityRequest, idem?: Uint8Array): Promise<CheckedCapability> {
    const hex = formatHex(id);
    if (!this.#lent.has(hex)) throw executeError('not-lent', { capability: hex, lent: this.#lent.size });
    const { repository, engine } = this.#workspace;
    const { signer, trust } = await repository.writer();
    const checked = await checkCapability(
      { source: this.#source, engine, memo: this.#memo },
      {
        capability: { id: hex },
        agent: agentOf(signer.key),
        now: Math.floor(repository.ports.clock.now()),
        trust,
        request,
        idem,
      },
    );
    if (checked.report.outcome === 'pass') return checked;
    const checks = checked.report.checks.filter(({ outcome }) => outcome !== 'pass');
    throw executeError('denied', {
      capability: hex,
      checks: checks.map(({ name, detail }) => ({ name, detail })),
    });
  }
}
