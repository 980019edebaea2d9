import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyStructValue } from '../../../testing/arbitrary-can.js';
import {
  NOON,
  named,
  sampleAttestation,
  sampleCapability,
  sampleReceipt,
  signerOf,
} from '../../../testing/mythos-samples.js';
import { codeOf, refusalOf } from '../../../testing/refusal.js';
import { CanMap, type CanValue, decodeCan, encodeCan, formatHex, parseHex } from '../../codec/index.js';
import { nobleEngine } from '../../identity/index.js';
import { compareBytes, utf8 } from '../../kernel/index.js';
import {
  AGENT_ID,
  type AnyStruct,
  ATTESTATION,
  agentOf,
  BLOB_REF,
  CAP_SCOPE,
  CAPABILITY,
  checkStruct,
  checkStructId,
  decodeStruct,
  EFFECT_COMMIT,
  encodeStruct,
  findStruct,
  RECEIPT,
  readScope,
  SCOPE_KIND,
  SCOPE_STRUCTS,
  SIGNATURE,
  STRUCTS,
  sameAgent,
  sealStruct,
  structId,
  structJson,
  TYPE_DEF,
} from '../index.js';
import { hash, i64, list, map, text, u8, u16, u32, u64 } from './fields.js';
import { f, opt, struct } from './struct.js';

const seed = Number(process.env.GATOS_SEED ?? 20260303);
const byName = new Map(STRUCTS.map((each) => [each.name, each] as const));
const engine = nobleEngine();

describe('the table of structs', () => {
  it('has every struct once, every field number once, and says what each field is', () => {
    expect(new Set(STRUCTS.map(({ name }) => name)).size).toBe(STRUCTS.length);
    for (const { name, members } of STRUCTS) {
      expect(new Set(members.map(({ number }) => number)).size, name).toBe(members.length);
      expect(
        members.every(({ does, type }) => does !== '' && type !== ''),
        name,
      ).toBe(true);
    }
  });

  it('has the structs of the MYTHOS layer', () => {
    for (const name of ['Receipt', 'Attestation', 'Capability', 'EffectRegister', 'EffectCommit', 'DivergenceMark'])
      expect(findStruct(name)?.name).toBe(name);
    expect(findStruct('receipt')?.name).toBe('Receipt');
    expect(findStruct('nothing')).toBeUndefined();
    expect(Object.values(SCOPE_KIND)).toEqual(Object.keys(SCOPE_STRUCTS).map(Number));
  });
});

describe(`every struct with random values (seed ${seed})`, () => {
  it.each(STRUCTS.map((each) => [each.name, each] as const))('%s comes back, in one spelling', (_, each: AnyStruct) => {
    fc.assert(
      fc.property(anyStructValue(each, byName), (value) => {
        const bytes = encodeStruct(each, value);
        const read = decodeStruct(each, bytes);
        expect(formatHex(encodeStruct(each, read))).toBe(formatHex(bytes));
        // It is a map of MYTHOS-CAN with field numbers as keys, in the order of the encoded keys.
        const tree = decodeCan(bytes) as CanMap;
        expect(formatHex(encodeCan(tree))).toBe(formatHex(bytes));
        for (const { name, number, optional } of each.members) {
          const isThere = value[name] !== undefined;
          expect(tree.get(BigInt(number)) !== undefined, name).toBe(isThere);
          if (!optional) expect(isThere).toBe(true);
        }
        structJson(each, read);
        if (each.identified.id !== undefined) expect(structId(each, read)).toEqual(structId(each, value as object));
      }),
      { seed, numRuns: 60 },
    );
  });

  it('ids and signatures are over everything else: a change of any field changes the id', () => {
    for (const each of STRUCTS.filter(({ identified }) => identified.id !== undefined)) {
      const [value] = fc.sample(anyStructValue(each, byName), { seed, numRuns: 1 });
      const { id, signature } = each.identified;
      const before = formatHex(structId(each, value as object));
      for (const name of [id, signature]) {
        if (name === undefined) continue;
        const other = name === id ? named('another') : { alg: 9, sig_bytes: new Uint8Array(3) };
        expect(formatHex(structId(each, { ...value, [name]: other } as object)), `${each.name}.${name}`).toBe(before);
      }
      const more = { ...value, unknown: [[77n, parseHex('00')]] };
      expect(formatHex(structId(each, more as object)), each.name).not.toBe(before);
    }
  });
});

describe('field numbers from 128 on', () => {
  const numbers = [127, 128, 255, 256, 129, 300] as const;
  const ODD = struct(
    'Odd',
    Object.fromEntries(numbers.map((number) => [`f${number}`, opt(number, u8, 'a number')])) as Record<
      string,
      ReturnType<typeof opt<number>>
    >,
  );
  const value = Object.fromEntries(numbers.map((number, i) => [`f${number}`, i]));

  it('stand in the order of their encoded bytes: 127, 128, 256, 129, 300, 255', () => {
    const bytes = encodeStruct(ODD, value);
    const order = (decodeCan(bytes) as CanMap).entries.map(([key]) => key);
    expect(order).toEqual([127n, 128n, 256n, 129n, 300n, 255n]);
    expect(decodeStruct(ODD, bytes)).toEqual(value);
  });

  it('keep their place among those of somebody else', () => {
    const unknown = [257n, 130n, 2n, 2n ** 40n].map((number) => [number, parseHex('00')] as const);
    const bytes = encodeStruct(ODD, { ...value, unknown } as never);
    const keys = (decodeCan(bytes) as CanMap).entries.map(([key]) => encodeCan(key));
    expect([...keys].sort(compareBytes)).toEqual(keys);
    const read = decodeStruct(ODD, bytes) as { unknown: readonly (readonly [bigint, Uint8Array])[] };
    expect(read.unknown.map(([number]) => number).sort()).toEqual(unknown.map(([number]) => number).sort());
    expect(formatHex(encodeStruct(ODD, read as never))).toBe(formatHex(bytes));
  });

  it('are unique', () => {
    expect(() => struct('Twice', { a: f(1, u8, 'a'), b: f(1, u8, 'b') })).toThrow(/unique/);
  });
});

describe('strict reading', () => {
  const map = (entries: readonly (readonly [CanValue, CanValue])[]): Uint8Array => encodeCan(new CanMap(entries));
  const key = new Uint8Array(32);

  it.each([
    ['a list instead of a map', encodeCan([]), '', /a list, not a map/],
    ['a missing field', map([[1n, 1n]]), 'key', /field 2 is missing/],
    [
      'a field of another type',
      map([
        [1n, 'x'],
        [2n, key],
      ]),
      'scheme',
      /text, not an unsigned/,
    ],
    [
      'a number that is too large',
      map([
        [1n, 256n],
        [2n, key],
      ]),
      'scheme',
      /256 is more than 255/,
    ],
    [
      'a text key',
      map([
        [1n, 1n],
        [2n, key],
        ['hint', 'x'],
      ]),
      '',
      /text, not an unsigned/,
    ],
    [
      'bytes behind it',
      new Uint8Array([
        ...map([
          [1n, 1n],
          [2n, key],
        ]),
        0,
      ]),
      '',
      /1 more bytes/,
    ],
    ['keys of which the first comes second', parseHex('08020302050003010301'), 'scheme', /field 1 is missing/],
    ['keys of somebody else that descend', parseHex('08040301030103020500030900030800'), '', /do not ascend/],
    ['a field twice', parseHex('0803030103010301030103020500'), '', /twice/],
    ['an unknown field that is malformed', parseHex('080303010301030205000363038100'), '', /shortest/],
  ] as const)('refuses %s', (_, bytes, path, why) => {
    const refusal = refusalOf(() => decodeStruct(AGENT_ID, bytes));
    expect(refusal).toMatchObject({ code: 'mythos/malformed', data: { struct: 'AgentID', path } });
    expect(refusal.data.why).toMatch(why);
    expect(typeof refusal.data.offset).toBe('number');
  });

  it('names the way to a fault further down', async () => {
    const receipt = await sampleReceipt({ evidence: [named('a'), named('b')] });
    const tree = decodeCan(encodeStruct(RECEIPT, receipt)) as CanMap;
    const withField = (number: bigint, value: CanValue) =>
      encodeCan(new CanMap(tree.entries.map(([name, old]) => [name, name === number ? value : old])));
    const hashOf = (alg: bigint, bytes: Uint8Array) =>
      new CanMap([
        [1n, alg],
        [2n, bytes],
      ]);
    const path = (bytes: Uint8Array) => refusalOf(() => decodeStruct(RECEIPT, bytes)).data.path;
    expect(path(withField(9n, [hashOf(1n, key), hashOf(1n, key.subarray(1))]))).toBe('evidence[1]');
    expect(path(withField(6n, new CanMap([[1n, 1n]])))).toBe('signer.key');
    expect(path(withField(2n, hashOf(2n, key)))).toBe('tool_id');
    expect(
      path(
        withField(
          2n,
          new CanMap([
            [1n, 1n],
            [2n, key],
            [3n, null],
          ]),
        ),
      ),
    ).toBe('tool_id');
    expect(
      path(
        withField(
          11n,
          new CanMap([
            [1n, 1n],
            [3n, 'x'],
          ]),
        ),
      ),
    ).toBe('signature.sig_bytes');
  });

  it('is bounded', () => {
    expect(codeOf(() => decodeStruct(AGENT_ID, new Uint8Array(20), { maxBytes: 10 }))).toBe('codec/too-large');
    const deep = parseHex(`08030301030103020500${'0363'}${'0701'.repeat(10_000)}00`);
    expect(codeOf(() => decodeStruct(AGENT_ID, deep))).toBe('codec/depth');
  });

  it('absent is not empty', () => {
    const absent = { scheme: 1, key };
    const empty = { ...absent, hint: '' };
    expect(formatHex(encodeStruct(AGENT_ID, absent))).not.toBe(formatHex(encodeStruct(AGENT_ID, empty)));
    expect(decodeStruct(AGENT_ID, encodeStruct(AGENT_ID, absent)).hint).toBeUndefined();
    expect(decodeStruct(AGENT_ID, encodeStruct(AGENT_ID, empty)).hint).toBe('');
  });
});

describe('objects that have no encoding', () => {
  const ODD = struct('Odd', {
    u8: opt(1, u8, 'u8'),
    u16: opt(2, u16, 'u16'),
    u32: opt(3, u32, 'u32'),
    u64: opt(4, u64, 'u64'),
    i64: opt(5, i64, 'i64'),
    hash: opt(6, hash, 'hash'),
    text: opt(7, text, 'text'),
    list: opt(8, list(u8), 'list'),
    map: opt(9, map('u32', u8), 'map'),
    must: f(10, u8, 'must'),
  });

  it.each([
    ['u8', 256],
    ['u8', -1],
    ['u8', -0],
    ['u8', 1.5],
    ['u8', Number.NaN],
    ['u8', 1n],
    ['u16', 65536],
    ['u32', 2 ** 32],
    ['u64', 2n ** 64n],
    ['u64', -1n],
    ['u64', 1],
    ['i64', 2n ** 63n],
    ['i64', -(2n ** 63n) - 1n],
    ['hash', new Uint8Array(31)],
    ['hash', 'aa'],
    ['text', '\ud800'],
    ['text', 7],
    ['list', 7],
    ['map', { x: 1 }],
    ['map', { '-1': 1 }],
    ['map', { '01': 1 }],
    ['map', null],
  ])('%s: %s', (name, value) => {
    const refusal = refusalOf(() => encodeStruct(ODD, { must: 1, [name]: value } as never));
    expect(refusal).toMatchObject({ code: 'mythos/unencodable', data: { struct: 'Odd', path: name } });
  });

  it('says where: in a list, in a map, in another struct, or what is missing', () => {
    const path = (value: object) => refusalOf(() => encodeStruct(ODD, value as never)).data.path;
    expect(path({})).toBe('must');
    expect(path({ must: 1, list: [1, 2, 300] })).toBe('list[2]');
    expect(path({ must: 1, map: { 4: 300 } })).toBe('map.4');
    const bad = { alg: 1, sig_bytes: 'x' };
    expect(refusalOf(() => encodeStruct(SIGNATURE, bad as never)).data.path).toBe('sig_bytes');
  });

  it('a field of the table among the unknown ones', () => {
    const value = { must: 1, unknown: [[3n, parseHex('00')]] } as never;
    expect(codeOf(() => encodeStruct(ODD, value))).toBe('mythos/unencodable');
  });

  it('leaves the next encoding alone', () => {
    expect(codeOf(() => encodeStruct(ODD, { must: 1, text: '\ud800' } as never))).toBe('mythos/unencodable');
    expect(formatHex(encodeStruct(ODD, { must: 1 } as never))).toBe('0801030a0301');
  });
});

describe('ids and signatures', () => {
  it('hold for what was sealed, and for nothing else', async () => {
    const receipt = await sampleReceipt();
    expect(checkStruct(RECEIPT, receipt, { engine })).toEqual(receipt.receipt_id);
    const changed = { ...receipt, status: 201 };
    expect(codeOf(() => checkStruct(RECEIPT, changed, { engine }))).toBe('mythos/wrong-id');
    const renamed = { ...changed, receipt_id: structId(RECEIPT, changed) };
    expect(codeOf(() => checkStruct(RECEIPT, renamed, { engine }))).toBe('mythos/wrong-signature');
    const other = { ...receipt, signer: agentOf(signerOf('another').key) };
    expect(codeOf(() => checkStruct(RECEIPT, { ...other, receipt_id: structId(RECEIPT, other) }, { engine }))).toBe(
      'mythos/wrong-signature',
    );
    const { signature } = receipt;
    for (const sig_bytes of [new Uint8Array(0), signature.sig_bytes.subarray(1), new Uint8Array(64)])
      expect(codeOf(() => checkStruct(RECEIPT, { ...receipt, signature: { alg: 1, sig_bytes } }, { engine }))).toBe(
        'mythos/wrong-signature',
      );
    expect(codeOf(() => checkStruct(RECEIPT, { ...receipt, signature: { ...signature, alg: 2 } }, { engine }))).toBe(
      'mythos/scheme',
    );
  });

  it('are the raw 32-byte id under Ed25519', async () => {
    const receipt = await sampleReceipt();
    const { signer, receipt_id, signature } = receipt;
    expect(engine.verify({ key: signer.key, message: receipt_id, signature: signature.sig_bytes })).toBe(true);
  });

  it('leave out id and signature, and nothing else', async () => {
    const attestation = await sampleAttestation();
    expect(checkStruct(ATTESTATION, attestation, { engine })).toEqual(attestation.attestation_id);
    const noted = { ...attestation, notes: 'other' };
    expect(structId(ATTESTATION, noted)).not.toEqual(attestation.attestation_id);
    const capability = await sampleCapability();
    expect(checkStruct(CAPABILITY, capability, { engine })).toEqual(capability.cap_id);
  });

  it('of an entry that names no signer are checked with a key that one has to give', async () => {
    const signer = signerOf('gateway');
    const draft = {
      idem_id: named('idem'),
      tool_id: named('tool'),
      request_hash: named('request'),
      response_hash: named('response'),
      receipt_id: named('receipt'),
      status: 200,
      time_observed: NOON,
    };
    const commit = await sealStruct(EFFECT_COMMIT, draft, signer);
    expect(() => checkStruct(EFFECT_COMMIT, commit, { engine })).toThrow(/needs to be told/);
    expect(checkStruct(EFFECT_COMMIT, commit, { engine, by: agentOf(signer.key) })).toEqual(
      structId(EFFECT_COMMIT, commit),
    );
    expect(codeOf(() => checkStruct(EFFECT_COMMIT, commit, { engine, by: agentOf(signerOf('x').key) }))).toBe(
      'mythos/wrong-signature',
    );
    await expect(sealStruct(RECEIPT, { ...(await sampleReceipt()) }, signerOf('another'))).rejects.toThrow(
      /is the signer/,
    );
  });

  it('are not changed by names', () => {
    const def = {
      type_id: named('x'),
      kind: 1,
      name: 'Point',
      fields: [{ field_id: 1, name: 'x', field_type_id: named('u64'), required: true }],
    };
    const id = structId(TYPE_DEF, def);
    const renamed = { ...def, name: 'P', fields: def.fields.map((field) => ({ ...field, name: 'y' })) };
    expect(structId(TYPE_DEF, renamed)).toEqual(id);
    expect(structId(TYPE_DEF, { ...def, kind: 2 })).not.toEqual(id);
    expect(checkStructId(TYPE_DEF, { ...def, type_id: id })).toEqual(id);
  });

  it('name keys: the hint means nothing', () => {
    const key = signerOf('a').key;
    expect(sameAgent(agentOf(key), { ...agentOf(key), hint: 'me' })).toBe(true);
    expect(sameAgent(agentOf(key), { ...agentOf(key), scheme: 2 })).toBe(false);
    expect(sameAgent(agentOf(key), agentOf(signerOf('b').key))).toBe(false);
  });
});

describe('what people see', () => {
  it('digests in hexadecimal, codes with their names, nested objects read', async () => {
    const capability = await sampleCapability();
    expect(structJson(CAPABILITY, capability)).toMatchObject({
      cap_id: formatHex(capability.cap_id),
      scope: { kind: '5 ToolCall', payload: { tool_id: formatHex(named('tool')), max_calls: 3 } },
      not_before: Number(NOON),
      delegable: true,
    });
    const broken = { kind: 5, payload: utf8('x') };
    expect(structJson(CAP_SCOPE, broken)).toMatchObject({ payload: { bytes: '78' } });
    expect(codeOf(() => readScope(broken))).toBe('mythos/malformed');
    expect(readScope({ kind: 99, payload: new Uint8Array(0) })).toBeUndefined();
    expect(readScope(capability.scope)).toMatchObject({ kind: 5, scope: { max_calls: 3 } });
  });

  it('large numbers as text, codes that nobody knows as numbers, fields of somebody else by their number', () => {
    const ref = {
      cid: named('blob'),
      size: 2n ** 60n,
      media: 'text/plain',
      codec: 9,
      chunks: 0,
      unknown: [[500n, encodeCan('more')]] as const,
    };
    expect(structJson(BLOB_REF, ref)).toEqual({
      cid: formatHex(named('blob')),
      size: '1152921504606846976',
      media: 'text/plain',
      codec: 9,
      chunks: 0,
      'field 500': 'more',
    });
  });
});
