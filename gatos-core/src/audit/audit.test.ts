/** Denials: where they may stand, what they may say, and what a reader finds out. */
import { describe, expect, it } from 'vitest';
import { HandMade, testSigner } from '../../testing/hand-made.js';
import { seededRandom, steppingClock } from '../../testing/index.js';
import { refOfChain, ruleFor, verifyChain } from '../chain/index.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { memoryBackend } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { LIMITS } from '../kernel/index.js';
import { encodeDecision } from '../policy/index.js';
import { applyPending, found, openTrust, proposeChange } from '../trust/index.js';
import { RULES, verifyRepository } from '../verify/index.js';
import {
  DENIAL_KIND,
  DENIAL_RULE,
  denialChain,
  type NewDenial,
  readDenial,
  verifyDenials,
  writeDenial,
} from './index.js';

const engine = nobleEngine();
const CODE_ROOT = new Uint8Array(32).fill(7);
const ID = '01HF7YAT00000000000000000A';

async function repository() {
  const backend = memoryBackend();
  const clock = steppingClock({ start: 1_700_000_000_000_000, step: 1 });
  const ports = { backend, engine, clock, random: seededRandom(3) };
  await found(ports, { profile: 'default', actor: 'user:root', signer: testSigner(1) });
  const add = { op: 'add-key', actor: 'service:gate', key: testSigner(2).key } as const;
  const change = await proposeChange(ports, { actor: 'user:root', signer: testSigner(1), changes: [add] });
  await applyPending(ports, change.bytes);
  const trust = await openTrust(ports);
  return { backend, ports, trust, gate: { actor: 'service:gate', signer: testSigner(2), trust } };
}

const of = (bytes: Uint8Array) => ({ cid: Cid.hash('dag-cbor', bytes), bytes });
const INPUT = of(encode({ v: 1 }));
const decision = (change: object = {}) =>
  of(
    encodeDecision({
      v: 1,
      input: INPUT.cid,
      policy_code_root: CODE_ROOT,
      verdict: 'deny',
      fired: [],
      errors: [],
      uses: [],
      gas: 1,
      ...change,
    }),
  );

const refusal = { ref: 'refs/heads/main', rule: 'policy/x', what: 'no', why: ['so'], pass: [], because: null };
const denial = (change: Partial<NewDenial> = {}): NewDenial => ({
  time: 1,
  pusher: null,
  updates: [{ ref: 'refs/heads/main', old: null, new: 'a'.repeat(40) }],
  more_updates: 0,
  signers: [],
  refusals: [refusal],
  more_refusals: 0,
  policy_root: INPUT.cid,
  policy_code_root: CODE_ROOT,
  input: INPUT,
  decision: decision(),
  suppressed: 0,
  ...change,
});

describe('denials', () => {
  it('are written once, on a ref of their own, and verify', async () => {
    const { backend, ports, gate } = await repository();
    const [one, two] = [await writeDenial(ports, gate, denial()), await writeDenial(ports, gate, denial())];
    expect(one.id).not.toBe(two.id);
    expect(await backend.refs.read(refOfChain(one.chain))).not.toBeNull();
    const { body, input, decision: kept } = await readDenial(backend, one.id);
    expect(body).toMatchObject({ ulid: one.id, refusals: [refusal], suppressed: 0 });
    expect([input, kept]).toEqual([INPUT.bytes, decision().bytes]);
    const { report } = await verifyRepository({ backend, engine });
    expect(report.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(report.checks.filter(({ name }) => name === 'denial')).toHaveLength(2);
  });

  it('leave out a document that is too large, and still name it', async () => {
    const { backend, ports, gate } = await repository();
    const input = of(new Uint8Array(LIMITS.denialInputBytes + 1));
    const written = await writeDenial(ports, gate, denial({ input, decision: decision({ input: input.cid }) }));
    const { body, input: kept } = await readDenial(backend, written.id);
    expect([kept, String(body.input)]).toEqual([null, String(input.cid)]);
    expect((await verifyDenials(backend)).map(({ outcome }) => outcome)).toEqual(['pass']);
  });

  it('are by a service whose key is trusted', async () => {
    const { ports, trust } = await repository();
    const root = { actor: 'user:root', signer: testSigner(1), trust };
    await expect(writeDenial(ports, root, denial())).rejects.toMatchObject({ code: 'audit/not-a-service' });
    const stranger = { actor: 'service:gate', signer: testSigner(9), trust };
    await expect(writeDenial(ports, stranger, denial())).rejects.toMatchObject({ code: 'trust/unknown-key' });
  });

  it.each<[string, Partial<NewDenial>]>([
    ['a decision on another document', { decision: decision({ input: Cid.hash('raw', CODE_ROOT) }) }],
    ['a decision that allows', { decision: decision({ verdict: 'allow' }) }],
    ['a decision by another policy', { policy_code_root: new Uint8Array(32) }],
    ['a decision without a document', { input: null }],
    ['a document without a decision', { decision: null }],
    ['something else in the place of a decision', { decision: of(encode('x')) }],
  ])('that hold %s are told', async (_, change) => {
    const { backend, ports, gate } = await repository();
    const { chain } = await writeDenial(ports, gate, denial(change));
    expect((await verifyDenials(backend)).map(({ subject, outcome }) => [subject, outcome])).toEqual([[chain, 'fail']]);
    expect(await verifyDenials(backend, { only: ['journal'] })).toEqual([]);
    expect(await verifyDenials(backend, { only: ['audit/policy/deny/'] })).toHaveLength(1);
  });

  it.each(['', 'x', 'a/b', ID.toLowerCase(), `${ID}0`])('have no place at `%s`', async (id) => {
    const { backend } = await repository();
    await expect(readDenial(backend, id)).rejects.toMatchObject({ code: 'audit/no-denial' });
  });
});

describe('the rule of denials', () => {
  const body: Value = { ...denial(), ulid: ID, input: null, decision: null, attachments: [] } as never;

  async function codeOf(chain: string, { bodies = [body], actor = 'service:gate' } = {}): Promise<string | undefined> {
    const rule = ruleFor(RULES, chain);
    expect(rule).toBe(DENIAL_RULE);
    if (rule === null) return undefined;
    const made = new HandMade({ chain, kind: DENIAL_KIND, actor });
    await made.add({ bodies });
    const context = { backend: made.backend, engine, repo: made.envelopes[0]?.repo ?? null, authorize: () => null };
    return (await verifyChain(context, { chain, rule, head: made.head })).fault?.code;
  }

  it('lets one denial stand where its ulid says', async () => {
    expect(await codeOf(denialChain(ID))).toBeUndefined();
  });

  it('lets nothing else', async () => {
    expect(await codeOf(denialChain(ID), { actor: 'user:alice' })).toBe('audit/not-a-service');
    expect(await codeOf(denialChain(ID), { bodies: [body, body] })).toBe('audit/misplaced');
    expect(await codeOf('audit/policy/deny/x')).toBe('audit/misplaced');
    expect(await codeOf(denialChain('01HF7YAT00000000000000000B'))).toBe('audit/misplaced');
    const listed = { path: 'input.cbor', size: 1, cid: INPUT.cid };
    const attached = { ...(body as object), attachments: [listed] } as never;
    expect(await codeOf(denialChain(ID), { bodies: [attached] })).toBe('chain/bad-record');
  });
});
