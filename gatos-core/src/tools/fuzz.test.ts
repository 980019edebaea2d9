/** Manifests, requests, answers and declarations come from others. */
import { describe, expect, it } from 'vitest';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { Cid, decode, encode, formatHex, type JsonValue, type Value } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import {
  bodyChecks,
  checkToolManifest,
  DECLARATION_KIND,
  decodeToolRequest,
  decodeToolResponse,
  encodeToolRequest,
  encodeToolResponse,
  parseToolManifest,
  toolId,
} from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);

const SCHEMA: JsonValue = {
  type: 'object',
  properties: { a: { pattern: '^[a-z]{1,8}(-[0-9]+)*$' }, b: { $ref: '#/$defs/b' } },
  $defs: { b: { anyOf: [{ type: 'null' }, { items: { minimum: 1 } }] } },
};
const MANIFEST: JsonValue = {
  name: 'echo',
  does: 'gives back what it is given',
  request: SCHEMA,
  response: { patternProperties: { '^x': true }, required: ['x'] },
  effect: 'external',
  retry_safe: false,
  cacheable: true,
  run: { kind: 'process', argv: ['./a', 'b'], files: ['a'], env: { A: 'b' }, pass: ['C'] },
  limits: { time_ms: 1000 },
};
const manifest = checkToolManifest(MANIFEST);
const id = toolId(manifest);

describe(`fuzz of tools (seed ${SEED}, ${RUNS} runs each)`, () => {
  it('manifests: refused, or one whose id and checks can be made', async () => {
    const http = { ...(MANIFEST as object), run: { kind: 'http', url: 'https://a.example/b' } };
    const wasm = { ...(MANIFEST as object), request: true, response: {}, run: { kind: 'wasm', module: 'a/b.wasm' } };
    const corpus = [MANIFEST, http, wasm].map((value) => utf8(JSON.stringify(value)));
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      const tool = parseToolManifest(bytes);
      expect(toolId(tool)).toHaveLength(32);
      try {
        bodyChecks(tool).check('request', { a: 'x-1', b: [0] });
      } catch (error) {
        expect((error as { code?: string }).code).toBe('tools/body-refused');
      }
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });

  it('requests: refused, or these bytes again', async () => {
    const body: JsonValue = { a: [1, -1, null, true, 'x'], b: {} };
    const corpus = [
      encodeToolRequest({ tool_id: id, body: null }),
      encodeToolRequest({ tool_id: id, idempotency_key: utf8('key'), body }),
    ];
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      expect(formatHex(encodeToolRequest(decodeToolRequest(bytes)))).toBe(formatHex(bytes));
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });

  it('answers: refused, or these bytes again', async () => {
    const corpus = [
      encodeToolResponse({ status: 200, body: { a: [1, 2 ** 53 - 1, -(2 ** 53) + 1], text: 'ü' } }),
      encodeToolResponse({ status: 503, error: 'not now' }),
      encodeToolResponse({ status: 1, body: [], error: '' }),
    ];
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      expect(formatHex(encodeToolResponse(decodeToolResponse(bytes)))).toBe(formatHex(bytes));
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });

  it('declarations: refused, or the record that these bytes are', async () => {
    const files = [{ path: 'a', cid: Cid.hash('raw', utf8('x')), size: 1, blob: 'ab'.repeat(20) }];
    const body = { name: 'echo', tool_id: id, manifest: MANIFEST, files, replaces: null };
    const corpus = [encode(body as Value), encode({ ...body, replaces: Cid.hash('dag-cbor', utf8('y')) } as Value)];
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      const record = DECLARATION_KIND.schema.read(decode(bytes), 'record');
      expect(formatHex(encode(record as unknown as Value))).toBe(formatHex(bytes));
      const { title, trailers = [] } = DECLARATION_KIND.describe(record, 1);
      for (const text of [title, ...trailers.flat()]) expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(utf8(DECLARATION_KIND.indexKey(record)).length).toBeLessThanOrEqual(LIMITS.indexKeyBytes);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });
});
