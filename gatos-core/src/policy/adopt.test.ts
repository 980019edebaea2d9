import { beforeEach, describe, expect, it } from 'vitest';
import { HandMade, testSigner } from '../../testing/hand-made.js';
import { LAW_ROOTS, LawWorld, lawFiles, lawSigner } from '../../testing/law-world.js';
import { seededRandom } from '../../testing/random.js';
import { attachFile, readEntry, readHead, refOfChain, verifyChain } from '../chain/index.js';
import { Cid, decode, encode, type Value } from '../codec/index.js';
import { type GitBackend, memoryBackend } from '../git/index.js';
import { EXIT, GatosError } from '../kernel/index.js';
import { adoptedFiles } from './files.js';
import {
  applyAdoption,
  BUNDLE_KIND,
  lateAdoption,
  openPolicy,
  POLICY_CHAIN,
  POLICY_RULE,
  pendingAdoption,
  policyRootOf,
  proposeAdoption,
  readSources,
  signAdoption,
} from './index.js';

const ONE = { 'one.rgs': 'deny "one" message "one" when { input.pusher == "one" }\n' };
const TWO = { 'two.rgs': 'deny "two" message "two" when { input.pusher == "two" }\n' };
const NONE = { 'README.md': 'no rules\n' };

let world: LawWorld;
beforeEach(async () => {
  world = await LawWorld.open(2);
});

/** What verification of the chain of policies says: the check that failed and its code, or null. */
async function verdict(backend: GitBackend = world.backend) {
  const { repo, authorize } = await world.trust();
  const head = await backend.refs.read(refOfChain(POLICY_CHAIN));
  const context = { backend, engine: world.ports.engine, repo, authorize };
  const { checks } = await verifyChain(context, { chain: POLICY_CHAIN, rule: POLICY_RULE, head: head ?? '' });
  const bad = checks.find(({ outcome }) => outcome !== 'pass');
  return bad === undefined ? null : [bad.name, bad.code];
}

describe('adopting a policy', () => {
  it('takes as many roots as trust asks for, and is law then', async () => {
    const alone = await world.propose(ONE, { by: ['user:alice'], note: 'because' });
    expect(alone).toMatchObject({
      replaces: null,
      actor: 'user:alice',
      body: { note: 'because', modules: ['one.rgs'] },
    });
    expect(alone.missing).toMatchObject({ code: 'trust/threshold', data: { have: ['user:alice'], need: 2 } });
    expect(alone.missing?.message).toContain('policies/active');
    expect(alone.missing?.hint).toContain('`git gatos policy sign FILE`');
    await expect(applyAdoption(world.ports, alone.bytes)).rejects.toMatchObject({ code: 'trust/threshold' });
    expect(await policyRootOf(world.backend)).toBeNull();

    const both = await signAdoption(world.ports, alone.bytes, lawSigner('user:bob'));
    expect(both.missing).toBeNull();
    expect(both.cid.equals(alone.cid)).toBe(true);
    const { envelope, oid } = await applyAdoption(world.ports, both.bytes);
    expect((await policyRootOf(world.backend))?.equals(both.cid)).toBe(true);
    expect([envelope.kind, envelope.policy, envelope.count]).toEqual(['policy.bundle', null, 1]);
    const { commit } = await readEntry(world.backend, oid);
    expect(commit.message).toMatch(/^policy: adopt 1 module\n[\s\S]*Policy-Code-Root: sha256:[0-9a-f]{64}\n$/);
    expect(await verdict()).toBeNull();
  });

  it('cites the policy that it replaces', async () => {
    const first = await world.adopt(ONE);
    const second = await world.adopt(TWO, ['user:carol', 'user:alice']);
    expect(second.envelope.policy?.equals(first.envelope.cid)).toBe(true);
    expect(second.envelope.prev?.equals(first.envelope.cid)).toBe(true);
    expect(await verdict()).toBeNull();
  });

  it('happens once, however often it is asked for', async () => {
    const pending = await world.propose(ONE);
    const applied = await applyAdoption(world.ports, pending.bytes);
    expect((await applyAdoption(world.ports, pending.bytes)).oid).toBe(applied.oid);
    await world.adopt(TWO);
    expect((await applyAdoption(world.ports, pending.bytes)).oid).toBe(applied.oid);
    expect((await readHead(world.backend, POLICY_CHAIN))?.envelope.seq).toBe(1);
  });

  it('is refused for what is the law already, and not for what was', async () => {
    await world.adopt(ONE);
    await expect(world.propose(ONE, { note: 'again' })).rejects.toMatchObject({ code: 'policy/nothing-new' });
    await world.adopt(TWO);
    await world.adopt(ONE);
    expect(await verdict()).toBeNull();
  });

  it('is stale when another one came first', async () => {
    const [one, two] = [await world.propose(ONE), await world.propose(TWO)];
    await applyAdoption(world.ports, one.bytes);
    for (const late of [
      () => applyAdoption(world.ports, two.bytes),
      () => pendingAdoption(world.ports, two.bytes),
      () => signAdoption(world.ports, two.bytes, lawSigner('user:carol')),
    ])
      await expect(late()).rejects.toMatchObject({ code: 'trust/stale', exit: EXIT.conflict });
  });

  it('is one, of two that are made law at the same moment', async () => {
    const pending = [await world.propose(ONE), await world.propose(TWO)];
    const outcomes = await Promise.all(
      pending.map(({ bytes }) =>
        applyAdoption(world.ports, bytes).then(
          ({ envelope }) => String(envelope.cid),
          ({ code }: { code: string }) => code,
        ),
      ),
    );
    const root = String(await policyRootOf(world.backend));
    expect(outcomes.sort()).toEqual([root, 'trust/stale'].sort());
    expect((await readHead(world.backend, POLICY_CHAIN))?.envelope.seq).toBe(0);
  });

  it('works in a SHA-256 repository, with the same roots', async () => {
    const other = await LawWorld.open(2, { backend: memoryBackend({ format: 'sha256' }) });
    const [here, there] = [await world.adopt(ONE), await other.adopt(ONE)];
    expect(there.oid).toHaveLength(64);
    expect(there.envelope.cid.equals(here.envelope.cid)).toBe(true);
    expect((await openPolicy(other.backend))?.body.modules).toEqual(['one.rgs']);
  });

  it('is made anew when trust has changed since', async () => {
    const pending = await world.propose(ONE);
    await world.change(['user:alice', 'user:bob'], { op: 'set-roots', roots: ['user:carol'], threshold: 1 });
    const refused = { code: 'policy/behind-trust', exit: EXIT.conflict };
    await expect(applyAdoption(world.ports, pending.bytes)).rejects.toMatchObject(refused);
    await expect(pendingAdoption(world.ports, pending.bytes)).rejects.toMatchObject(refused);
    const { head } = await world.trust();
    expect([
      lateAdoption({ clock: head.clock }, { head })?.code,
      lateAdoption({ clock: head.clock + 1 }, { head }),
    ]).toEqual(['policy/behind-trust', null]);
  });

  it('counts roots only, and each once', async () => {
    const files = lawFiles(ONE);
    const eve = { actor: 'user:eve', signer: lawSigner('user:eve'), files };
    await expect(proposeAdoption(world.ports, eve)).rejects.toMatchObject({ code: 'trust/not-a-root' });
    const stranger = { actor: 'user:alice', signer: testSigner(77), files };
    await expect(proposeAdoption(world.ports, stranger)).rejects.toMatchObject({ code: 'trust/unknown-key' });
    const pending = await world.propose(ONE, { by: ['user:alice'] });
    const sign = (actor: string) => signAdoption(world.ports, pending.bytes, lawSigner(actor));
    await expect(sign('user:eve')).rejects.toMatchObject({ code: 'trust/not-a-root' });
    await expect(sign('user:alice')).rejects.toMatchObject({ code: 'policy/bad-adoption' });
  });

  it('refuses a note out of form', async () => {
    await expect(world.propose(ONE, { note: 'a\u0007b' })).rejects.toMatchObject({ code: 'policy/bad-adoption' });
    const note = 'first line\n\tsecond line';
    expect((await world.propose(ONE, { note })).body.note).toBe(note);
  });

  it('can leave the house without rules, when the roots say so', async () => {
    await world.adopt(ONE);
    await world.adopt(NONE);
    expect((await openPolicy(world.backend))?.program.heads).toEqual([]);
  });
});

describe('the file of a pending adoption', () => {
  type Parts = { v: number; signed: Uint8Array; files: { path: string; bytes: Uint8Array }[] };
  const altered = (bytes: Uint8Array, change: (parts: Parts) => unknown): Uint8Array => {
    const parts = decode(bytes) as unknown as Parts;
    return encode({ ...parts, ...(change(parts) as object) } as unknown as Value);
  };
  const bad = { code: 'policy/bad-adoption' };

  it('is refused with other sources than were signed', async () => {
    const { bytes } = await world.propose(ONE, { by: ['user:alice'] });
    const others = [
      altered(bytes, () => ({ files: lawFiles(TWO) })),
      altered(bytes, ({ files }) => ({ files: [...files, ...lawFiles(NONE)] })),
      // The same rules, and a comment that nobody signed.
      altered(bytes, () => ({ files: lawFiles({ 'one.rgs': `${ONE['one.rgs']}# harmless\n` }) })),
      altered(bytes, () => ({ files: [] })),
    ];
    for (const other of others) {
      await expect(signAdoption(world.ports, other, lawSigner('user:bob'))).rejects.toMatchObject(bad);
      await expect(applyAdoption(world.ports, other)).rejects.toMatchObject(bad);
    }
  });

  it('is refused when it is something else', async () => {
    const { bytes } = await world.propose(ONE);
    const head = await readHead(world.backend, 'trust');
    const trustFile = head === null ? null : await world.backend.objects.read(head.tree[0]?.oid ?? '');
    for (const other of [
      new Uint8Array(),
      bytes.slice(0, -1),
      encode({ v: 2 }),
      altered(bytes, () => ({ v: 2 })),
      altered(bytes, () => ({ more: 1 })),
      altered(bytes, () => ({ signed: trustFile?.content })),
    ])
      await expect(pendingAdoption(world.ports, other)).rejects.toMatchObject(bad);
  });

  it('is refused when a signature in it does not fit', async () => {
    const { bytes } = await world.propose(ONE);
    const forged = altered(bytes, ({ signed }) => {
      const copy = new Uint8Array(signed);
      copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
      return { signed: copy };
    });
    await expect(applyAdoption(world.ports, forged)).rejects.toMatchObject({ code: 'chain/bad-signature' });
    expect(await policyRootOf(world.backend)).toBeNull();
  });

  it('is not signed again, whatever bit of it is changed', async () => {
    const pending = await world.propose(ONE, { by: ['user:alice'] });
    const random = seededRandom(3);
    for (let i = 0; i < 150; i++) {
      const bytes = new Uint8Array(pending.bytes);
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      // Reading counts signatures and does not verify them; whoever signs or makes law does.
      const read = await pendingAdoption(world.ports, bytes).catch((error: unknown) => error);
      if (read instanceof Error) expect(read, `byte ${at}`).toBeInstanceOf(GatosError);
      const signed = signAdoption(world.ports, bytes, lawSigner('user:bob'));
      await expect(signed, `byte ${at}`).rejects.toBeInstanceOf(GatosError);
    }
  });

  it('is refused in another repository', async () => {
    const { bytes } = await world.propose(ONE);
    const other = await LawWorld.open(1, { seed: 12 });
    await expect(applyAdoption(other.ports, bytes)).rejects.toMatchObject(bad);
  });
});

describe('a chain of policies', () => {
  const files = adoptedFiles(readSources(lawFiles(ONE)));
  const body = () => {
    const bundle = readSources(lawFiles(ONE));
    const attachments = files.map(attachFile);
    const value = {
      language: 1,
      modules: ['one.rgs'],
      adrs: [],
      policy_code_root: bundle.codeRoot,
      note: '',
      attachments,
    };
    return value as unknown as Value;
  };
  const forge = async (clock: number, by: readonly string[], more: object = {}) => {
    const { repo } = await world.trust();
    const { backend } = world;
    const chain = new HandMade({ chain: POLICY_CHAIN, kind: BUNDLE_KIND, repo, backend, clock });
    await chain.add({ bodies: [body()], files, signers: by.map(lawSigner), ...more });
    return chain;
  };
  const now = async () => (await world.trust()).head.clock + 1;

  it('is valid when the roots signed, made by hand as well', async () => {
    await forge(await now(), ['user:alice', 'user:bob']);
    expect(await verdict()).toBeNull();
  });

  it.each([
    ['one root', ['user:alice'], 'trust/threshold'],
    ['a root and somebody else', ['user:alice', 'user:eve'], 'trust/not-a-root'],
    ['roots, but not the one in whose name it is', ['user:bob', 'user:carol'], 'trust/actor-did-not-sign'],
  ])('is not valid when signed by %s', async (_, by, code) => {
    await forge(await now(), by);
    expect(await verdict()).toEqual(['signer', code]);
    await expect(world.propose(TWO)).rejects.toMatchObject({ code });
  });

  it('is not signed twice by one root with two keys', async () => {
    const second = testSigner(21);
    await world.change(['user:alice', 'user:bob'], { op: 'add-key', actor: 'user:alice', key: second.key });
    await forge(await now(), [], { signers: [lawSigner('user:alice'), second] });
    expect(await verdict()).toEqual(['signer', 'trust/threshold']);
  });

  it('is judged by who decided at its place, before and after the roots changed', async () => {
    const before = await now();
    await world.change(['user:alice', 'user:bob'], { op: 'set-roots', roots: ['user:carol'], threshold: 1 });
    const after = await now();
    const backend = world.backend;
    const judged = async (clock: number, by: readonly string[], actor = by[0] ?? '') => {
      const oid = await backend.refs.read(refOfChain(POLICY_CHAIN));
      if (oid !== null) await backend.refs.transaction([{ name: refOfChain(POLICY_CHAIN), expected: oid, next: null }]);
      await forge(clock, by, { header: { actor } });
      return (await verdict())?.[1] ?? null;
    };
    expect(await judged(before, ['user:alice', 'user:bob'])).toBeNull();
    expect(await judged(before, ['user:carol'])).toBe('trust/threshold');
    expect(await judged(after, ['user:carol'])).toBeNull();
    expect(await judged(after, ['user:alice', 'user:bob'])).toBe('trust/not-a-root');
    // The clock of the change itself still belongs to those before.
    expect(await judged(after - 1, ['user:alice', 'user:bob'])).toBeNull();
    // Before there were three roots, and before there was a genesis.
    expect(await judged(2, ['user:alice'])).toBeNull();
    expect(await judged(1, ['user:alice'])).toBe('trust/not-a-root');
  });

  it('stays valid where its signers lost their keys later, and not where they were compromised before', async () => {
    await world.adopt(ONE);
    const { clock } = (await readHead(world.backend, POLICY_CHAIN))?.envelope ?? { clock: 0 };
    const revoke = { op: 'revoke-key' as const, key: lawSigner('user:bob').key, reason: 'lost' };
    await world.change(['user:alice', 'user:carol'], revoke);
    expect(await verdict()).toBeNull();
    await world.change(['user:alice', 'user:carol'], { ...revoke, since: clock });
    expect(await verdict()).toEqual(['signer', 'trust/revoked']);
  });

  it('holds one bundle an envelope, with exactly the files that it lists', async () => {
    const by = { signers: LAW_ROOTS.map(lawSigner) };
    const cases: readonly (readonly [object, readonly [string, string]])[] = [
      [{ bodies: [body(), body()] }, ['envelope', 'policy/not-alone']],
      [{ files: [...files, { path: 'sources/more.rgs', bytes: encode(1) }] }, ['attachments', 'chain/bad-attachment']],
      [{ files: files.slice(1) }, ['attachments', 'chain/bad-attachment']],
      [{ bodies: [{ ...(body() as object), adrs: ['a.md'] } as Value] }, ['records', 'chain/bad-record']],
      [{ bodies: [{ ...(body() as object), modules: ['../one.rgs'] } as Value] }, ['records', 'chain/bad-record']],
      [
        { bodies: [{ ...(body() as object), modules: [], adrs: ['one.rgs'] } as Value] },
        ['records', 'chain/bad-record'],
      ],
      [{ bodies: [{ ...(body() as object), attachments: [] } as Value] }, ['records', 'chain/bad-record']],
      [{ bodies: [{ ...(body() as object), extra: Cid.hash('raw') } as Value] }, ['records', 'chain/bad-record']],
    ];
    for (const [more, want] of cases) {
      world = await LawWorld.open(2);
      await forge(await now(), [], { ...by, ...more });
      expect(await verdict()).toEqual(want);
    }
  });
});
