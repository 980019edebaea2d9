/** One proof by itself, recomputed from the first record: when it does not hold, the checkpoints before it tell where it departs. */
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { Cid } from '../codec/index.js';
import { utf8 } from '../kernel/index.js';
import { type Checkpoint, newestCheckpoint, readCheckpoint, verifyProof } from './index.js';

const sandbox = await loadEngine();
const SOURCE = 'export function fold(state, { payload }) { return { sum: (state.sum ?? 0) + payload.n }; }';
const OTHER = Cid.hash('dag-cbor', utf8('something else'));

/** Checkpoints after 600, 1300 and 1301 events. */
async function world(): Promise<FoldWorld> {
  const made = await FoldWorld.open({ sandbox, actors: ['user:alice', 'user:bob'] });
  for (const size of [600, 700, 1]) {
    await made.emit(
      'user:alice',
      Array.from({ length: size }, (_, n) => ({ payload: { n } })),
    );
    await made.fold(made.bundle(SOURCE));
  }
  return made;
}

async function verifyNewest({ backend }: FoldWorld) {
  const checkpoint = await newestCheckpoint(backend, 'test');
  const [parent] = checkpoint.entry.commit.parents;
  const prevState = parent === undefined ? null : (await readCheckpoint(backend, parent)).body.state_root;
  const ports = { backend, sandbox: async () => sandbox };
  return verifyProof(ports, { checkpoint, previous: null, prevState });
}

const madeUp = (body: Checkpoint): Checkpoint => ({ ...body, state_root: OTHER });

describe('a proof by itself', () => {
  it('that holds gives its body and the place to go on from', async () => {
    const made = await world();
    const { body, base } = await verifyNewest(made);
    expect([body.events, base.events]).toEqual([1301, 1024]);
  });

  it('that does not names the event at which it departs from the one before', async () => {
    const made = await world();
    await made.forge('test', { body: madeUp });
    await expect(verifyNewest(made)).rejects.toMatchObject({
      code: 'fold/proof-mismatch',
      hint: expect.stringMatching(/^they depart at event 1300 \(`bafy/),
      data: {
        field: 'state_root',
        claimed: String(OTHER),
        verified_events: 1300,
        departure: { agrees_after: 1300, differs_after: 1301, event: expect.stringMatching(/^bafy/) },
      },
    });
  });

  it('that does not, after one that does not either: from the last that held', async () => {
    const made = await world();
    const { entry } = await newestCheckpoint(made.backend, 'test');
    await made.rewind('state/test', { entry });
    await made.forge('test', { body: madeUp });
    await made.emit('user:alice', [{ payload: { n: 1 } }]);
    await made.fold(made.bundle(SOURCE), { actor: 'user:bob' });
    await made.forge('test', { body: (body) => ({ ...body, gas_used: body.gas_used + 1 }) });
    await expect(verifyNewest(made)).rejects.toMatchObject({
      data: { field: 'gas_used', verified_events: 600, departure: { agrees_after: 1024, differs_after: 1302 } },
    });
  });

  it('that claims what is known without folding: how far those before it hold', async () => {
    const made = await world();
    await made.forge('test', { body: (body) => ({ ...body, fold_version: 7 }) });
    await expect(verifyNewest(made)).rejects.toMatchObject({
      data: { field: 'fold_version', claimed: '7', computed: '1', verified_events: 1300 },
    });
  });
});
