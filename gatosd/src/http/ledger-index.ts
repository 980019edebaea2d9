/** Which effects there are, and which receipt is the outcome of which: read once, then only what is new. */
import {
  compareText,
  decode,
  EFFECT_CHAINS,
  formatHex,
  type GitBackend,
  type Oid,
  readChain,
  recordBytes,
  refOfChain,
  type Value,
} from 'gatos-core';
import { decodeStruct, RECEIPT } from 'gatos-core/mythos';

export interface LedgerRow {
  /** Idempotency id, in hexadecimal. */
  readonly id: string;
  /** Id of the tool, in hexadecimal. */
  readonly tool: string;
}

/** What is looked at of the body of a record. */
interface Looked {
  readonly id?: unknown;
  readonly tool?: unknown;
  readonly outcome?: { readonly receipt?: unknown } | null;
}

const LOOSE_KIND = 'effect.receipt';

export class LedgerIndex {
  readonly #heads = new Map<string, Oid>();
  readonly #rows = new Map<string, LedgerRow>();
  readonly #receipts = new Map<string, string>();
  #sorted: readonly LedgerRow[] | null = null;
  /** One reader at a time: two would read the same twice. */
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly backend: GitBackend) {}

  /** Effects whose id comes after this one, in order. */
  async after(id: string, { tool }: { readonly tool?: string | undefined }): Promise<readonly LedgerRow[]> {
    await this.#refresh();
    this.#sorted ??= [...this.#rows.values()].sort((a, b) => compareText(a.id, b.id));
    return this.#sorted.filter((row) => row.id > id && (tool === undefined || row.tool === tool));
  }

  /** The idempotency id of which this receipt is the outcome, or null. */
  async effectOfReceipt(receipt: string): Promise<string | null> {
    await this.#refresh();
    return this.#receipts.get(receipt) ?? null;
  }

  #refresh(): Promise<void> {
    const read = async (): Promise<void> => {
      for (const chain of EFFECT_CHAINS) await this.#read(chain);
    };
    this.#reading = this.#reading.then(read, read);
    return this.#reading;
  }

  async #read(chain: string): Promise<void> {
    const head = await this.backend.refs.read(refOfChain(chain));
    const after = this.#heads.get(chain);
    if (head === null || head === after) return;
    for await (const batch of readChain(this.backend, { head, after })) {
      for (const { envelope } of batch) {
        if (envelope.kind === LOOSE_KIND) continue;
        for (let i = 0; i < envelope.count; i++) this.#add(decode(recordBytes(envelope, i)));
      }
    }
    this.#heads.set(chain, head);
  }

  #add(body: Value): void {
    const { id, tool, outcome } = body as Looked;
    if (!(id instanceof Uint8Array) || !(tool instanceof Uint8Array)) return;
    const row = { id: formatHex(id), tool: formatHex(tool) };
    if (!this.#rows.has(row.id)) {
      this.#rows.set(row.id, row);
      this.#sorted = null;
    }
    const receipt = outcome?.receipt;
    if (receipt instanceof Uint8Array) this.#receipts.set(formatHex(decodeStruct(RECEIPT, receipt).receipt_id), row.id);
  }
}
