/** May this call be made? The capability that is named, or the one that suits among those that were issued. */
import {
  CapabilityMemo,
  type CapabilityRequest,
  type CapabilitySource,
  type CheckedCapability,
  capabilityLog,
  checkCapability,
  compareText,
  formatKey,
  type GitBackend,
  type ListedCapability,
  listCapabilities,
  type SignatureEngine,
  type Writer,
} from 'gatos-core';
import { agentOf } from 'gatos-core/mythos';
import { gatewayError, type ToldCheck } from './errors.js';

export interface AuthorityRequest {
  readonly writer: Writer;
  /** µs since the epoch. */
  readonly now: number;
  readonly tool: { readonly name: string; readonly id: Uint8Array };
  readonly request: CapabilityRequest;
  /** Which use this is, 32 bytes. */
  readonly idem: Uint8Array;
  /** Id in hexadecimal; absent: one that suits is looked for. */
  readonly capability?: string | undefined;
}

/** ToolCall (RFC-MYTHOS-0001, kinds of capabilities). */
const TOOL_CALL = 5;

/** Checks capabilities, and remembers what does not change. */
export class Authority {
  readonly #memo = new CapabilityMemo();
  readonly #source: CapabilitySource;
  #known: { readonly heads: string; readonly all: readonly ListedCapability[] } | null = null;

  constructor(private readonly ports: { readonly backend: GitBackend; readonly engine: SignatureEngine }) {
    this.#source = capabilityLog(ports.backend);
  }

  /** The capability that allows the call, the root last. Throws `gateway/denied` with every check, `gateway/no-capability`. */
  async require(request: AuthorityRequest): Promise<CheckedCapability['chain']> {
    const { capability, tool, writer } = request;
    if (capability !== undefined) return passedOrDenied(await this.#check(capability, request), request, capability);
    const suitable = await this.#suitable(request);
    let first: { readonly id: string; readonly checked: CheckedCapability } | null = null;
    for (const id of suitable) {
      const checked = await this.#check(id, request);
      if (checked.report.outcome === 'pass') return checked.chain;
      first ??= { id, checked };
    }
    if (first !== null) return passedOrDenied(first.checked, request, first.id);
    const key = formatKey(writer.signer.key);
    throw gatewayError('no-capability', { tool: tool.name, key });
  }

  #check(id: string, { writer, now, request, idem }: AuthorityRequest): Promise<CheckedCapability> {
    const ports = { source: this.#source, engine: this.ports.engine, memo: this.#memo };
    const agent = agentOf(writer.signer.key);
    return checkCapability(ports, { capability: { id }, agent, now, trust: writer.trust, request, idem });
  }

  /** Those for this key and this tool, the one that ends first first. */
  async #suitable({ writer, tool }: AuthorityRequest): Promise<readonly string[]> {
    const mine = (await this.#listed()).filter(({ held: { capability, scope }, revocation }) => {
      if (revocation !== null || scope === null || scope.kind !== TOOL_CALL) return false;
      const { key } = capability.subject;
      return same(key, writer.signer.key) && same(scope.scope.tool_id, tool.id);
    });
    const ends = ({ held }: ListedCapability) => held.capability.expires_at;
    mine.sort((a, b) => (ends(a) === ends(b) ? compareText(a.held.hex, b.held.hex) : ends(a) < ends(b) ? -1 : 1));
    return mine.map(({ held }) => held.hex);
  }

  async #listed(): Promise<readonly ListedCapability[]> {
    const { backend } = this.ports;
    const heads = await this.#source.heads();
    if (this.#known?.heads !== heads) this.#known = { heads, all: await listCapabilities(backend) };
    return this.#known.all;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function passedOrDenied(
  { report, chain }: CheckedCapability,
  { tool }: AuthorityRequest,
  capability: string,
): CheckedCapability['chain'] {
  if (report.outcome === 'pass') return chain;
  const checks = report.checks.map(({ name, outcome, detail }): ToldCheck => ({ name, outcome, detail }));
  throw gatewayError('denied', { tool: tool.name, capability, checks });
}
