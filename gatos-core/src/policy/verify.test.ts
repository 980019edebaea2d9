import { beforeEach, describe, expect, it } from 'vitest';
import { HandMade, withoutObjects } from '../../testing/hand-made.js';
import { LawWorld, lawFiles, lawSigner } from '../../testing/law-world.js';
import { attachFile, type NewFile, readEntry, refOfChain, verifyChain } from '../chain/index.js';
import type { Value } from '../codec/index.js';
import { gitError } from '../git/index.js';
import type { Check } from '../kernel/index.js';
import { CODE_PATH, SOURCE_FOLDER } from './files.js';
import {
  adoptionFault,
  adoptions,
  BUNDLE_KIND,
  checkPolicies,
  completeInput,
  openPolicy,
  openPolicyByRoot,
  POLICY_CHAIN,
  POLICY_RULE,
  policyCodeRoot,
  policyRootOf,
  readSources,
} from './index.js';

const LAW = `deny "api" message "{path} is guarded" because "0001-api.md" when {
  update in input.updates
  commit in update.commits
  change in commit.changes
  path = change.path
  glob.match("src/api/**", path)
}
`;
const TEXTS = { 'api.rgs': LAW, 'decisions/0001-api.md': '# 1. The API is guarded\n' };
const OTHER = { 'api.rgs': LAW.replace('src/api', 'src/other') };

let world: LawWorld;
beforeEach(async () => {
  world = await LawWorld.open(2);
});

interface Forgery {
  readonly sources?: readonly NewFile[];
  readonly code?: Uint8Array;
  readonly codeRoot?: Uint8Array;
  readonly language?: number;
  /** More fields. */
  readonly more?: object;
}

/** An adoption that the roots signed, of whatever they were shown. */
async function forge({ sources = lawFiles(TEXTS), code, codeRoot, language = 1, more = {} }: Forgery = {}) {
  const { repo, head } = await world.trust();
  const bytes = code ?? readSources(sources).code;
  const files = [
    { path: CODE_PATH, bytes },
    ...sources.map((file) => ({ path: SOURCE_FOLDER + file.path, bytes: file.bytes })),
  ];
  const paths = sources.map(({ path }) => path);
  const body = {
    language,
    modules: paths.filter((path) => path.endsWith('.rgs')),
    adrs: paths.filter((path) => path.endsWith('.md')),
    policy_code_root: codeRoot ?? policyCodeRoot(bytes),
    note: '',
    attachments: files.map(attachFile),
    ...more,
  };
  const place = { chain: POLICY_CHAIN, kind: BUNDLE_KIND, repo, backend: world.backend, clock: head.clock + 1 };
  const chain = new HandMade(place);
  const signers = ['user:alice', 'user:bob'].map(lawSigner);
  await chain.add({ bodies: [body as unknown as Value], files, signers });
  return chain;
}

/** The chain itself, and then its bundles: outcome and code of what did not pass. */
async function verified() {
  const { backend, ports } = world;
  const head = (await backend.refs.read(refOfChain(POLICY_CHAIN))) ?? '';
  const context = { backend, engine: ports.engine, ...(await world.trust()) };
  const verdict = await verifyChain(context, { chain: POLICY_CHAIN, rule: POLICY_RULE, head });
  const bundles = verdict.fault === null ? await checkPolicies(backend, { chain: POLICY_CHAIN, head }) : [];
  const notPassed = (checks: readonly Check[]) =>
    checks.filter(({ outcome }) => outcome !== 'pass').map(({ name, outcome, code }) => [name, outcome, code]);
  return [...notPassed(verdict.checks), ...notPassed(bundles)];
}

describe('an adopted bundle', () => {
  it('is compiled again, and every one of a chain', async () => {
    const want = [await world.adopt(TEXTS), await world.adopt(OTHER), await world.adopt(TEXTS)];
    const head = want.at(-1)?.oid ?? '';
    expect(await checkPolicies(world.backend, { chain: POLICY_CHAIN, head })).toMatchObject([
      { name: 'policy-code', outcome: 'pass', subject: POLICY_CHAIN, evidence: { policies: 3 } },
    ]);
    expect(await verified()).toEqual([]);
    expect(await adoptionFault(world.backend, await readEntry(world.backend, head))).toBeNull();
  });

  it('fails when its sources say something else than its code', async () => {
    await forge({ code: readSources(lawFiles(OTHER)).code });
    expect(await verified()).toEqual([['policy-code', 'fail', 'policy/other-code']]);
  });

  it('fails when its code is not the one whose digest was signed', async () => {
    await forge({ codeRoot: new Uint8Array(32).fill(1) });
    expect(await verified()).toEqual([['policy-code', 'fail', 'policy/altered']]);
    await expect(openPolicy(world.backend)).rejects.toMatchObject({ code: 'policy/altered' });
  });

  it('fails when its sources do not compile, and says where', async () => {
    const { head } = await forge({ sources: lawFiles({ 'api.rgs': 'deny' }), code: readSources(lawFiles(TEXTS)).code });
    expect(await verified()).toEqual([['policy-code', 'fail', 'policy/altered']]);
    const fault = await adoptionFault(world.backend, await readEntry(world.backend, head));
    expect(fault?.message).toContain('api.rgs:1:');
  });

  it('fails when a source is no text', async () => {
    const broken = [{ path: 'api.rgs', bytes: Uint8Array.of(0xff) }];
    await forge({ sources: broken, code: readSources([]).code });
    expect(await verified()).toEqual([['policy-code', 'fail', 'policy/altered']]);
    await expect(openPolicy(world.backend)).rejects.toMatchObject({ code: 'policy/altered' });
  });

  it('fails when the code is no program, and is not run', async () => {
    await forge({ code: Uint8Array.of(0xa0) });
    expect(await verified()).toEqual([['policy-code', 'fail', 'policy/other-code']]);
    await expect(openPolicy(world.backend)).rejects.toMatchObject({ code: 'policy/altered' });
  });

  it('is not opened with code whose sources are other ones', async () => {
    await forge({ code: readSources(lawFiles(OTHER)).code });
    await expect(openPolicy(world.backend)).rejects.toMatchObject({ code: 'policy/altered' });
  });

  it('is not opened with other files than its record lists', async () => {
    const other = lawFiles({ ...TEXTS, 'decisions/0001-api.md': '# 1. The API is free\n' });
    const listed = other.map(({ path, bytes }) => attachFile({ path: SOURCE_FOLDER + path, bytes }));
    const code = attachFile({ path: CODE_PATH, bytes: readSources(lawFiles(TEXTS)).code });
    const { head } = await forge({ more: { attachments: [code, ...listed] } });
    expect(await verified()).toEqual([['attachments', 'fail', 'chain/bad-attachment']]);
    await expect(openPolicy(world.backend)).rejects.toMatchObject({ code: 'policy/altered' });
    const entry = await readEntry(world.backend, head);
    expect(await adoptionFault(world.backend, entry)).toMatchObject({ code: 'policy/altered' });
  });

  it('could not be checked when its language is newer, whatever its shape', async () => {
    for (const more of [{}, { grammar: 'new' }]) {
      world = await LawWorld.open(2);
      await forge({ language: 2, more });
      const name = 'grammar' in more ? 'records' : 'policy-code';
      expect(await verified()).toEqual([[name, 'unknown', 'policy/newer-language']]);
      await expect(openPolicy(world.backend)).rejects.toMatchObject({ code: 'policy/newer-language' });
    }
  });

  it('tells each fault once, with how many have it', async () => {
    const chain = await forge({ codeRoot: new Uint8Array(32).fill(1) });
    const [first] = chain.envelopes;
    expect(first).toBeDefined();
    await world.adopt(TEXTS);
    await world.adopt(OTHER);
    const head = (await world.backend.refs.read(refOfChain(POLICY_CHAIN))) ?? '';
    expect(await checkPolicies(world.backend, { chain: POLICY_CHAIN, head })).toMatchObject([
      {
        outcome: 'fail',
        code: 'policy/altered',
        evidence: { policies: 1, policies_verified: 2, commit: chain.oids[0] },
      },
    ]);
  });

  it('could not be checked where its files are missing', async () => {
    const { oid } = await world.adopt(OTHER);
    const head = (await world.adopt(TEXTS)).oid;
    const { tree } = await readEntry(world.backend, oid);
    const blob = tree.find(({ name }) => name === CODE_PATH)?.oid ?? '';
    const clone = withoutObjects(world.backend, new Set([blob]), (oid) => gitError('missing-object', { oid }));
    const checks = await checkPolicies(clone, { chain: POLICY_CHAIN, head });
    expect(checks).toMatchObject([{ outcome: 'unknown', evidence: { policies: 1, policies_verified: 1 } }]);
  });
});

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('the policy in force', () => {
  const input = completeInput({
    updates: [{ ref: 'refs/heads/main', commits: [{ changes: [{ path: 'src/api/x.ts' }] }] }],
  });

  it('is none before one was adopted', async () => {
    expect(await openPolicy(world.backend)).toBeNull();
    expect(await policyRootOf(world.backend)).toBeNull();
  });

  it('judges as its sources say, and cites their lines', async () => {
    const { envelope } = await world.adopt(TEXTS);
    const policy = await openPolicy(world.backend);
    expect(policy?.root.equals(envelope.cid)).toBe(true);
    expect(policy?.body.adrs).toEqual(['decisions/0001-api.md']);
    const decision = policy?.machine.evaluate(input);
    expect(decision).toMatchObject({ verdict: 'deny', policy_code_root: policy?.codeRoot });
    expect(decision?.fired).toMatchObject([
      { id: 'api', file: 'api.rgs', line: 1, message: 'src/api/x.ts is guarded', because: '0001-api.md' },
    ]);
  });

  it('is the newest, and the others are found by their roots', async () => {
    const first = await world.adopt(TEXTS);
    const second = await world.adopt(OTHER, ['user:carol', 'user:bob']);
    expect((await openPolicy(world.backend))?.machine.evaluate(input).verdict).toBe('allow');
    const old = await openPolicyByRoot(world.backend, first.envelope.cid);
    expect(old.machine.evaluate(input).verdict).toBe('deny');
    const { repo } = await world.trust();
    await expect(openPolicyByRoot(world.backend, repo)).rejects.toMatchObject({ code: 'policy/no-such-policy' });
    const history = await all(adoptions(world.backend));
    expect(history.map(({ root, actor, keys }) => [String(root), actor, keys.length])).toEqual([
      [String(second.envelope.cid), 'user:carol', 2],
      [String(first.envelope.cid), 'user:alice', 2],
    ]);
    expect(await all(adoptions((await LawWorld.open(1)).backend))).toEqual([]);
  });
});
