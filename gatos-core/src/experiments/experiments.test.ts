/** Records, roots, rules and receipts of experiments. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EXPERIMENT_ULID,
  evaluateRun,
  executionOf,
  jobFile,
  jobInput,
  manifestOf,
  proofOf,
  REPRODUCTION_ULID,
  reproductionOf,
  trainRun,
} from '../../testing/experiment-world.js';
import { HandMade, testSigner } from '../../testing/hand-made.js';
import { type RecordKind, ruleFor, verifyChain } from '../chain/index.js';
import { Cid, decode, encode, formatKey, type Value } from '../codec/index.js';
import { formatDsse, nobleEngine, pae, parseDsse } from '../identity/index.js';
import { namedRoot } from '../jobs/index.js';
import {
  EXPERIMENT_KIND,
  EXPERIMENT_RULES,
  EXPERIMENT_SCHEMA,
  experimentChain,
  experimentRoots,
  outerInputs,
  parseReceipt,
  RECEIPT_TYPE,
  REPRODUCTION_KIND,
  REPRODUCTION_SCHEMA,
  reproductionChain,
  signReceipt,
  verifyReceipt,
} from './index.js';

const engine = nobleEngine();
const runs = [trainRun(), evaluateRun()];
const executions = runs.map(({ execution }) => execution);
const manifests = runs.map(({ manifest }) => manifest);
const asValue = (value: unknown): Value => value as Value;

describe('roots of an experiment', () => {
  it('are those of its job when it has one', () => {
    const { manifest, execution } = trainRun();
    const { inputs_root, program_id, outputs_root } = execution;
    expect(experimentRoots([execution], [manifest])).toEqual({ inputs_root, program_id, outputs_root });
  });

  it('cover what came from outside, every program, and every output, when it has several', () => {
    const [train, evaluate] = executions.map(({ job }) => String(job));
    const outer = outerInputs(executions, manifests).map(({ job, input }) => `${job}/${input.name}`);
    expect(outer).toEqual([`${train}/data.csv`, `${evaluate}/held-out.csv`]);
    const inputs = outerInputs(executions, manifests).map(({ job, input }) => ({
      path: `${job}/${input.name}`,
      cid: input.cid,
    }));
    const outputs = executions.flatMap(({ job, outputs: files }) =>
      files.map(({ path, cid }) => ({ path: `${job}/${path}`, cid })),
    );
    expect(experimentRoots(executions, manifests)).toEqual({
      inputs_root: namedRoot(inputs),
      program_id: Cid.hash('dag-cbor', encode(executions.map(({ program_id }) => program_id))),
      outputs_root: namedRoot(outputs),
    });
  });

  it('count an input as outer when only a later job gave its bytes', () => {
    const reversed = outerInputs([...executions].reverse(), [...manifests].reverse());
    expect(reversed.map(({ input }) => input.name)).toEqual(['held-out.csv', 'model.json', 'data.csv']);
  });

  it('depend on each file', () => {
    const other = executionOf(manifestOf(), [jobFile('model.json', 'another')]);
    expect(experimentRoots([other], [manifestOf()]).outputs_root).not.toEqual(executions[0]?.outputs_root);
  });

  it.each([
    ['another manifest', manifestOf({ network: true }), {}],
    ['an inputs root of others', manifestOf(), { inputs_root: new Uint8Array(32) }],
    ['a program of others', manifestOf(), { program_id: Cid.hash('dag-cbor', encode(1)) }],
    ['an outputs root of others', manifestOf(), { outputs_root: new Uint8Array(32) }],
  ])('are refused over %s', (_, manifest, change) => {
    const execution = executionOf(manifestOf(), [jobFile('model.json', '{}')], change);
    expect(() => experimentRoots([execution], [manifest])).toThrow(
      expect.objectContaining({ code: 'experiments/other-job' }),
    );
  });

  it('are refused without a job', () => {
    expect(() => experimentRoots([], [])).toThrow(expect.objectContaining({ code: 'experiments/no-jobs' }));
  });

  it('do not depend on the order of inputs within a job (seed 4)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 8 }), (names) => {
        const inputs = [...names].sort().map((name) => jobInput(name, name));
        const manifest = manifestOf({ inputs });
        const { inputs_root } = experimentRoots([executionOf(manifest, [])], [manifest]);
        expect(inputs_root).toEqual(namedRoot(names.map((path) => ({ path, cid: jobInput(path, path).cid }))));
      }),
      { seed: 4, numRuns: 50 },
    );
  });
});

describe('the proof', () => {
  it('survives its encoding', () => {
    const proof = proofOf(runs, { notes: 'two lines\n\tof it', dirty: ['data.csv'] });
    expect(EXPERIMENT_SCHEMA.read(decode(encode(asValue(proof))))).toEqual(proof);
  });

  const proof = proofOf(runs);
  const [first = proof.program_id] = proof.jobs;
  it.each<[string, object]>([
    ['another number of proofs', { poe: proof.poe.slice(1) }],
    ['one job twice', { jobs: [first, first] }],
    ['one Proof-of-Execution twice', { poe: [proof.poe[0], proof.poe[0]] }],
    ['a checkpoint without a state', { pof: [first] }],
    ['one checkpoint twice', { pof: [first, first], states: ['state/a', 'state/b'] }],
    ['no job', { jobs: [], poe: [] }],
    ['no title', { title: '' }],
    ['a title of two lines', { title: 'a\nb' }],
    ['an escape sequence in its notes', { notes: '\u001b[2J' }],
    ['a root of 31 bytes', { inputs_root: new Uint8Array(31) }],
    ['a ulid in lower case', { ulid: EXPERIMENT_ULID.toLowerCase() }],
    ['an unknown field', { extra: 1 }],
  ])('has not %s', (_, change) => {
    expect(() => EXPERIMENT_SCHEMA.read({ ...proof, ...change })).toThrow(
      expect.objectContaining({ code: 'codec/schema' }),
    );
  });
});

describe('the receipt of a reproduction', () => {
  const difference = { job: null, name: 'x', recorded: null, reproduced: 'y', detail: '' };
  it('survives its encoding', () => {
    const body = reproductionOf({ verdict: 'drifted', differences: [{ ...difference, where: 'output' }] });
    expect(REPRODUCTION_SCHEMA.read(decode(encode(asValue(body))))).toEqual(body);
  });

  it.each<[string, object]>([
    ['an end before its start', { finished: 0 }],
    ['identical outputs that differ', { differences: [{ ...difference, where: 'output' }] }],
    ['drift without an output', { verdict: 'drifted' }],
    ['a same environment that differs', { differences: [{ ...difference, where: 'environment' }] }],
    ['another environment without a difference', { environment_same: false }],
    ['no job', { jobs: [] }],
    ['a verdict of its own', { verdict: 'similar' }],
    ['a control in a difference', { differences: [{ ...difference, where: 'input', name: '\u001b' }] }],
  ])('has not %s', (_, change) => {
    expect(() => REPRODUCTION_SCHEMA.read({ ...reproductionOf(), ...change })).toThrow(
      expect.objectContaining({ code: 'codec/schema' }),
    );
  });
});

describe('the rules', () => {
  async function codeOf(
    chain: string,
    kind: RecordKind<never>,
    { bodies }: { bodies: readonly unknown[] },
  ): Promise<string | undefined> {
    const rule = ruleFor(EXPERIMENT_RULES, chain);
    expect(rule).not.toBeNull();
    if (rule === null) return undefined;
    const made = new HandMade({ chain, kind, actor: 'user:alice' });
    await made.add({ bodies: bodies as readonly Value[] });
    const context = { backend: made.backend, engine, repo: made.envelopes[0]?.repo ?? null, authorize: () => null };
    return (await verifyChain(context, { chain, rule, head: made.head })).fault?.code;
  }
  const [proofKind, receiptKind] = [EXPERIMENT_KIND, REPRODUCTION_KIND] as unknown as [
    RecordKind<never>,
    RecordKind<never>,
  ];

  it('let a proof and a receipt stand where their ulids say', async () => {
    expect(await codeOf(experimentChain(EXPERIMENT_ULID), proofKind, { bodies: [proofOf(runs)] })).toBeUndefined();
    const bodies = [reproductionOf()];
    expect(await codeOf(reproductionChain(REPRODUCTION_ULID), receiptKind, { bodies })).toBeUndefined();
  });

  it('let nothing else', async () => {
    const proof = proofOf(runs);
    const place = experimentChain(EXPERIMENT_ULID);
    const misplaced = 'experiments/misplaced';
    expect(await codeOf(place, proofKind, { bodies: [proof, proof] })).toBe(misplaced);
    expect(await codeOf(experimentChain(REPRODUCTION_ULID), proofKind, { bodies: [proof] })).toBe(misplaced);
    expect(await codeOf('audit/proofs/experiments/x', proofKind, { bodies: [proof] })).toBe(misplaced);
    expect(await codeOf(place, proofKind, { bodies: [{ ...proof, jobs: [] }] })).toBe('chain/bad-record');
    expect(await codeOf(place, receiptKind, { bodies: [reproductionOf()] })).toBeDefined();
    expect(await codeOf(reproductionChain(EXPERIMENT_ULID), receiptKind, { bodies: [reproductionOf()] })).toBe(
      misplaced,
    );
  });

  it.each(['', 'x', EXPERIMENT_ULID.toLowerCase(), `${EXPERIMENT_ULID}0`, `8${EXPERIMENT_ULID.slice(1)}`])(
    'know no experiment `%s`',
    (id) => {
      expect(() => experimentChain(id)).toThrow(expect.objectContaining({ code: 'experiments/name' }));
    },
  );
});

describe('a receipt in a file', () => {
  const signer = testSigner(7);
  const codes = async (text: string, expected: object = {}): Promise<readonly (string | undefined)[]> =>
    (await verifyReceipt(text, { engine, ...expected })).checks.map(({ outcome, code }) => code ?? outcome);

  it('is verified with nothing but itself', async () => {
    const text = await signReceipt(reproductionOf(), signer);
    expect(parseReceipt(text).reproduction).toEqual(reproductionOf());
    expect(await codes(text)).toEqual(['pass', 'pass']);
    const expected = { pox: reproductionOf().pox, key: signer.key };
    expect(await codes(text, expected)).toEqual(['pass', 'pass', 'pass', 'pass']);
    expect((await verifyReceipt(text, { engine, ...expected })).outcome).toBe('pass');
  });

  it('says when it is about something else, or by somebody else', async () => {
    const text = await signReceipt(reproductionOf(), signer);
    const expected = { pox: Cid.hash('dag-cbor', encode(1)), key: testSigner(8).key };
    expect(await codes(text, expected)).toEqual([
      'pass',
      'pass',
      'experiments/receipt-key',
      'experiments/receipt-other',
    ]);
  });

  it('is refused when anything in it was changed', async () => {
    const text = await signReceipt(reproductionOf(), signer);
    const dsse = parseDsse(text);
    const forged = encode(asValue(reproductionOf({ started: 1 })));
    const [signature] = dsse.signatures;
    const cases: readonly (readonly [string, string])[] = [
      [formatDsse({ ...dsse, payload: forged }), 'experiments/receipt-signature'],
      [formatDsse({ ...dsse, signatures: [] }), 'experiments/receipt-unsigned'],
      [
        formatDsse({ ...dsse, signatures: [{ keyid: formatKey(testSigner(8).key), sig: signature?.sig ?? forged }] }),
        'experiments/receipt-signature',
      ],
      [
        formatDsse({ ...dsse, signatures: [{ keyid: formatKey(signer.key), sig: new Uint8Array(64) }] }),
        'experiments/receipt-signature',
      ],
    ];
    for (const [changed, code] of cases) expect(await codes(changed)).toEqual(['pass', code]);
  });

  it('is refused when one of several signatures is bad', async () => {
    const { payload, signatures } = parseDsse(await signReceipt(reproductionOf(), signer));
    const other = { keyid: formatKey(testSigner(8).key), sig: await testSigner(8).sign(pae('other', payload)) };
    const text = formatDsse({ payloadType: RECEIPT_TYPE, payload, signatures: [...signatures, other] });
    expect(await codes(text)).toEqual(['pass', 'experiments/receipt-signature']);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another type', formatDsse({ payloadType: 'text/plain', payload: new Uint8Array(1), signatures: [] })],
    ['no DAG-CBOR', formatDsse({ payloadType: RECEIPT_TYPE, payload: new Uint8Array([255]), signatures: [] })],
    ['another record', formatDsse({ payloadType: RECEIPT_TYPE, payload: encode({ a: 1 }), signatures: [] })],
    [
      'a key id that is no key',
      formatDsse({
        payloadType: RECEIPT_TYPE,
        payload: encode(asValue(reproductionOf())),
        signatures: [{ keyid: 'x', sig: new Uint8Array(64) }],
      }),
    ],
  ])('is none with %s', async (_, text) => {
    expect(() => parseReceipt(text)).toThrow(expect.objectContaining({ code: 'experiments/receipt' }));
    expect(await codes(text)).toEqual(['experiments/receipt']);
  });

  it('is not signed when it contradicts itself', async () => {
    await expect(signReceipt(reproductionOf({ finished: 0 }), signer)).rejects.toMatchObject({ code: 'codec/schema' });
  });
});
