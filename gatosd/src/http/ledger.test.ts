/** The ledger as the API reads it: no more shards than a page needs, and a receipt that was given stays to be had. */
import {
  effectShard,
  formatHex,
  type GitBackend,
  idempotencyId,
  type Oid,
  refOfChain,
  resolveEffect,
} from 'gatos-core';
import { RECEIPT, structJson } from 'gatos-core/mythos';
import { EffectsWorld } from 'gatos-core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../workspace.js';
import { LedgerService } from './ledger-service.js';

const [ALICE, BOB] = ['user:alice', 'user:bob'] as const;

/** A backend that says which shards were asked for. */
function watched(backend: GitBackend): { readonly workspace: Workspace; readonly asked: Set<string> } {
  const asked = new Set<string>();
  const refs = new Proxy(backend.refs, {
    get: (target, name) => {
      const found = Reflect.get(target, name) as unknown;
      if (typeof found !== 'function') return found;
      return (...args: unknown[]) => {
        if (name === 'read') asked.add(String(args[0]).split('/').slice(-1).join());
        return (found as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  // Only the backend is looked at.
  return { workspace: { backend: { ...backend, refs } } as unknown as Workspace, asked };
}

/** The id of a new effect that stands in the shard of another one. */
async function sameShard(world: EffectsWorld, id: string): Promise<string> {
  for (let i = 0; ; i++) {
    const call = world.call(ALICE, { key: `k${i}` });
    const made = formatHex(idempotencyId(call.def.tool_id, call.key));
    if (made[0] !== id[0]) continue;
    await world.done(ALICE, { key: `k${i}` });
    return made;
  }
}

interface Page {
  readonly effects: readonly { readonly id: string }[];
  readonly next: string | null;
}

describe('the ledger', () => {
  let world: EffectsWorld;
  const ids: string[] = [];
  beforeAll(async () => {
    world = await EffectsWorld.open();
    for (let i = 0; i < 24; i++) {
      const { effect } = await world.done(ALICE, { key: `k${i}` });
      ids.push(formatHex(effect.body.id));
    }
    ids.sort();
  });

  it('comes in pages for which no more shards are read than they hold', async () => {
    const { workspace, asked } = watched(world.backend);
    const ledger = new LedgerService(workspace);
    const first = (await ledger.page({ limit: 1 })) as unknown as Page;
    expect(first.effects.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    const digit = (id: string | undefined): number => Number.parseInt(id?.[0] ?? '', 16);
    expect(asked.size).toBeLessThanOrEqual(digit(ids[1]) + 1);
    asked.clear();
    const last = (await ledger.page({ cursor: ids.at(-2), limit: 10 })) as unknown as Page;
    expect(last.effects.map(({ id }) => id)).toEqual(ids.slice(-1));
    expect([...asked].every((shard) => digit(shard) >= digit(ids.at(-2)))).toBe(true);
    const all: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = (await ledger.page({ cursor, limit: 5 })) as unknown as Page;
      all.push(...page.effects.map(({ id }) => id));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(all).toEqual(ids);
  });

  it('is read anew when another history stands in place of its own, as when diverged ledgers were settled', async () => {
    const own = await EffectsWorld.open();
    const { refs } = own.backend;
    const { effect } = await own.done(ALICE, { key: 'theirs and ours' });
    const ref = refOfChain(effectShard(effect.body.id));
    const theirs = (await refs.read(ref)) as Oid;
    const ledger = new LedgerService(watched(own.backend).workspace);
    const listed = async () => ((await ledger.page({ limit: 100 })) as unknown as Page).effects.map(({ id }) => id);
    const here = formatHex(effect.body.id);
    const alone = await sameShard(own, here);
    expect(await listed()).toEqual([here, alone].sort());
    const ours = (await refs.read(ref)) as Oid;
    await refs.transaction([{ name: ref, expected: ours, next: theirs }]);
    expect(await listed()).toEqual([here]);
    await refs.transaction([{ name: ref, expected: theirs, next: null }]);
    expect(await listed()).toEqual([]);
    await refs.transaction([{ name: ref, expected: null, next: ours }]);
    expect(await listed()).toEqual([here, alone].sort());
  });

  it('gives the receipt that was asked for, also when a resolution has put its outcome away', async () => {
    const before = await world.done(ALICE, { key: 'resolved' });
    const first = before.effect.outcome?.receipt;
    await expect(world.open(BOB, { key: 'resolved', body: 'other' })).rejects.toMatchObject({
      code: 'effects/idempotency-conflict',
    });
    const { id } = before.effect.body;
    const grant = await world.granted(id);
    await resolveEffect(world.ports, { ...(await world.as(ALICE)), id, as: 'discard', grant, why: 'a slip' });
    const ledger = new LedgerService(watched(world.backend).workspace);
    const receiptOf = async (receipt: typeof first) => {
      const { json } = await ledger.receipt(formatHex(receipt?.receipt_id ?? new Uint8Array()));
      return (json as { receipt: unknown }).receipt;
    };
    expect(first && (await receiptOf(first))).toEqual(first && structJson(RECEIPT, first));
  });
});
