/** One tool, run in four ways: the same request has the same bytes, and so has the answer. With real processes and a real thread. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeToolResponse, type JsonValue, toolId } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { assemblerOf, BuiltThread } from '../scratch-wasm.js';
import { openRunner } from './open.js';
import { EXAMPLES, exampleTool, requestTo, ToolPlace } from './scratch-tools.js';

const KINDS = ['builtin', 'node', 'python', 'wasm'] as const;
const place = new ToolPlace();
const thread = new BuiltThread();
const hasPython = (() => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    // The other three are compared without it.
    return false;
  }
})();
const present = KINDS.filter((kind) => kind !== 'python' || hasPython);
const runners = new Map(
  await Promise.all(
    present.map(async (kind) => {
      const { manifest, moduleDir } = exampleTool(kind);
      const settings = place.settings({ thread: thread.url });
      return [kind, { manifest, runner: await openRunner({ manifest }, { settings, moduleDir }) }] as const;
    }),
  ),
);
afterAll(async () => {
  for (const { runner } of runners.values()) await runner.close();
  thread.dispose();
  place.dispose();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('echo', () => {
  it('is one tool, whoever runs it under whatever name', () => {
    const tools = KINDS.map((kind) => exampleTool(kind).manifest);
    expect(new Set(tools.map((manifest) => Buffer.from(toolId(manifest)).toString('hex'))).size).toBe(1);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(KINDS.length);
  });

  it('as WebAssembly is its text', async () => {
    const assemble = assemblerOf(await wabt());
    const text = readFileSync(join(EXAMPLES, 'wasm/echo.wat'), 'utf8');
    expect(new Uint8Array(readFileSync(join(EXAMPLES, 'wasm/echo.wasm')))).toEqual(assemble(text));
  });

  it.skipIf(hasPython)('in Python is not looked at: there is no python3 here', () => undefined);

  const bodies: [string, JsonValue, string?][] = [
    ['nothing', null],
    ['a small thing', { text: 'hi' }, 'key'],
    [
      'all sorts of values',
      [true, false, null, 0, 127, 128, -1, -64, -65, 2 ** 53 - 1, -(2 ** 53) + 1, '', 'ünïcödé 😀', [], {}],
    ],
    ['a map whose keys have to be sorted', { b: 1, aa: 2, a: 3, '': 4, é: 5 }, 'k'.repeat(256)],
    ['something deep', Array.from({ length: 50 }).reduce<JsonValue>((inner) => [inner], 'deep')],
    ['many things', Array.from({ length: 20_000 }, (_, i) => ({ i, text: `item ${i}` }))],
    ['a large text', 'x'.repeat(1 << 20), 'large'],
  ];
  it.each(bodies)('of %s has the same bytes both ways', async (_what, body, key) => {
    const hashes = new Set<string>();
    for (const { manifest, runner } of runners.values()) {
      const request = requestTo(manifest, body, key);
      const got = await runner.invoke(request);
      expect(got.failure).toBeUndefined();
      expect(got.answer).toMatchObject({ status: 200, body });
      hashes.add(`${sha256(request)} ${sha256(got.response ?? request)}`);
    }
    const [one = ''] = hashes;
    expect(hashes.size).toBe(1);
    expect(one.endsWith(sha256(encodeToolResponse({ status: 200, body })))).toBe(true);
  });
});
