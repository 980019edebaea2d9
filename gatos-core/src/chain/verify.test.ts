import { describe, expect, it, vi } from 'vitest';
import {
  HandMade,
  type HandMadeOptions,
  NOTE_KIND,
  NOTE_RULE,
  TEST_REPO,
  testSigner,
  withoutObjects,
} from '../../testing/hand-made.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { encodeCommit, encodeTree, gitError } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { EXIT, exitOfReport, fromUtf8, report, utf8 } from '../kernel/index.js';
import {
  type ChainContext,
  type ChainSpan,
  type ChainVerdict,
  chainError,
  decodeSigned,
  type Rule,
  readEntry,
  verifyChain,
} from './index.js';

const engine = nobleEngine();
const CHAIN = 'notes/alice';
const STAGES = [
  'history',
  'envelope',
  'movement',
  'sequence',
  'commit',
  'records',
  'attachments',
  'signature',
  'signer',
];

function made(options: Partial<HandMadeOptions> = {}): HandMade {
  return new HandMade({ chain: CHAIN, ...options });
}

interface Asked extends Partial<ChainContext>, Partial<ChainSpan> {
  readonly onEntry?: () => void | Promise<void>;
}

async function verify(chain: HandMade, asked: Asked = {}): Promise<ChainVerdict> {
  const { backend = chain.backend, repo = TEST_REPO, authorize = () => null, rule = NOTE_RULE } = asked;
  const span = { chain: asked.chain ?? chain.chain, rule, head: asked.head ?? chain.head, from: asked.from };
  return verifyChain({ backend, engine, repo, authorize }, span, { onEntry: asked.onEntry ?? (() => undefined) });
}

/** The stage and code that refused, and how many records stood before it. */
function refusal({ checks, fault, head }: ChainVerdict) {
  expect(checks).toHaveLength(1);
  const [check] = checks;
  expect(check?.code).toBe(fault?.code);
  expect(check?.evidence?.verified_records).toBe(head?.next ?? 0);
  return { stage: check?.name, code: check?.code, outcome: check?.outcome, verified: head?.next ?? 0 };
}

/** A chain whose third of four commits departs from honesty in one thing. */
async function withThird(departure: Parameters<HandMade['add']>[0], options: Partial<HandMadeOptions> = {}) {
  const chain = await made(options).addPlain(2);
  await chain.add(departure);
  await chain.add();
  return chain;
}

async function expectRefused(
  chain: HandMade,
  want: { stage: string; code: string; verified?: number; exit?: number },
  asked: Asked = {},
): Promise<ChainVerdict> {
  const verdict = await verify(chain, asked);
  const { stage, code, verified = 2, exit = EXIT.mismatch } = want;
  expect(refusal(verdict)).toEqual({ stage, code, outcome: exit === EXIT.unchecked ? 'unknown' : 'fail', verified });
  expect(exitOfReport(report(chain.chain, verdict.checks))).toBe(exit);
  return verdict;
}

describe('a chain that is written once', () => {
  const rule: Rule = { ...NOTE_RULE, movement: 'create-once' };

  it('holds one envelope, of as many records as it likes', async () => {
    const chain = made();
    await chain.add({ bodies: [{ text: 'a' }, { text: 'b' }] });
    expect(await verify(chain, { rule })).toMatchObject({ fault: null, envelopes: 1, records: 2 });
  });

  it('is refused with a second one, whether the first was verified before or not', async () => {
    const chain = await made().addPlain(1);
    const first = await verify(chain, { rule });
    await chain.addPlain(2);
    const want = { stage: 'movement', code: 'chain/written-again', verified: 1 };
    await expectRefused(chain, want, { rule });
    await expectRefused(chain, want, { rule, from: first.head ?? undefined });
  });

  it('every other rule lets a chain grow', async () => {
    const chain = await made().addPlain(2);
    for (const movement of ['append-only', 'compare-and-swap'] as const)
      expect(await verify(chain, { rule: { ...NOTE_RULE, movement } })).toMatchObject({ fault: null, envelopes: 2 });
  });
});

describe('a chain that an honest writer made', () => {
  it.each(['sha1', 'sha256'] as const)('passes every check, in a %s repository', async (format) => {
    const chain = await made({ format }).addPlain(3);
    await chain.add({ bodies: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] });
    await chain.add({ signers: [testSigner(1), testSigner(2)] });
    const verdict = await verify(chain);
    expect(verdict.fault).toBeNull();
    expect(verdict.checks.map(({ name, outcome }) => [name, outcome])).toEqual(STAGES.map((name) => [name, 'pass']));
    expect(verdict).toMatchObject({ envelopes: 5, records: 7 });
    expect(verdict.bytes).toBe(chain.envelopes.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(verdict.head?.oid).toBe(chain.head);
  });

  it('is verified from a head that was verified before, and costs only what is new', async () => {
    const chain = await made().addPlain(3);
    const first = await verify(chain);
    await chain.addPlain(2);
    const read = vi.spyOn(chain.backend.objects, 'read');
    const seen = vi.fn();
    const verdict = await verify(chain, { from: first.head ?? undefined, onEntry: seen });
    expect(verdict).toMatchObject({ fault: null, envelopes: 2, records: 2, head: { next: 5 } });
    expect(seen).toHaveBeenCalledTimes(2);
    for (const oid of chain.oids.slice(0, 3)) expect(read.mock.calls.some(([read]) => read === oid)).toBe(false);
    expect(await verify(chain, { from: verdict.head ?? undefined })).toMatchObject({ fault: null, envelopes: 0 });
  });

  it('reports progress and stops for an aborted signal', async () => {
    const chain = await made().addPlain(130);
    const progress = vi.fn();
    const context = {
      backend: chain.backend,
      engine: { ...engine, verifyMany: async (items: readonly unknown[]) => items.map(() => true) },
      repo: TEST_REPO,
      authorize: () => null,
    };
    const span = { chain: CHAIN, rule: NOTE_RULE, head: chain.head };
    await verifyChain(context, span, { progress });
    expect(progress).toHaveBeenCalledWith({ task: `verify ${CHAIN}`, done: 128, unit: 'records' });
    const signal = {
      aborted: true,
      throwIfAborted: () => {
        throw new Error('stopped');
      },
    };
    await expect(verifyChain(context, span, { signal })).rejects.toThrow('stopped');
  });

  it('lets bugs through: they are no verdict', async () => {
    const chain = await made().addPlain(1);
    const bug = () => {
      throw new TypeError('a bug');
    };
    await expect(verify(chain, { authorize: bug })).rejects.toThrow('a bug');
    await expect(verify(chain, { onEntry: bug })).rejects.toThrow('a bug');
    await expect(verify(chain, { onEntry: async () => bug() })).rejects.toThrow('a bug');
  });
});

describe('the signature check refuses', () => {
  it('an altered envelope', async () => {
    const honest = (await made().addPlain(3)).envelopes[2]?.bytes as Uint8Array;
    const chain = await withThird({ bodies: [{ text: 'note 3' }], signs: honest });
    await expectRefused(chain, { stage: 'signature', code: 'chain/bad-signature', exit: EXIT.untrusted });
  });

  it('every single altered bit of an envelope that nothing else refuses', async () => {
    const honest = (await made().addPlain(1)).envelopes[0]?.bytes as Uint8Array;
    const codes = new Map<string, number>();
    for (let bit = 0; bit < honest.length * 8; bit += 3) {
      const altered = honest.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      const chain = made();
      await chain.add({ envelope: () => altered, signs: honest });
      const { code, verified } = refusal(await verify(chain));
      expect(verified).toBe(0);
      codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
    }
    expect(codes.get('chain/bad-signature')).toBeGreaterThan(20);
    expect(codes.get('chain/malformed-envelope')).toBeGreaterThan(20);
  }, 60_000);

  it('an altered signature, the second of two as well', async () => {
    const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 10 ? byte ^ 1 : byte));
    const one = await withThird({ signatures: (list) => list.map(({ key, sig }) => ({ key, sig: flip(sig) })) });
    await expectRefused(one, { stage: 'signature', code: 'chain/bad-signature', exit: EXIT.untrusted });
    const second = await withThird({
      signers: [testSigner(1), testSigner(2)],
      signatures: (list) => list.map(({ key, sig }, i) => ({ key, sig: i === 1 ? flip(sig) : sig })),
    });
    const verdict = await expectRefused(second, {
      stage: 'signature',
      code: 'chain/bad-signature',
      exit: EXIT.untrusted,
    });
    expect(verdict.fault?.data.commit).toBe(second.oids[2]);
  });

  it('a signature by another key under the name of this one', async () => {
    const chain = await withThird({
      signers: [testSigner(9)],
      signatures: (list) => list.map(({ sig }) => ({ key: testSigner(1).key, sig })),
    });
    await expectRefused(chain, { stage: 'signature', code: 'chain/bad-signature', exit: EXIT.untrusted });
  });

  it('an envelope without a signature', async () => {
    const chain = await withThird({ signatures: () => [] });
    await expectRefused(chain, { stage: 'signature', code: 'chain/unsigned', exit: EXIT.absent });
  });
});

describe('the signer check', () => {
  it('refuses with what `authorize` says, and shows it the envelope with its signatures and the rule', async () => {
    const chain = await made().addPlain(4);
    const error = chainError('unsigned', { chain: CHAIN, commit: '' });
    const authorize: ChainContext['authorize'] = (envelope, signatures, rule) => {
      expect(signatures).toHaveLength(1);
      expect(signatures[0]?.key).toEqual(testSigner(1).key);
      expect(rule).toBe(NOTE_RULE);
      return envelope.seq === 2 ? error : null;
    };
    const verdict = await expectRefused(
      chain,
      { stage: 'signer', code: 'chain/unsigned', exit: EXIT.absent },
      { authorize },
    );
    expect(verdict.fault).toBe(error);
  });
});

describe('the envelope check refuses', () => {
  const stage = 'envelope';

  it('an envelope of another chain', async () => {
    const chain = await withThird({ header: { chain: 'notes/bob' } });
    const verdict = await expectRefused(chain, { stage, code: 'chain/other-chain' });
    expect(verdict.fault?.data).toMatchObject({ chain: CHAIN, found: 'notes/bob' });
  });

  it('an envelope of another repository', async () => {
    const other = Cid.hash('dag-cbor', encode('another repository'));
    const chain = await withThird({ header: { repo: other } });
    const verdict = await expectRefused(chain, { stage, code: 'chain/other-repository' });
    expect(verdict.fault?.data).toMatchObject({ found: String(other), want: String(TEST_REPO) });
  });

  it('an envelope that names no repository, where it is not the genesis', async () => {
    const chain = await withThird({ header: { repo: null } });
    await expectRefused(chain, { stage, code: 'chain/other-repository' });
    const start = made({ repo: null });
    await start.add();
    await expectRefused(start, { stage, code: 'chain/other-repository', verified: 0 });
    expect((await verify(start, { repo: start.envelopes[0]?.cid ?? null })).fault).toBeNull();
  });

  it('what the rule of the chain does not admit', async () => {
    const error = chainError('no-such-chain', { chain: CHAIN });
    const rule: Rule = {
      ...NOTE_RULE,
      admit: ({ actor }, chain) => (actor === 'user:bob' && chain === CHAIN ? error : null),
    };
    const chain = await withThird({ header: { actor: 'user:bob' } });
    const verdict = await verify(chain, { rule });
    expect(refusal(verdict)).toMatchObject({ stage, code: 'chain/no-such-chain', verified: 2 });
  });

  it('envelope bytes that are not canonical', async () => {
    // The head of `clock` in two bytes instead of one: the same value in another form.
    const chain = await withThird({
      envelope: (bytes) => {
        const at = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 6)) === 'eclock') + 6;
        return Uint8Array.of(...bytes.subarray(0, at), 0x18, ...bytes.subarray(at));
      },
    });
    const verdict = await expectRefused(chain, { stage, code: 'chain/malformed-envelope' });
    expect(verdict.fault?.message).toContain('shortest form');
  });

  it('a file that is no signed envelope, and bytes behind one', async () => {
    const junk = await withThird({ stored: () => encode({ hello: 'world' }) });
    await expectRefused(junk, { stage, code: 'chain/malformed-envelope' });
    const longer = await withThird({ stored: (bytes) => Uint8Array.of(...bytes, 0) });
    await expectRefused(longer, { stage, code: 'chain/malformed-envelope' });
  });

  it('signatures that are out of order or there twice', async () => {
    const signers = [testSigner(1), testSigner(2)];
    type Signatures = ReturnType<typeof decodeSigned>['signatures'];
    for (const alter of [(list: Signatures) => [...list].reverse(), ([first]: Signatures) => [first, first]]) {
      const stored = (bytes: Uint8Array) => {
        const { envelope, signatures } = decodeSigned(bytes);
        return encode({ envelope, signatures: alter(signatures) as unknown as Value });
      };
      const verdict = await expectRefused(await withThird({ signers, stored }), {
        stage,
        code: 'chain/malformed-envelope',
      });
      expect(verdict.fault?.message).toContain('key order');
    }
  });

  it('a commit without an envelope, or with a link in its place', async () => {
    const none = await withThird({ tree: (entries) => entries.map((entry) => ({ ...entry, name: 'something' })) });
    await expectRefused(none, { stage, code: 'chain/malformed-envelope' });
    const link = await withThird({
      tree: (entries) => entries.map((entry) => ({ ...entry, mode: '120000' as const })),
    });
    await expectRefused(link, { stage, code: 'chain/malformed-envelope' });
    const folder = made();
    await folder.addPlain(2);
    const tree = await folder.put('tree', encodeTree([]));
    await folder.add({ tree: () => [{ mode: '100644', name: 'envelope', oid: tree }] });
    const verdict = await expectRefused(folder, { stage, code: 'chain/malformed-envelope' });
    expect(verdict.fault?.message).toContain('is a tree');
  });

  it('cannot check a newer version, and says so', async () => {
    const chain = await withThird({ envelope: (bytes) => bytes.map((byte, i) => (i === 3 ? 2 : byte)) });
    const verdict = await expectRefused(chain, { stage, code: 'chain/newer-version', exit: EXIT.unchecked });
    expect(verdict.fault?.data).toEqual({ version: 2 });
  });
});

describe('the sequence check refuses', () => {
  const stage = 'sequence';

  it.each([
    ['a gap', 3],
    ['a repetition', 1],
    ['a start over', 0],
  ])('%s in seq', async (_, seq) => {
    const chain = await withThird({ header: { seq } });
    const verdict = await expectRefused(chain, { stage, code: 'chain/broken-sequence' });
    expect(verdict.fault?.data).toMatchObject({ want: 2, got: seq });
  });

  it('a chain that does not start at 0', async () => {
    const chain = made();
    await chain.add({ header: { seq: 5 } });
    await expectRefused(chain, { stage, code: 'chain/broken-sequence', verified: 0 });
  });

  it('a link to another envelope, to none, and one at the start', async () => {
    const other = await made().addPlain(1);
    for (const prev of [null, other.envelopes[0]?.cid ?? null, TEST_REPO])
      await expectRefused(await withThird({ header: { prev } }), { stage, code: 'chain/broken-link' });
    const start = made();
    await start.add({ header: { prev: TEST_REPO } });
    await expectRefused(start, { stage, code: 'chain/broken-link', verified: 0 });
  });

  it.each([2, 1, 0])('a clock that does not rise: %i after 2', async (clock) => {
    const chain = await withThird({ header: { clock } });
    const verdict = await expectRefused(chain, { stage, code: 'chain/clock-not-rising' });
    expect(verdict.fault?.data).toMatchObject({ clock, previous: 2 });
  });

  it('a replayed genesis', async () => {
    const chain = made({ repo: null });
    await chain.add();
    const genesis = chain.envelopes[0];
    const rule = NOTE_RULE;
    const repo = genesis?.cid ?? null;
    await chain.add({ header: { repo: repo as Cid } });
    await chain.add({ envelope: () => genesis?.bytes as Uint8Array, header: { repo: repo as Cid } });
    await expectRefused(chain, { stage, code: 'chain/broken-sequence' }, { repo, rule });
  });

  it('an envelope that was left out, doubled, or exchanged with the next one', async () => {
    const honest = await made().addPlain(5);
    for (const [order, verified, code] of [
      [[0, 1, 3, 4], 2, 'chain/broken-sequence'],
      [[0, 1, 1, 2], 2, 'chain/broken-sequence'],
      [[0, 2, 1, 3], 1, 'chain/broken-sequence'],
    ] as const) {
      const chain = made();
      for (const i of order)
        await chain.add({ envelope: () => honest.envelopes[i]?.bytes as Uint8Array, bodies: [{ text: `note ${i}` }] });
      await expectRefused(chain, { stage, code, verified });
    }
  });
});

describe('the commit check refuses', () => {
  const stage = 'commit';
  const code = 'chain/other-commit';

  it.each<[string, Parameters<HandMade['add']>[0], string]>([
    ['an edited message', { commit: (commit) => ({ ...commit, message: `${commit.message}more\n` }) }, 'the message'],
    [
      'an edited title',
      { commit: (commit) => ({ ...commit, message: commit.message.replace('note', 'Note') }) },
      'the message',
    ],
    [
      'another author',
      { commit: (commit) => ({ ...commit, author: commit.author.replace('alice', 'mallory') }) },
      'the author or its date',
    ],
    [
      'another author date',
      { commit: (commit) => ({ ...commit, author: commit.author.replace(/[0-9]+ [+]/, '1 +') }) },
      'the author or its date',
    ],
    [
      'another committer',
      { commit: (commit) => ({ ...commit, committer: commit.committer.replace('alice', 'mallory') }) },
      'the committer or its date',
    ],
    [
      'another time zone',
      { commit: (commit) => ({ ...commit, committer: commit.committer.replace('+0000', '+0100') }) },
      'the committer or its date',
    ],
    [
      'an added header',
      { rawCommit: (bytes) => utf8(fromUtf8(bytes).replace('\n\n', '\nencoding UTF-8\n\n')) },
      'an added header',
    ],
    [
      'bytes of the message that are not UTF-8',
      {
        bodies: [{ text: 'a \ufffd' }],
        rawCommit: (bytes) => replaceBytes(bytes, utf8('\ufffd'), Uint8Array.of(0xff)),
      },
      'the message',
    ],
  ])('%s', async (_, departure, what) => {
    const verdict = await expectRefused(await withThird(departure), { stage, code });
    expect(verdict.fault?.data.what).toBe(what);
  });

  it('a parent that is no part of the chain, below a chain that is verified from there on', async () => {
    const chain = await made().addPlain(2);
    const root = await chain.put(
      'commit',
      encodeCommit({
        tree: await chain.put('tree', encodeTree([])),
        parents: [],
        author: WHO,
        committer: WHO,
        message: 'x\n',
      }),
    );
    await chain.add({ commit: (commit) => ({ ...commit, parents: [root] }) });
    // What is below is no entry, so it shows before the parent is compared.
    await expectRefused(chain, { stage: 'envelope', code: 'chain/malformed-envelope', verified: 0 });
  });
});

describe('the history check', () => {
  const stage = 'history';

  it('refuses a merge', async () => {
    const chain = await made().addPlain(2);
    const [first] = chain.oids;
    await chain.add({ commit: (commit) => ({ ...commit, parents: [...commit.parents, first as string] }) });
    await expectRefused(chain, { stage, code: 'git/not-linear', verified: 0 });
  });

  it('refuses a head that does not extend the one that was verified', async () => {
    const chain = await made().addPlain(3);
    const from = (await verify(chain)).head ?? undefined;
    const rewritten = await new HandMade({ chain: CHAIN, backend: chain.backend, actor: 'user:eve' }).addPlain(4);
    const want = { stage, code: 'chain/rewritten', verified: 3, exit: EXIT.rewritten };
    const verdict = await expectRefused(rewritten, want, { from });
    expect(verdict.fault?.data).toEqual({ chain: CHAIN, had: chain.head, has: rewritten.head });
    // Rolled back: what was verified is no longer there.
    await expectRefused(chain, want, { from, head: chain.oids[1] as string });
    const [first] = chain.oids;
    await chain.add({ commit: (commit) => ({ ...commit, parents: [...commit.parents, first as string] }) });
    await expectRefused(chain, { stage, code: 'git/not-linear', verified: 3 }, { from });
  });

  it.each([
    ['missing-object', gitError('missing-object', { oid: 'x' })],
    ['shallow', gitError('shallow', { at: 'x' })],
  ] as const)('cannot check where a commit is not there: %s', async (code, error) => {
    const chain = await made().addPlain(4);
    const gone = new Set([chain.oids[1] as string]);
    const backend = withoutObjects(chain.backend, gone, () => error);
    await expectRefused(chain, { stage, code: `git/${code}`, verified: 0, exit: EXIT.unchecked }, { backend });
  });

  it('refuses a head that is no commit', async () => {
    const chain = await made().addPlain(1);
    const { treeOid } = await readEntry(chain.backend, chain.head);
    const verdict = await verify(chain, { head: treeOid });
    expect(refusal(verdict)).toMatchObject({ stage, code: 'git/wrong-type' });
  });
});

describe('objects that cannot be read', () => {
  it.each(['tree', 'blob'] as const)('a missing %s: could not check, after everything before it was', async (what) => {
    const chain = await made().addPlain(4);
    const entry = await readEntry(chain.backend, chain.oids[2] as string);
    const oid = what === 'tree' ? entry.treeOid : (entry.tree[0]?.oid as string);
    const backend = withoutObjects(chain.backend, new Set([oid]), (missing) =>
      gitError('missing-object', { oid: missing }),
    );
    await expectRefused(chain, { stage: 'envelope', code: 'git/missing-object', exit: EXIT.unchecked }, { backend });
  });

  it('a damaged blob fails', async () => {
    const chain = await made().addPlain(4);
    const { tree } = await readEntry(chain.backend, chain.oids[2] as string);
    const { content } = await chain.backend.objects.read(tree[0]?.oid as string);
    content[100] = (content[100] as number) ^ 1;
    await expectRefused(chain, { stage: 'envelope', code: 'git/corrupt-object' });
  });

  it('never hide a fault that came before them', async () => {
    const chain = await made().addPlain(1);
    await chain.add({ signatures: (list) => list.map(({ key }) => ({ key, sig: new Uint8Array(64) })) });
    await chain.addPlain(2);
    const { treeOid } = await readEntry(chain.backend, chain.oids[3] as string);
    const backend = withoutObjects(chain.backend, new Set([treeOid]), (oid) => gitError('missing-object', { oid }));
    await expectRefused(
      chain,
      { stage: 'signature', code: 'chain/bad-signature', verified: 1, exit: EXIT.untrusted },
      { backend },
    );
  });
});

describe('the records check refuses', () => {
  const stage = 'records';

  it('a kind that has no place in the chain', async () => {
    const chain = await withThird({ header: { kind: 'test.other' } });
    const verdict = await expectRefused(chain, { stage, code: 'chain/unknown-kind' });
    expect(verdict.fault?.data).toMatchObject({ kind: 'test.other', want: ['test.note'] });
  });

  it.each<[string, Value]>([
    ['a missing field', {}],
    ['an added field', { text: 'a', more: 1 }],
    ['a field of another type', { text: 1 }],
    ['no map', 'text'],
  ])('a malformed record: %s, also behind good ones', async (_, body) => {
    const verdict = await expectRefused(await withThird({ bodies: [body] }), { stage, code: 'chain/bad-record' });
    expect(verdict.fault?.data.seq).toBe(2);
    const later = await expectRefused(await withThird({ bodies: [{ text: 'a' }, { text: 'b' }, body] }), {
      stage,
      code: 'chain/bad-record',
    });
    expect(later.fault?.data.seq).toBe(4);
  });

  it('what the reader of the records refuses', async () => {
    const chain = await made().addPlain(4);
    const error = chainError('no-such-chain', { chain: CHAIN });
    for (const throwing of [
      () => {
        throw error;
      },
      async () => {
        throw error;
      },
    ]) {
      let seen = 0;
      const onEntry = () => (seen++ === 2 ? throwing() : undefined);
      const verdict = await verify(chain, { onEntry });
      expect(refusal(verdict)).toMatchObject({ stage, code: 'chain/no-such-chain', verified: 2 });
    }
  });

  it('asks the schema where the quick look of a kind has no plain yes', async () => {
    const accepts = vi.fn(() => false);
    const rule: Rule = { ...NOTE_RULE, kinds: [{ ...NOTE_KIND, accepts }] as Rule['kinds'] };
    const chain = await made().addPlain(2);
    expect((await verify(chain, { rule })).fault).toBeNull();
    expect(accepts).toHaveBeenCalledTimes(2);
  });
});

describe('the attachments check refuses', () => {
  const stage = 'attachments';

  it('a file that no record lists, as a file and as a folder', async () => {
    const file = await withThird({ files: [{ path: 'extra', bytes: utf8('x') }] });
    const verdict = await expectRefused(file, { stage, code: 'chain/bad-attachment' });
    expect(verdict.fault?.data).toMatchObject({
      path: 'extra',
      why: 'no record lists it',
      commit: file.oids[2],
      chain: CHAIN,
    });
    const folder = await withThird({ files: [{ path: 'a/b/c', bytes: utf8('x') }] });
    expect((await expectRefused(folder, { stage, code: 'chain/bad-attachment' })).fault?.data.path).toBe('a/b/c');
  });
});

const WHO = 'A U Thor <a@b> 1 +0000';

function replaceBytes(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const at = bytes.findIndex((_, i) => from.every((byte, j) => bytes[i + j] === byte));
  return Uint8Array.of(...bytes.subarray(0, at), ...to, ...bytes.subarray(at + from.length));
}
