/** Which effects there are, and which receipt is the outcome of which: each shard is read when it is needed, then only what is new. */
import {
  compareText,
  decode,
  EFFECT_CHAINS,
  formatHex,
  type GitBackend,
  isGatosError,
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

/** What is known of one shard. */
interface Shard {
  readonly chain: string;
  head: Oid | null;
  readonly rows: Map<string, LedgerRow>;
  /** Idempotency ids by the ids of receipts. */
  readonly receipts: Map<string, string>;
  /** In the order of ids; null when there are new ones. */
  sorted: readonly LedgerRow[] | null;
}

export class LedgerIndex {
  /** In the order of the ids that they hold: the name of each ends in the first digit of these. */
  readonly #shards: readonly Shard[];
  /** One reader at a time: two would read the same twice. */
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly backend: GitBackend) {
    this.#shards = EFFECT_CHAINS.map((chain) => ({
      chain,
      head: null,
      rows: new Map(),
      receipts: new Map(),
      sorted: null,
    }));
  }

  /** Effects whose id comes after this one, in order. Shards before it are not read, nor those after the one where the caller stops. */
  async *after(
    id: string,
    { tool }: { readonly tool?: string | undefined },
  ): AsyncGenerator<LedgerRow, void, undefined> {
    for (const shard of this.#shards) {
      if (shard.chain.slice(-1) < id.slice(0, 1)) continue;
      await this.#refresh(shard);
      shard.sorted ??= [...shard.rows.values()].sort((a, b) => compareText(a.id, b.id));
      for (const row of shard.sorted) if (row.id > id && (tool === undefined || row.tool === tool)) yield row;
    }
  }

  /** The idempotency id of which this receipt was the outcome, or null. The ledger has no index of them: shards are read until one has it. */
  async effectOfReceipt(receipt: string): Promise<string | null> {
    const known = this.#shards.find(({ receipts }) => receipts.has(receipt));
    if (known !== undefined) return known.receipts.get(receipt) ?? null;
    for (const shard of this.#shards) {
      await this.#refresh(shard);
      const found = shard.receipts.get(receipt);
      if (found !== undefined) return found;
    }
    return null;
  }

  #refresh(shard: Shard): Promise<void> {
    const read = (): Promise<void> => this.#read(shard);
    this.#reading = this.#reading.then(read, read);
    return this.#reading;
  }

  async #read(shard: Shard): Promise<void> {
    const head = await this.backend.refs.read(refOfChain(shard.chain));
    if (head === shard.head) return;
    if (head === null) return forget(shard);
    try {
      await this.#follow(shard, head);
    } catch (error) {
      if (shard.head === null || !isGatosError(error, 'git/not-linear')) throw error;
      // Ledgers that diverged are settled by taking another history for one's own.
      forget(shard);
      await this.#follow(shard, head);
    }
  }

  async #follow(shard: Shard, head: Oid): Promise<void> {
    for await (const batch of readChain(this.backend, { head, after: shard.head ?? undefined })) {
      for (const { envelope } of batch) {
        if (envelope.kind === LOOSE_KIND) continue;
        for (let i = 0; i < envelope.count; i++) this.#add(shard, decode(recordBytes(envelope, i)));
      }
    }
    shard.head = head;
  }

  #add(shard: Shard, body: Value): void {
    const { id, tool, outcome } = body as Looked;
    if (!(id instanceof Uint8Array) || !(tool instanceof Uint8Array)) return;
    const row = { id: formatHex(id), tool: formatHex(tool) };
    if (!shard.rows.has(row.id)) {
      shard.rows.set(row.id, row);
      shard.sorted = null;
    }
    const receipt = outcome?.receipt;
    if (receipt instanceof Uint8Array) shard.receipts.set(formatHex(decodeStruct(RECEIPT, receipt).receipt_id), row.id);
  }
}

function forget(shard: Shard): void {
  shard.head = null;
  shard.rows.clear();
  shard.receipts.clear();
  shard.sorted = null;
}
