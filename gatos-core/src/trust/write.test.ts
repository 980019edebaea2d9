import { beforeEach, describe, expect, it } from 'vitest';
import { HandMade, testSigner } from '../../testing/hand-made.js';
import { seededRandom, steppingClock, withFaults } from '../../testing/index.js';
import { decodeEnvelope, decodeSigned, encodeSigned, readEntry, refOfChain, signAll } from '../chain/index.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { type GitBackend, gitError, memoryBackend } from '../git/index.js';
import { nobleEngine, type Signer } from '../identity/index.js';
import { EXIT, exitOfReport, LIMITS, report } from '../kernel/index.js';
import {
  applyPending,
  CHANGE_KIND,
  found,
  GENESIS_KIND,
  type Genesis,
  openTrust,
  pendingChange,
  proposeChange,
  signChange,
  TRUST_CHAIN,
  type TrustChange,
  type TrustWriterPorts,
  verifyTrust,
} from './index.js';

const [alice, bob, carol] = [1, 2, 3].map(testSigner) as [Signer, Signer, Signer];
const second = testSigner(11);
const stranger = testSigner(99);
const engine = nobleEngine();
const TRUST = refOfChain(TRUST_CHAIN);

let ports: TrustWriterPorts;

function portsOn(backend: GitBackend): TrustWriterPorts {
  return { backend, engine, clock: steppingClock({ start: 1_700_000_000_000_000, step: 1 }), random: seededRandom(1) };
}

beforeEach(() => {
  ports = portsOn(memoryBackend());
});

const founded = () => found(ports, { profile: 'default', actor: 'user:alice', signer: alice });
const propose = (changes: readonly [TrustChange, ...TrustChange[]], signer = alice, actor = 'user:alice') =>
  proposeChange(ports, { actor, signer, changes });

/** Changes that one signature is enough for. */
async function alone(...changes: [TrustChange, ...TrustChange[]]) {
  return applyPending(ports, (await propose(changes)).bytes);
}

const ADD_BOB: TrustChange = { op: 'add-key', actor: 'user:bob', key: bob.key };
const ADD_CAROL: TrustChange = { op: 'add-key', actor: 'user:carol', key: carol.key };
const ADD_SECOND: TrustChange = { op: 'add-key', actor: 'user:alice', key: second.key };
const GROUP: TrustChange = { op: 'set-group', name: 'leads', members: ['user:alice'] };

/** Alice (two keys), Bob and Carol, two of whom it takes. */
async function twoOfThree() {
  await founded();
  const roots = ['user:alice', 'user:bob', 'user:carol'];
  await alone(ADD_SECOND, ADD_BOB, ADD_CAROL, { op: 'set-roots', roots, threshold: 2 });
}

const stateNow = async () => (await openTrust(ports)).state;

describe('founding', () => {
  it('makes a genesis whose CID is the repository, by one root', async () => {
    const history = await founded();
    const { envelope } = await readEntry(ports.backend, history.head.oid);
    expect(history.repo.equals(envelope.cid)).toBe(true);
    expect([envelope.repo, envelope.clock, envelope.kind]).toEqual([null, 1, GENESIS_KIND.kind]);
    expect(history.state).toMatchObject({ profile: 'default', threshold: 1, roots: ['user:alice'] });
    const { verdict } = await verifyTrust(ports);
    expect(verdict.checks.every(({ outcome }) => outcome === 'pass')).toBe(true);
  });

  it('gives two repositories of one person two names', async () => {
    const first = await founded();
    const other = await found(
      { ...portsOn(memoryBackend()), random: seededRandom(2) },
      { profile: 'default', actor: 'user:alice', signer: alice },
    );
    expect(first.repo.equals(other.repo)).toBe(false);
  });

  it('happens once, and once among 16 who try at the same time', async () => {
    const history = await founded();
    await expect(founded()).rejects.toMatchObject({
      code: 'trust/exists-already',
      exit: 16,
      data: { repo: String(history.repo) },
    });
    const shared = memoryBackend();
    const random = seededRandom(5);
    const tries = Array.from({ length: 16 }, (_, i) => {
      const backend = withFaults(shared, () => ({ kind: 'delay', turns: random.below(4) }));
      return found(
        { ...portsOn(backend), random: seededRandom(i) },
        { profile: 'default', actor: `user:p${i}`, signer: testSigner(i + 1) },
      ).then(
        () => 'founded',
        ({ code }: { code: string }) => code,
      );
    });
    const outcomes = await Promise.all(tries);
    expect(outcomes.sort()).toEqual(
      [...new Array(1).fill('founded'), ...new Array(15).fill('trust/exists-already')].sort(),
    );
  });

  it('refuses a key that cannot be registered, and writes nothing', async () => {
    const weak: Signer = { ...alice, key: new Uint8Array(32).fill(0, 1) };
    await expect(found(ports, { profile: 'default', actor: 'user:alice', signer: weak })).rejects.toMatchObject({
      code: 'trust/bad-change',
    });
    expect(await ports.backend.refs.read(TRUST)).toBeNull();
  });

  it('is asked for where there is no trust chain', async () => {
    await expect(openTrust(ports)).rejects.toMatchObject({ code: 'trust/no-genesis', exit: EXIT.missing });
    await expect(propose([GROUP])).rejects.toMatchObject({ code: 'trust/no-genesis' });
  });
});

describe('a clone that pinned its genesis', () => {
  it('takes that one, and refuses another one', async () => {
    const { repo } = await founded();
    await alone(GROUP);
    expect((await openTrust(ports, { pin: repo })).state.groups.has('leads')).toBe(true);
    const other = Cid.hash('dag-cbor', encode('another genesis'));
    for (const open of [() => openTrust(ports, { pin: other }), () => openTrust({ ...ports, pin: other })])
      await expect(open()).rejects.toMatchObject({
        code: 'trust/other-genesis',
        exit: EXIT.mismatch,
        data: { pinned: String(other), found: String(repo) },
      });
    const { verdict, history } = await verifyTrust(ports, { pin: other });
    expect([verdict.checks[0]?.name, verdict.checks[0]?.outcome, history]).toEqual(['envelope', 'fail', null]);
    await expect(
      proposeChange({ ...ports, pin: other }, { actor: 'user:alice', signer: alice, changes: [GROUP] }),
    ).rejects.toMatchObject({
      code: 'trust/other-genesis',
    });
  });

  it('is not deceived by a chain that names the pinned one from another start', async () => {
    const { repo } = await founded();
    const elsewhere = portsOn(memoryBackend());
    await found({ ...elsewhere, random: seededRandom(9) }, { profile: 'default', actor: 'user:alice', signer: alice });
    const head = (await elsewhere.backend.refs.read(TRUST)) as string;
    const chain = handMade(elsewhere.backend);
    chain.oids.push(head);
    chain.envelopes.push((await readEntry(elsewhere.backend, head)).envelope);
    await chain.add({ kind: CHANGE_KIND as never, header: { repo }, bodies: [GROUP as Value] });
    for (const pin of [repo, undefined])
      await expect(openTrust(elsewhere, { pin })).rejects.toMatchObject({ code: 'chain/other-repository' });
  });

  it('reads the chain up to any commit of it', async () => {
    const { head } = await founded();
    await alone(GROUP);
    expect((await openTrust(ports, { head: head.oid })).state.groups.has('leads')).toBe(false);
  });
});

describe('a change alone', () => {
  it('is law at once, at a place above everything in the repository', async () => {
    await founded();
    await new HandMade({ chain: 'notes/alice', backend: ports.backend, clock: 40 }).addPlain(2);
    const { envelope } = await alone(GROUP, ADD_BOB);
    expect([envelope.clock, envelope.count]).toEqual([42, 2]);
    const state = await stateNow();
    expect(state.groups.get('leads')).toEqual(['user:alice']);
    expect([...state.keys.values()].find(({ actor }) => actor === 'user:bob')?.added).toBe(42);
  });

  it('that makes no sense is refused before it is signed', async () => {
    await founded();
    let signed = 0;
    const sign = (message: Uint8Array) => {
      signed += 1;
      return alice.sign(message);
    };
    const counting: Signer = { ...alice, sign };
    const add: TrustChange = { op: 'add-key', actor: 'user:bob', key: alice.key };
    await expect(propose([add], counting)).rejects.toMatchObject({ code: 'trust/bad-change', exit: EXIT.no });
    await expect(propose([{ op: 'set-group', name: 'NO', members: [] }], counting)).rejects.toMatchObject({
      code: 'codec/schema',
    });
    expect(signed).toBe(0);
  });

  it('is not proposed by who could never make it', async () => {
    await founded();
    await alone(ADD_BOB);
    await expect(propose([GROUP], stranger)).rejects.toMatchObject({ code: 'trust/unknown-key', exit: EXIT.untrusted });
    await expect(propose([GROUP], bob, 'user:bob')).rejects.toMatchObject({ code: 'trust/not-a-root' });
  });

  it('rotates a root key: the old one cannot sign any more, the new one can', async () => {
    await founded();
    const fresh = testSigner(21);
    await alone({ op: 'rotate-key', old: alice.key, key: fresh.key, reason: 'yearly' });
    await expect(propose([GROUP])).rejects.toMatchObject({ code: 'trust/revoked', exit: EXIT.expired });
    await applyPending(ports, (await propose([GROUP], fresh)).bytes);
    expect((await stateNow()).groups.has('leads')).toBe(true);
  });

  it('cannot lock everyone out', async () => {
    await founded();
    for (const change of [
      { op: 'set-roots', roots: ['user:nobody'], threshold: 1 },
      { op: 'set-roots', roots: ['user:alice'], threshold: 2 },
      { op: 'revoke-key', key: alice.key, reason: 'lost' },
    ] as TrustChange[])
      await expect(propose([change])).rejects.toMatchObject({ code: 'trust/bad-change' });
  });
});

describe('a change that takes two of three', () => {
  beforeEach(twoOfThree);

  it('is signed by one after the other, offline, and then made law by anybody', async () => {
    const pending = await propose([GROUP]);
    expect(pending.missing).toMatchObject({ code: 'trust/threshold', data: { have: ['user:alice'], need: 2 } });
    expect(pending.changes).toEqual([GROUP]);
    await expect(applyPending(ports, pending.bytes)).rejects.toMatchObject({
      code: 'trust/threshold',
      exit: EXIT.untrusted,
    });
    const signed = await signChange(ports, pending.bytes, carol);
    expect(signed.missing).toBeNull();
    expect(signed.cid.equals(pending.cid)).toBe(true);
    const { envelope } = await applyPending(ports, signed.bytes);
    expect(envelope.cid.equals(pending.cid)).toBe(true);
    expect((await stateNow()).groups.has('leads')).toBe(true);
    expect((await verifyTrust(ports)).verdict.fault).toBeNull();
  });

  it('is not carried by two keys of one of them', async () => {
    const pending = await propose([GROUP]);
    const signed = await signChange(ports, pending.bytes, second);
    expect(signed.missing).toMatchObject({ code: 'trust/threshold', data: { have: ['user:alice'] } });
    await expect(applyPending(ports, signed.bytes)).rejects.toMatchObject({ code: 'trust/threshold' });
    const three = await signChange(ports, signed.bytes, bob);
    await applyPending(ports, three.bytes);
    expect((await stateNow()).groups.has('leads')).toBe(true);
  });

  it('lowering the threshold takes the threshold as well', async () => {
    const roots = ['user:alice'];
    const pending = await propose([{ op: 'set-roots', roots, threshold: 1 }]);
    await expect(applyPending(ports, pending.bytes)).rejects.toMatchObject({ code: 'trust/threshold' });
    await applyPending(ports, (await signChange(ports, pending.bytes, bob)).bytes);
    await alone(GROUP);
    expect((await stateNow()).threshold).toBe(1);
  });

  it('needs the signature of the one in whose name it is', async () => {
    const pending = await proposeChange(ports, { actor: 'user:carol', signer: alice, changes: [GROUP] });
    const two = await signChange(ports, pending.bytes, bob);
    expect(two.missing).toMatchObject({ code: 'trust/actor-did-not-sign', data: { actor: 'user:carol' } });
    await expect(applyPending(ports, two.bytes)).rejects.toMatchObject({
      code: 'trust/actor-did-not-sign',
      exit: EXIT.untrusted,
    });
    expect((await signChange(ports, two.bytes, carol)).missing).toBeNull();
  });

  it('takes no signature twice, by a stranger, or by a key that is revoked', async () => {
    const pending = await propose([GROUP]);
    await expect(signChange(ports, pending.bytes, alice)).rejects.toMatchObject({ code: 'trust/bad-change' });
    await expect(signChange(ports, pending.bytes, stranger)).rejects.toMatchObject({ code: 'trust/unknown-key' });
    const revoke = await propose([{ op: 'revoke-key', key: carol.key, reason: 'lost' }]);
    const revoking = await signChange(ports, revoke.bytes, bob).catch((error: unknown) => error);
    expect(revoking).toMatchObject({ missing: null });
    await applyPending(ports, (revoking as { bytes: Uint8Array }).bytes);
    const later = await propose([GROUP]);
    await expect(signChange(ports, later.bytes, carol)).rejects.toMatchObject({
      code: 'trust/revoked',
      exit: EXIT.expired,
    });
    expect((await signChange(ports, later.bytes, bob)).missing).toBeNull();
  });

  it('is stale when another change came first', async () => {
    const [one, two] = [
      await propose([GROUP]),
      await propose([{ op: 'set-group', name: 'ops', members: ['user:bob'] }]),
    ];
    await applyPending(ports, (await signChange(ports, one.bytes, bob)).bytes);
    for (const late of [
      () => signChange(ports, two.bytes, bob),
      () => applyPending(ports, two.bytes),
      async () => pendingChange(await openTrust(ports), two.bytes),
    ])
      await expect(late()).rejects.toMatchObject({ code: 'trust/stale', exit: EXIT.conflict });
  });

  it('is stale when another one wins in the last moment', async () => {
    const pending = await signChange(ports, (await propose([GROUP])).bytes, bob);
    const rival = await signChange(
      ports,
      (await propose([{ op: 'set-group', name: 'ops', members: ['user:bob'] }])).bytes,
      bob,
    );
    const backend = withFaults(ports.backend, ({ operation, phase }) =>
      operation === 'refs.transaction' && phase === 'before'
        ? { kind: 'race', rival: async () => void (await applyPending(ports, rival.bytes)) }
        : { kind: 'pass' },
    );
    await expect(applyPending({ ...ports, backend }, pending.bytes)).rejects.toMatchObject({ code: 'trust/stale' });
    expect([...(await stateNow()).groups.keys()]).toEqual(['ops']);
  });

  it('is law once, however often it is made law', async () => {
    const pending = await signChange(ports, (await propose([GROUP])).bytes, bob);
    const lost = gitError('io', { path: 'x', operation: 'rename', why: 'the answer got lost' });
    const backend = withFaults(ports.backend, ({ operation, phase }) =>
      operation === 'refs.transaction' && phase === 'after' ? { kind: 'fail', error: lost } : { kind: 'pass' },
    );
    await expect(applyPending({ ...ports, backend }, pending.bytes)).rejects.toBe(lost);
    const again = await applyPending(ports, pending.bytes);
    expect(again.oid).toBe(await ports.backend.refs.read(TRUST));
    expect((await verifyTrust(ports)).verdict.envelopes).toBe(3);
    const same = withFaults(ports.backend, () => ({ kind: 'pass' }));
    expect((await applyPending({ ...ports, backend: same }, pending.bytes)).oid).toBe(again.oid);
  });

  it('is law still when others came after it', async () => {
    const first = await signChange(ports, (await propose([GROUP])).bytes, bob);
    const { oid } = await applyPending(ports, first.bytes);
    for (const name of ['b', 'c']) {
      const more = await propose([{ op: 'set-group', name, members: ['user:bob'] }]);
      await applyPending(ports, (await signChange(ports, more.bytes, bob)).bytes);
    }
    expect((await applyPending(ports, first.bytes)).oid).toBe(oid);
    expect((await verifyTrust(ports)).verdict.envelopes).toBe(5);
  });

  it('takes no more signatures than an envelope has room for', async () => {
    const pending = await propose([GROUP]);
    const { envelope } = decodeSigned(pending.bytes);
    const crowd = Array.from({ length: LIMITS.signatures }, (_, i) => testSigner(100 + i));
    const [signatures = []] = await signAll(crowd, [decodeEnvelope(envelope)]);
    await expect(signChange(ports, encodeSigned({ envelope, signatures }), bob)).rejects.toMatchObject({
      code: 'trust/bad-change',
      data: { why: expect.stringContaining('no more') },
    });
  });

  it('is law when somebody else made the same change law in the last moment', async () => {
    const pending = await signChange(ports, (await propose([GROUP])).bytes, bob);
    let raced = false;
    const backend = withFaults(ports.backend, ({ operation, phase }) => {
      if (raced || operation !== 'refs.transaction' || phase !== 'before') return { kind: 'pass' };
      raced = true;
      return { kind: 'race', rival: async () => void (await applyPending(ports, pending.bytes)) };
    });
    const { oid } = await applyPending({ ...ports, backend }, pending.bytes);
    expect(oid).toBe(await ports.backend.refs.read(TRUST));
  });
});

describe('a change file that was tampered with', () => {
  beforeEach(twoOfThree);

  it('has a signature that does not fit', async () => {
    const pending = await signChange(ports, (await propose([GROUP])).bytes, bob);
    const { envelope, signatures } = decodeSigned(pending.bytes);
    const forged = encodeSigned({
      envelope,
      signatures: signatures.map(({ key }, i) => ({
        key,
        sig: i === 0 ? new Uint8Array(64) : (signatures[1]?.sig as Uint8Array),
      })),
    });
    // Its signatures are counted when it is read; they are verified before anything is built on them.
    expect(pendingChange(await openTrust(ports), forged).missing).toBeNull();
    await expect(applyPending(ports, forged)).rejects.toMatchObject({
      code: 'chain/bad-signature',
      exit: EXIT.untrusted,
    });
    await expect(signChange(ports, forged, carol)).rejects.toMatchObject({ code: 'chain/bad-signature' });
    expect((await stateNow()).groups.size).toBe(0);
  });

  it('is of another kind, chain or repository, or no change at all', async () => {
    const other = portsOn(memoryBackend());
    await found({ ...other, random: seededRandom(77) }, { profile: 'default', actor: 'user:alice', signer: alice });
    const foreign = (await proposeChange(other, { actor: 'user:alice', signer: alice, changes: [GROUP] })).bytes;
    const note = await new HandMade({ chain: 'notes/a' }).addPlain(1);
    const noteFile = encodeSigned({ envelope: note.envelopes[0]?.bytes as Uint8Array, signatures: [] });
    for (const bytes of [foreign, noteFile]) {
      for (const action of [() => applyPending(ports, bytes), () => signChange(ports, bytes, alice)])
        await expect(action()).rejects.toMatchObject({ code: 'trust/bad-change', exit: EXIT.no });
    }
    for (const junk of [new Uint8Array(0), encode({})])
      await expect(signChange(ports, junk, alice)).rejects.toMatchObject({ code: 'chain/malformed-envelope' });
  });

  it('would not fit into the chain: its place is checked before it is signed or made law', async () => {
    const history = await openTrust(ports);
    const chain = handMade(memoryBackend());
    const place = { repo: history.repo, seq: history.head.next, prev: history.head.cid, clock: history.head.clock + 1 };
    const file = async (more: object, bodies: readonly unknown[] = [GROUP]) => {
      const oid = await chain.add({
        kind: CHANGE_KIND as never,
        header: { ...place, ...more },
        bodies: bodies as Value[],
        signers: [alice, bob],
      });
      const entry = await readEntry(chain.backend, oid);
      return encodeSigned({ envelope: entry.envelope.bytes, signatures: entry.signatures });
    };
    for (const [bytes, code] of [
      [await file({ seq: 99 }), 'chain/broken-sequence'],
      [await file({ clock: history.head.clock }), 'chain/clock-not-rising'],
      [await file({}, [{ op: 'add-oracle' }]), 'trust/unknown-operation'],
      [await file({}, [{ op: 'set-group' }]), 'chain/bad-record'],
      [await file({}, [{ op: 'add-key', actor: 'user:x', key: alice.key }]), 'trust/bad-change'],
    ] as const)
      await expect(applyPending(ports, bytes)).rejects.toMatchObject({ code });
    expect((await openTrust(ports)).head.oid).toBe(history.head.oid);
    await applyPending(ports, await file({}));
    expect((await stateNow()).groups.has('leads')).toBe(true);
  });
});

function handMade(backend: GitBackend): HandMade {
  return new HandMade({ chain: TRUST_CHAIN, kind: GENESIS_KIND as never, repo: null, signer: alice, backend });
}

describe('a trust chain made by hand', () => {
  const genesis: Genesis = {
    nonce: new Uint8Array(16),
    profile: 'default',
    threshold: 1,
    roots: ['user:alice'],
    principals: [{ actor: 'user:alice', keys: [{ key: alice.key }] }],
    groups: [],
  };

  async function outcome(chain: HandMade) {
    const { verdict, history } = await verifyTrust({ backend: chain.backend, engine });
    expect(history === null).toBe(verdict.fault !== null);
    const [check] = verdict.checks;
    return {
      stage: check?.name,
      code: check?.code,
      outcome: check?.outcome,
      verified: verdict.head?.next ?? 0,
      exit: exitOfReport(report('trust', verdict.checks)),
    };
  }

  async function startedWith(more: Partial<Genesis> = {}, departure: Parameters<HandMade['add']>[0] = {}) {
    const chain = handMade(memoryBackend());
    await chain.add({ bodies: [{ ...genesis, ...more } as unknown as Value], ...departure });
    return chain;
  }

  async function goOn(chain: HandMade, bodies: readonly unknown[], departure: Parameters<HandMade['add']>[0] = {}) {
    const repo = chain.envelopes[0]?.cid ?? null;
    await chain.add({ kind: CHANGE_KIND as never, bodies: bodies as Value[], header: { repo }, ...departure });
    return chain;
  }

  it('costs what its changes cost, however many keys there have been', async () => {
    const principals = [{ actor: 'user:alice', keys: [{ key: alice.key }] }];
    for (let i = 0; i < 60; i++) principals.push({ actor: `user:p${i}`, keys: [{ key: testSigner(100 + i).key }] });
    const chain = await startedWith({ threshold: 1, roots: ['user:alice'], principals });
    for (let i = 0; i < 20; i++)
      await goOn(chain, [{ op: 'set-group', name: `g${i}`, members: [] }], { signers: [alice] });
    let copied = 0;
    const Plain = globalThis.Map;
    globalThis.Map = class<K, V> extends Plain<K, V> {
      constructor(from?: Iterable<readonly [K, V]> | null) {
        super(from);
        if (from instanceof Plain) copied += from.size;
      }
    } as MapConstructor;
    try {
      const { verdict, history } = await verifyTrust(portsOn(chain.backend));
      expect([verdict.fault, verdict.envelopes, history?.state.keys.size]).toEqual([null, 21, 61]);
    } finally {
      globalThis.Map = Plain;
    }
    // Once for each change this was 1,220: quadratic in the length of the trust chain.
    expect(copied).toBeLessThan(61);
  });

  it('passes when everybody signed what he may', async () => {
    const chain = await goOn(await startedWith(), [ADD_BOB]);
    expect(await outcome(chain)).toMatchObject({ stage: 'history', outcome: 'pass', verified: 2 });
  });

  it('fails for a genesis that its founders did not sign', async () => {
    const other = await startedWith({}, { signers: [bob] });
    expect(await outcome(other)).toMatchObject({
      stage: 'signer',
      code: 'trust/unknown-key',
      verified: 0,
      exit: EXIT.untrusted,
    });
    const two = {
      threshold: 2,
      roots: ['user:alice', 'user:bob'],
      principals: [...genesis.principals, { actor: 'user:bob', keys: [{ key: bob.key }] }],
    };
    expect(await outcome(await startedWith(two))).toMatchObject({
      stage: 'signer',
      code: 'trust/threshold',
      verified: 0,
    });
    expect(await outcome(await startedWith(two, { signers: [alice, bob] }))).toMatchObject({ outcome: 'pass' });
    expect(await outcome(await startedWith({}, { header: { actor: 'user:bob' } }))).toMatchObject({
      stage: 'signer',
      code: 'trust/actor-did-not-sign',
    });
  });

  it('fails for a genesis that makes no sense, holds two records, or stands at the wrong place', async () => {
    expect(await outcome(await startedWith({ threshold: 2 }))).toMatchObject({
      stage: 'records',
      code: 'chain/bad-record',
      exit: EXIT.mismatch,
    });
    const weak = {
      principals: [...genesis.principals, { actor: 'user:eve', keys: [{ key: new Uint8Array(32).fill(0, 1) }] }],
    };
    expect(await outcome(await startedWith(weak))).toMatchObject({ stage: 'records', code: 'chain/bad-record' });
    const double = await startedWith({}, { bodies: [genesis, genesis] as unknown as Value[] });
    expect(await outcome(double)).toMatchObject({ stage: 'records', code: 'trust/misplaced-genesis', verified: 0 });
    const change = handMade(memoryBackend());
    await change.add({ kind: CHANGE_KIND as never, bodies: [GROUP as Value] });
    expect(await outcome(change)).toMatchObject({ stage: 'envelope', code: 'trust/misplaced-genesis' });
    const later = await startedWith();
    await later.add({ bodies: [genesis as unknown as Value], header: { repo: later.envelopes[0]?.cid ?? null } });
    expect(await outcome(later)).toMatchObject({ stage: 'envelope', code: 'trust/misplaced-genesis', verified: 1 });
  });

  it('fails for a replayed genesis', async () => {
    const chain = await goOn(await startedWith(), [GROUP]);
    const [first] = chain.envelopes;
    await chain.add({ envelope: () => first?.bytes as Uint8Array });
    expect(await outcome(chain)).toMatchObject({ stage: 'sequence', code: 'chain/broken-sequence', verified: 2 });
  });

  it('fails for a change below the threshold, by a stranger, and by a key that was revoked before', async () => {
    expect(await outcome(await goOn(await startedWith(), [GROUP], { signers: [bob] }))).toMatchObject({
      stage: 'signer',
      code: 'trust/unknown-key',
      verified: 1,
    });
    const withBob = await goOn(await startedWith(), [ADD_BOB, ADD_CAROL]);
    await goOn(withBob, [GROUP], { signers: [bob] });
    expect(await outcome(withBob)).toMatchObject({ stage: 'signer', code: 'trust/not-a-root', verified: 3 });
    const rotated = await goOn(await startedWith(), [
      { op: 'rotate-key', old: alice.key, key: second.key, reason: '' },
    ]);
    await goOn(rotated, [GROUP]);
    expect(await outcome(rotated)).toMatchObject({
      stage: 'signer',
      code: 'trust/revoked',
      verified: 2,
      exit: EXIT.expired,
    });
  });

  it('is not judged by the state that a change itself makes', async () => {
    const chain = await goOn(await startedWith(), [ADD_BOB, { op: 'set-roots', roots: ['user:bob'], threshold: 1 }], {
      signers: [bob],
    });
    expect(await outcome(chain)).toMatchObject({ stage: 'signer', code: 'trust/unknown-key', verified: 1 });
  });

  it('fails for a change that makes no sense, and names the record', async () => {
    const chain = await goOn(await startedWith(), [GROUP, ADD_BOB, ADD_BOB]);
    expect(await outcome(chain)).toMatchObject({
      stage: 'records',
      code: 'chain/bad-record',
      verified: 1,
      exit: EXIT.mismatch,
    });
    expect((await verifyTrust({ backend: chain.backend, engine })).verdict.fault?.data.seq).toBe(3);
  });

  it('cannot be judged from an operation on that is not known', async () => {
    const chain = await goOn(await goOn(await startedWith(), [GROUP]), [{ op: 'add-oracle', url: 'x' }]);
    expect(await outcome(chain)).toMatchObject({
      stage: 'records',
      code: 'trust/unknown-operation',
      outcome: 'unknown',
      verified: 2,
      exit: EXIT.unchecked,
    });
    await expect(openTrust({ backend: chain.backend, engine })).rejects.toMatchObject({
      code: 'trust/unknown-operation',
    });
  });

  it('goes on where a retroactive revocation reaches behind changes that the key signed', async () => {
    // Bob, a root, is found to have been compromised; what he changed meanwhile stays until it is changed again.
    const chain = await startedWith();
    await goOn(chain, [ADD_BOB, { op: 'set-roots', roots: ['user:alice', 'user:bob'], threshold: 1 }]);
    await goOn(chain, [GROUP], {
      signers: [bob],
      header: { repo: chain.envelopes[0]?.cid ?? null, actor: 'user:bob' },
    });
    await goOn(chain, [{ op: 'revoke-key', key: bob.key, reason: 'stolen', since: 3 }]);
    expect(await outcome(chain)).toMatchObject({ outcome: 'pass' });
    const { authorize, state } = await openTrust({ backend: chain.backend, engine });
    expect(state.groups.has('leads')).toBe(true);
    const event = (clock: number) =>
      decodeEnvelope(chain.envelopes[2]?.bytes as Uint8Array) && { ...(chain.envelopes[2] as never as object), clock };
    const refusal = (clock: number) =>
      authorize(event(clock) as never, [{ key: bob.key, sig: new Uint8Array(64) }], {})?.code;
    expect([refusal(2), refusal(3)]).toEqual(['trust/not-yet', 'trust/revoked']);
  });
});
