/** Records of effects that no honest gateway writes: signed and in their place, and wrong in one point. */
import { append, type Draft, draftIndexed, type IndexedKind } from '../src/chain/index.js';
import {
  COMMIT_KIND,
  DIVERGENCE_KIND,
  EFFECTS_RULE,
  type Effect,
  ENDED_KIND,
  type Entry,
  type LooseReceipt,
  RECEIPT_KIND,
  REGISTER_KIND,
  RESOLVED_KIND,
  readEffect,
  shardOf,
} from '../src/effects/index.js';
import {
  agentOf,
  DIVERGENCE_MARK,
  type DivergenceMark,
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  type EffectCommit,
  type EffectRegister,
  encodeStruct,
  RECEIPT,
  type Receipt,
  sealStruct,
} from '../src/mythos/index.js';
import { requestBy } from '../src/trust/index.js';
import type { EffectsWorld } from './effects-world.js';
import { SEEDS } from './governance-world.js';
import { testSigner } from './hand-made.js';

export const FORGED = {
  register: REGISTER_KIND,
  ended: ENDED_KIND,
  commit: COMMIT_KIND,
  divergence: DIVERGENCE_KIND,
  resolved: RESOLVED_KIND,
} as const;

export type Forgery = Partial<Omit<Entry, 'replaces'>>;

/** Records a body on top of what stands, whatever the state machine says. Throws for what is no body of its kind. */
export async function forge(
  world: EffectsWorld,
  {
    by,
    kind,
    id,
    body,
    seen = 0,
    files,
  }: {
    by: string;
    kind: keyof typeof FORGED;
    id: Uint8Array;
    body: Forgery;
    seen?: number;
    files?: Draft['files'];
  },
): Promise<void> {
  const standing: Effect | null = await readEffect(world.backend, id);
  const full = { ...standing?.body, id, ...body, replaces: standing?.cid ?? null } as Entry;
  await record(world, { by, kind: FORGED[kind], body: full, expected: full.replaces, seen, files });
}

export async function forgeReceipt(world: EffectsWorld, by: string, body: LooseReceipt): Promise<void> {
  await record(world, { by, kind: RECEIPT_KIND, body, expected: null, seen: 0 });
}

interface Recording<T extends { readonly id: Uint8Array }> {
  readonly by: string;
  readonly kind: IndexedKind<T>;
  readonly body: T;
  readonly expected: Entry['replaces'];
  /** Clock after which it stands. */
  readonly seen: number;
  /** What is attached. */
  readonly files?: Draft['files'] | undefined;
}

async function record<T extends { readonly id: Uint8Array }>(
  world: EffectsWorld,
  { by, kind, body, expected, seen, files }: Recording<T>,
): Promise<void> {
  const chain = shardOf(body.id);
  const records = [{ body, expected, ...(files === undefined ? {} : { files }) }];
  const prepare = async (head: { readonly oid: string } | null) =>
    (await draftIndexed(world.backend, { chain, head }, [{ kind, records }])).drafts;
  await append(world.ports, requestBy(await world.as(by), { chain, rule: EFFECTS_RULE, prepare, seen: () => seen }));
}

const signerOf = (actor: string) => testSigner(SEEDS[actor] ?? 99);

/** The struct, changed and signed by somebody. */
export async function resealed(
  { register }: Pick<Effect, 'register'>,
  by: string,
  change: Partial<EffectRegister> = {},
): Promise<Uint8Array> {
  const { signature: _, ...draft } = { ...register, owner: agentOf(signerOf(by).key), ...change };
  return encodeStruct(EFFECT_REGISTER, await sealStruct(EFFECT_REGISTER, draft, signerOf(by)));
}

export async function receiptBy(by: string, change: Partial<Receipt>): Promise<Receipt> {
  const { signature: _, receipt_id: __, ...draft } = { signer: agentOf(signerOf(by).key), ...change };
  return sealStruct(RECEIPT, draft, signerOf(by));
}

export async function commitBy(by: string, receipt: Receipt, change: Partial<EffectCommit>): Promise<Uint8Array> {
  const draft = {
    tool_id: receipt.tool_id,
    request_hash: receipt.request_hash,
    response_hash: receipt.response_hash,
    receipt_id: receipt.receipt_id,
    status: receipt.status,
    time_observed: receipt.time_observed,
    ...change,
  };
  return encodeStruct(EFFECT_COMMIT, await sealStruct(EFFECT_COMMIT, draft, signerOf(by)));
}

export async function markBy(by: string, draft: Omit<DivergenceMark, 'signature'>): Promise<Uint8Array> {
  return encodeStruct(DIVERGENCE_MARK, await sealStruct(DIVERGENCE_MARK, draft, signerOf(by)));
}

export const receiptBytes = (receipt: Receipt): Uint8Array => encodeStruct(RECEIPT, receipt);
