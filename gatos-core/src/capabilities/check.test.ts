import { describe, expect, it } from 'vitest';
import {
  agent,
  CAP_HOUR,
  CAP_START,
  digest32,
  MemoryLog,
  refusals,
  seal,
  sealChain,
  TOOL,
  TOOL_CALL,
  toolScope,
  trustOf,
} from '../../testing/capability-world.js';
import { testSigner } from '../../testing/hand-made.js';
import { encodeCan, formatHex, formatKey } from '../codec/index.js';
import { nobleEngine, type SignatureEngine, type SignedBytes } from '../identity/index.js';
import { concatBytes, EXIT, exitOfReport, LIMITS } from '../kernel/index.js';
import { CAPABILITY, type Capability, decodeStruct, encodeStruct } from '../mythos/index.js';
import {
  CapabilityMemo,
  type CheckCapabilityRequest,
  checkCapability,
  decodeCapability,
  type NamedCapability,
  readCapability,
} from './index.js';

const engine = nobleEngine();
const NOW = CAP_START + 1_000_000;

type Given = Partial<CheckCapabilityRequest> & { readonly memo?: CapabilityMemo; readonly engine?: SignatureEngine };

/** What is refused, as `check code`. */
async function check(source: MemoryLog, capability: NamedCapability | string, given: Given = {}) {
  const { memo, engine: by = engine, ...rest } = given;
  const named = typeof capability === 'string' ? { id: capability } : capability;
  const request = { capability: named, agent: agent(3), now: NOW, trust: trustOf(), request: TOOL_CALL, ...rest };
  return checkCapability({ source, engine: by, memo }, request);
}

async function refused(...args: Parameters<typeof check>): Promise<readonly string[]> {
  return refusals(await check(...args));
}

const NAMES = [
  'bytes',
  'id',
  'signature',
  'recorded',
  'issuer',
  'subject',
  'window',
  'scope',
  'counters',
  'parents',
  'delegation',
  'attenuation',
  'windows',
  'revocation',
];

describe('a capability that holds', () => {
  it('passes every check, in the order of the design', async () => {
    const source = new MemoryLog();
    const { report } = await check(source, source.add(await seal({ issuer: 2, subject: 3 })));
    expect(report.outcome).toBe('pass');
    expect(report.checks.map(({ name }) => name)).toEqual(NAMES);
  });

  it('passes at any depth up to the limit, for the last subject alone', async () => {
    const source = new MemoryLog();
    const depth = LIMITS.capabilityDepth;
    const id = source.add(...(await sealChain(depth)));
    const { report, chain } = await check(source, id, { agent: agent(2 + depth) });
    expect(report.outcome).toBe('pass');
    expect(chain.length).toBe(depth);
    expect(await refused(source, id)).toEqual(['subject capabilities/not-subject']);
  });

  it('is found by its bytes as well', async () => {
    const source = new MemoryLog();
    const bytes = await seal({ issuer: 2, subject: 3 });
    source.add(bytes);
    expect(await refused(source, { bytes })).toEqual([]);
  });

  it('keeps fields that nobody knows, which its id covers', async () => {
    const source = new MemoryLog();
    const draft = (capability: object) => ({ ...capability, unknown: [[200n, encodeCan('more')]] }) as never;
    expect(await refused(source, source.add(await seal({ issuer: 2, subject: 3, draft })))).toEqual([]);
  });
});

describe('a capability is refused', () => {
  it('that is not there: absence denies', async () => {
    const { report } = await check(new MemoryLog(), 'ab'.repeat(32));
    expect(report.outcome).not.toBe('pass');
    expect(report.checks.map(({ name }) => name)).toEqual(NAMES);
    expect(report.checks.every(({ outcome }) => outcome === 'unknown')).toBe(true);
  });

  it('whose bytes are none, whatever is wrong with them', async () => {
    const good = await seal({ issuer: 2, subject: 3 });
    for (const bytes of [new Uint8Array(), good.subarray(1), concatBytes([good, Uint8Array.of(0)]), encodeCan(7n)]) {
      const { report } = await check(new MemoryLog(), { bytes });
      expect(report.outcome).toBe('fail');
      expect(report.checks[0]).toMatchObject({ name: 'bytes', outcome: 'fail' });
    }
  });

  it('with another id than its content has', async () => {
    const source = new MemoryLog();
    const bytes = await seal({ issuer: 2, subject: 3 });
    const altered = encodeStruct(CAPABILITY, { ...decodeStruct(CAPABILITY, bytes), delegable: false });
    expect(await refused(source, source.add(altered))).toEqual(['id mythos/wrong-id']);
    source.capabilities.set('ab'.repeat(32), bytes);
    expect(await refused(source, 'ab'.repeat(32))).toEqual(['id capabilities/other-id']);
  });

  it('that another key signed, or nobody', async () => {
    const source = new MemoryLog();
    const held = decodeCapability(await seal({ issuer: 2, subject: 3 }));
    const forged = [
      { alg: 1, sig_bytes: await testSigner(9).sign(held.id) },
      { alg: 1, sig_bytes: new Uint8Array(64) },
      { alg: 1, sig_bytes: new Uint8Array() },
      { alg: 2, sig_bytes: held.capability.signature.sig_bytes },
    ];
    for (const signature of forged) {
      const id = source.add(encodeStruct(CAPABILITY, { ...held.capability, signature }));
      const { report } = await check(source, id);
      expect(report.checks[2]).toMatchObject({ code: 'capabilities/bad-signature', exit: EXIT.untrusted });
    }
  });

  it('that is not in the log, or other than it is there', async () => {
    const bytes = await seal({ issuer: 2, subject: 3 });
    expect(await refused(new MemoryLog(), { bytes })).toEqual(['recorded capabilities/no-such-capability']);
    const source = new MemoryLog();
    source.capabilities.set(readCapability(bytes).hex, await seal({ issuer: 2, subject: 4 }));
    expect(await refused(source, { bytes })).toEqual(['recorded capabilities/other-bytes']);
  });

  it('by whom nobody trusts for its kind, or does no longer', async () => {
    const source = new MemoryLog();
    const id = source.add(await seal({ issuer: 2, subject: 3 }));
    const trust = trustOf();
    const with_ = (change: object) => refused(source, id, { trust: trustOf(change) });
    expect(await with_({ keys: new Map() })).toEqual(['issuer capabilities/issuer-unknown']);
    expect(await with_({ groups: new Map([['cap-blob', ['user:alice']]]) })).toEqual([
      'issuer capabilities/issuer-not-trusted',
    ]);
    const [[name, key] = []] = trust.state.keys;
    const key_ = (change: object) => with_({ keys: new Map([[name, { ...key, ...change }]]) });
    const revoked = { from: 9, by: 9, reason: 'stolen' };
    expect(await key_({ revoked })).toEqual(['issuer capabilities/issuer-revoked']);
    expect(await key_({ not_after: NOW - 1 })).toEqual(['issuer capabilities/issuer-expired']);
    expect(await key_({ not_before: NOW + 1 })).toEqual(['issuer capabilities/issuer-expired']);
  });

  it('that somebody passed on with a key that does not count any more', async () => {
    const source = new MemoryLog();
    // 2 issues to 3, who passes it on to 4, who passes it on to 5.
    const id = source.add(...(await sealChain(3)));
    const key = testSigner(4).key;
    const own = {
      key,
      actor: 'user:carol',
      added: 0,
      not_before: 0,
      not_after: Number.MAX_SAFE_INTEGER,
      revoked: null,
    };
    const with_ = (change: object) => {
      const keys = new Map([...trustOf().state.keys, [formatKey(key), { ...own, ...change }]]);
      return refused(source, id, { agent: agent(5), trust: trustOf({ keys }) });
    };
    expect(await with_({})).toEqual([]);
    expect(await with_({ revoked: { from: 9, by: 9, reason: 'stolen' } })).toEqual(['issuer capabilities/delegator']);
    expect(await with_({ not_after: NOW - 1 })).toEqual(['issuer capabilities/delegator']);
    expect(await with_({ not_before: NOW + 1 })).toEqual(['issuer capabilities/delegator']);
    // A key that trust does not know was named by whoever gave it the whole.
    expect(await refused(source, id, { agent: agent(5) })).toEqual([]);
  });

  it('by another than it is for', async () => {
    const source = new MemoryLog();
    const id = source.add(await seal({ issuer: 2, subject: 3 }));
    expect(await refused(source, id, { agent: agent(4) })).toEqual(['subject capabilities/not-subject']);
    const other = { ...agent(3), scheme: 2 };
    expect(await refused(source, id, { agent: other })).toEqual(['subject capabilities/not-subject']);
  });

  it('before it begins, and from its end on', async () => {
    const source = new MemoryLog();
    const id = source.add(await seal({ issuer: 2, subject: 3 }));
    const end = CAP_START + CAP_HOUR;
    expect(await refused(source, id, { now: CAP_START - 1 })).toEqual(['window capabilities/not-yet']);
    expect(await refused(source, id, { now: CAP_START })).toEqual([]);
    expect(await refused(source, id, { now: end - 1 })).toEqual([]);
    const { report } = await check(source, id, { now: end });
    expect(report.checks[6]).toMatchObject({ code: 'capabilities/expired', exit: EXIT.expired });
    expect(exitOfReport(report)).toBe(EXIT.expired);
  });

  it('for what it does not cover', async () => {
    const source = new MemoryLog();
    const id = source.add(await seal({ issuer: 2, subject: 3, scope: toolScope(5, { 'body.text': 'hi' }) }));
    const code = 'scope capabilities/out-of-scope';
    expect(await refused(source, id)).toEqual([]);
    expect(await refused(source, id, { request: { ...TOOL_CALL, tool_id: digest32(8) } as never })).toEqual([code]);
    expect(await refused(source, id, { request: { ...TOOL_CALL, body: { text: 'ho' } } as never })).toEqual([code]);
    expect(await refused(source, id, { request: { kind: 'BlobDelete', cid: TOOL } })).toEqual([code]);
  });

  it('of a kind that nobody knows, or whose scope says more than is known', async () => {
    const source = new MemoryLog();
    const kind = (kind: number, payload?: Uint8Array) => (capability: Capability) => ({
      ...capability,
      scope: { kind, payload: payload ?? capability.scope.payload },
    });
    const unknown = source.add(await seal({ issuer: 2, subject: 3, draft: kind(99) }));
    expect(await refused(source, unknown)).toEqual(['issuer capabilities/kind', 'scope capabilities/kind']);
    const empty = source.add(await seal({ issuer: 2, subject: 3, draft: kind(5, Uint8Array.of(8, 0)) }));
    expect(await refused(source, empty)).toEqual(['scope capabilities/bad-scope']);
    const narrower = { ...toolScope().scope, unknown: [[4n, encodeCan('only on Sundays')]] };
    const more = source.add(await seal({ issuer: 2, subject: 3, scope: { kind: 5, scope: narrower as never } }));
    expect(await refused(source, more)).toEqual(['scope capabilities/bad-scope']);
  });

  it('of which too little is left, or of what it rests on', async () => {
    const source = new MemoryLog();
    const [root, leaf] = await sealChain(2, (level) => ({ scope: toolScope(5 - level) }));
    const [top, id] = [source.add(root as Uint8Array), source.add(leaf as Uint8Array)];
    const by = { agent: agent(4) };
    const exhausted = ['counters capabilities/exhausted'];
    source.sums.set(id, { calls: 3n });
    expect(await refused(source, id, by)).toEqual([]);
    source.sums.set(id, { calls: 4n });
    expect(await refused(source, id, by)).toEqual(exhausted);
    source.sums.set(id, { calls: 1n });
    source.sums.set(top, { calls: 5n });
    expect(await refused(source, id, by)).toEqual(exhausted);
    expect(await refused(source, id, { ...by, request: undefined })).toEqual(exhausted);
    source.counted.add(`${id}/${formatHex(digest32(1))}`);
    expect(await refused(source, id, { ...by, idem: digest32(1) })).toEqual([]);
    expect(await refused(source, id, { ...by, idem: digest32(2) })).toEqual(exhausted);
  });

  it('whose parent is missing, altered, or signed by another', async () => {
    const [root, leaf] = (await sealChain(2)) as [Uint8Array, Uint8Array];
    const by = { agent: agent(4) };
    const source = new MemoryLog();
    const id = source.add(leaf);
    const missing = await refused(source, id, by);
    expect(missing).toContain('parents capabilities/no-parent');
    // What needs the root could not be checked, and that is no pass.
    expect(missing).toEqual([
      'issuer capabilities/unchecked',
      'counters capabilities/unchecked',
      'parents capabilities/no-parent',
      'delegation capabilities/unchecked',
      'attenuation capabilities/unchecked',
      'windows capabilities/unchecked',
      'revocation capabilities/unchecked',
    ]);
    const held = decodeCapability(root);
    const put = (capability: object) =>
      source.capabilities.set(held.hex, encodeStruct(CAPABILITY, { ...held.capability, ...capability } as never));
    put({ delegable: false });
    expect(await refused(source, id, by)).toContain('parents capabilities/bad-parent');
    put({ signature: { alg: 1, sig_bytes: new Uint8Array(64) } });
    expect(await refused(source, id, by)).toEqual(['parents capabilities/bad-parent']);
    source.capabilities.set(held.hex, Uint8Array.of(0));
    expect(await refused(source, id, by)).toContain('parents capabilities/bad-parent');
  });

  it('that was passed on by another than the subject, or that may not be', async () => {
    const source = new MemoryLog();
    const other = source.add(...(await sealChain(2, (level) => (level === 1 ? { issuer: 9 } : {}))));
    expect(await refused(source, other, { agent: agent(4) })).toEqual(['delegation capabilities/other-issuer']);
    const kept = source.add(...(await sealChain(2, (level) => ({ delegable: level === 1 }))));
    expect(await refused(source, kept, { agent: agent(4) })).toEqual(['delegation capabilities/not-delegable']);
  });

  it('that is broader than its parent, or longer', async () => {
    const source = new MemoryLog();
    const broader = source.add(...(await sealChain(2, (level) => ({ scope: toolScope(5 + level) }))));
    expect(await refused(source, broader, { agent: agent(4) })).toEqual(['attenuation capabilities/broader']);
    const end = CAP_START + CAP_HOUR;
    const longer = source.add(...(await sealChain(2, (level) => ({ expiresAt: end + level }))));
    expect(await refused(source, longer, { agent: agent(4) })).toEqual(['windows capabilities/window-outside']);
    const earlier = source.add(...(await sealChain(2, (level) => ({ notBefore: CAP_START - level }))));
    expect(await refused(source, earlier, { agent: agent(4) })).toEqual(['windows capabilities/window-outside']);
    const between = source.add(...(await sealChain(3, (level) => ({ scope: toolScope(level === 1 ? 9 : 5) }))));
    expect(await refused(source, between, { agent: agent(5) })).toEqual(['attenuation capabilities/broader']);
  });

  it('when it, or anything that it rests on, was revoked', async () => {
    const chain = await sealChain(4);
    for (const bytes of chain) {
      const source = new MemoryLog();
      const id = source.add(...chain);
      source.revoke(readCapability(bytes).hex, 'stolen');
      const { report } = await check(source, id, { agent: agent(6) });
      expect(report.checks.at(-1)).toMatchObject({ code: 'capabilities/revoked', exit: EXIT.expired });
      expect(report.checks.at(-1)?.detail).toContain('stolen');
    }
  });

  it('when too many rest on one another', async () => {
    const source = new MemoryLog();
    const depth = LIMITS.capabilityDepth + 1;
    const id = source.add(...(await sealChain(depth)));
    source.reads = 0;
    expect(await refused(source, id, { agent: agent(2 + depth) })).toContain('parents capabilities/too-deep');
    expect(source.reads).toBe(LIMITS.capabilityDepth);
  });

  it('with everything that is wrong told at once, and what would help', async () => {
    const source = new MemoryLog();
    const chain = await sealChain(2, (level) => ({ scope: toolScope(5 + level), delegable: false }));
    const id = source.add(...chain);
    source.revoke(id);
    const given = { agent: agent(9), now: CAP_START + CAP_HOUR, request: { kind: 'BlobDelete', cid: TOOL } } as const;
    const { report } = await check(source, id, { ...given, trust: trustOf({ groups: new Map() }) });
    expect(report.checks.filter(({ outcome }) => outcome !== 'pass').map(({ name }) => name)).toEqual([
      'issuer',
      'subject',
      'window',
      'scope',
      'delegation',
      'attenuation',
      'revocation',
    ]);
    expect(report.checks.filter(({ outcome, hint }) => outcome !== 'pass' && hint === undefined)).toEqual([]);
  });
});

describe('a memo', () => {
  function counting(): { readonly engine: SignatureEngine; verified(): number } {
    let verified = 0;
    const verifyMany = async (items: readonly SignedBytes[]) => {
      verified += items.length;
      return engine.verifyMany(items);
    };
    return { engine: { ...engine, verifyMany }, verified: () => verified };
  }

  it('saves reading and verifying while nothing has moved', async () => {
    const source = new MemoryLog();
    const id = source.add(...(await sealChain(8)));
    const [memo, counted] = [new CapabilityMemo(), counting()];
    const given = { memo, engine: counted.engine, agent: agent(10) };
    const first = await check(source, id, given);
    expect([counted.verified(), source.reads]).toEqual([8, 8]);
    const second = await check(source, id, given);
    expect([counted.verified(), source.reads]).toEqual([8, 8]);
    expect(second.report).toEqual(first.report);
  });

  it('never hides what happened since: revocations, trust, counters, time', async () => {
    const source = new MemoryLog();
    const id = source.add(...(await sealChain(2)));
    const given = { memo: new CapabilityMemo(), agent: agent(4) };
    expect(await refused(source, id, given)).toEqual([]);
    source.sums.set(id, { calls: 5n });
    expect(await refused(source, id, given)).toEqual(['counters capabilities/exhausted']);
    source.sums.delete(id);
    expect(await refused(source, id, { ...given, now: CAP_START + CAP_HOUR })).toEqual(['window capabilities/expired']);
    const keys = new Map([...trustOf().state.keys].map(([name]) => [name, undefined as never]));
    const trust = { ...trustOf({ keys }), head: { ...trustOf().head, oid: 'other' } };
    expect(await refused(source, id, { ...given, trust })).toEqual(['issuer capabilities/issuer-unknown']);
    source.revoke(id);
    expect(await refused(source, id, given)).toEqual(['revocation capabilities/revoked']);
  });

  it('does not take other bytes for those that were verified', async () => {
    const source = new MemoryLog();
    const id = source.add(await seal({ issuer: 2, subject: 3 }));
    const memo = new CapabilityMemo();
    expect(await refused(source, id, { memo })).toEqual([]);
    const { capability } = decodeCapability(source.capabilities.get(id) as Uint8Array);
    const signature = { alg: 1, sig_bytes: new Uint8Array(64) };
    const bytes = encodeStruct(CAPABILITY, { ...capability, signature });
    expect(await refused(source, { bytes }, { memo })).toEqual([
      'signature capabilities/bad-signature',
      'recorded capabilities/other-bytes',
    ]);
    expect(formatKey(capability.issuer.key)).toBe(formatKey(testSigner(2).key));
  });
});
