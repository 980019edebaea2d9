import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../testing/refusal.js';
import { formatHex, type JsonValue } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import { decodeStruct, TOOL_DEF } from '../mythos/index.js';
import { limitsOf, moduleFiles, type ToolManifest } from './manifest.js';
import { checkToolManifest, parseToolManifest } from './manifest-parse.js';
import { toolDefBytes, toolId } from './tool-id.js';

const ECHO = {
  name: 'echo',
  does: 'gives back what it is given',
  request: {},
  response: {},
  effect: 'read',
  retry_safe: true,
  cacheable: true,
  run: { kind: 'builtin', builtin: 'echo' },
} as const satisfies ToolManifest;

const parse = (value: JsonValue) => parseToolManifest(utf8(JSON.stringify(value, null, 2)));
const refusal = (value: JsonValue) => {
  const { code, message, data } = refusalOf(() => parse(value));
  expect(code).toBe('tools/bad-manifest');
  return { message, line: data.line, path: data.path };
};
const withRun = (run: JsonValue): JsonValue => ({ ...ECHO, run });

describe('a manifest', () => {
  it.each<[string, JsonValue]>([
    ['of a builtin', ECHO],
    [
      'of a process',
      withRun({
        kind: 'process',
        argv: ['node', 'x.mjs'],
        files: ['a/b.mjs', 'x.mjs'],
        env: { A: '' },
        pass: ['B'],
        network: true,
      }),
    ],
    ['of a script of its own', withRun({ kind: 'process', argv: ['./run'], files: ['run'] })],
    ['of a command by its path', withRun({ kind: 'process', argv: ['/bin/cat'] })],
    ['of a module', withRun({ kind: 'wasm', module: 'a/b/echo.wasm' })],
    ['of a host', withRun({ kind: 'http', url: 'https://tools.example:8443/a/b?c=d' })],
    ['of an address', withRun({ kind: 'http', url: 'http://[::1]:80/' })],
    ['with limits', { ...ECHO, limits: { time_ms: 1, memory_bytes: 1, response_bytes: 1 } }],
  ])('%s is read as it is', (_what, value) => {
    expect(parse(value)).toEqual(value);
    expect(checkToolManifest(value)).toBe(value);
  });

  it('says which files it needs, and what it may take', () => {
    expect(moduleFiles(ECHO)).toEqual([]);
    expect(moduleFiles({ run: { kind: 'wasm', module: 'm.wasm' } })).toEqual(['m.wasm']);
    expect(moduleFiles({ run: { kind: 'process', argv: ['x'] } })).toEqual([]);
    expect(moduleFiles({ run: { kind: 'process', argv: ['x'], files: ['a', 'b'] } })).toEqual(['a', 'b']);
    expect(limitsOf({ limits: { time_ms: 5 } })).toEqual({
      time_ms: 5,
      memory_bytes: LIMITS.toolMemoryBytes,
      response_bytes: LIMITS.toolResponseBytes,
    });
  });

  it.each<[string, JsonValue, RegExp, number]>([
    ['a list', [], /line 1: it is a list, not a map/, 1],
    ['without a name', { does: 'x' }, /line 1: `name` is missing/, 1],
    ['with an odd name', { ...ECHO, name: 'Echo!' }, /line 2: `name` is not a name: a letter/, 2],
    ['with a name that is a path', { ...ECHO, name: 'a/b' }, /line 2: `name`/, 2],
    ['that says nothing', { ...ECHO, does: '' }, /line 3: `does` is shorter/, 3],
    ['that says two lines', { ...ECHO, does: 'a\nb' }, /line 3: `does` is not one line of text/, 3],
    [
      'with an unknown effect',
      { ...ECHO, effect: 'none' },
      /line 6: `effect` is none of `read`, `write`, `external`, `irreversible`/,
      6,
    ],
    ['with text for a truth', { ...ECHO, retry_safe: 'yes' }, /line 7: `retry_safe` is text, not a boolean/, 7],
    [
      'with an unknown field',
      { ...ECHO, retries: 3 },
      /line 13: `retries` is not a field of this map; these are: name, does, request, response, effect, retry_safe, cacheable, run, limits/,
      13,
    ],
    [
      'with an unknown limit',
      { ...ECHO, limits: { time: 3 } },
      /line 14: `limits\.time` is not a field.*; these are: time_ms, memory_bytes, response_bytes/,
      14,
    ],
    [
      'with too long a time',
      { ...ECHO, limits: { time_ms: 2 ** 40 } },
      /line 14: `limits\.time_ms` is not between 1 and 3600000/,
      14,
    ],
    ['with a schema that is none', { ...ECHO, request: { type: 'x' } }, /line 5: `request\.type` is none of `null`/, 5],
    [
      'with a pattern that may hang',
      { ...ECHO, response: { properties: { a: { pattern: '^(a+)+$' } } } },
      /line 8: `response\.properties\.a\.pattern` may take long/,
      8,
    ],
    [
      'without a way to run',
      { ...ECHO, run: 'node' },
      /line 9: `run` is not a map with a `kind`: `builtin`, `process`, `wasm`, `http`/,
      9,
    ],
    [
      'of no known kind',
      withRun({ kind: 'docker' }),
      /line 10: `run\.kind` is none of `builtin`, `process`, `wasm`, `http`/,
      10,
    ],
    [
      'of an unknown builtin',
      withRun({ kind: 'builtin', builtin: 'rm' }),
      /line 11: `run\.builtin` is none of `echo`/,
      11,
    ],
    [
      'with fields of another kind',
      withRun({ kind: 'wasm', module: 'a', argv: ['x'] }),
      /`run\.argv` is not a field.*; these are: kind, module/,
      12,
    ],
    ['without a command', withRun({ kind: 'process', argv: [] }), /`run\.argv` has 0 items/, 11],
    ['with an empty command', withRun({ kind: 'process', argv: [''] }), /`run\.argv` has an empty command/, 11],
    [
      'with U+0000',
      withRun({ kind: 'process', argv: ['a', 'b\0'] }),
      /`run\.argv\["?1"?\]` is not text without U\+0000/,
      13,
    ],
    [
      'with a relative command',
      withRun({ kind: 'process', argv: ['bin/x'] }),
      /is a relative path; a file of the tool begins with `\.\/`/,
      12,
    ],
    [
      'with a script that it does not bring',
      withRun({ kind: 'process', argv: ['./x'] }),
      /is `\.\/x`, which is not one of `files`/,
      12,
    ],
    ['with a file above it', withRun({ kind: 'wasm', module: '../x' }), /`run\.module` has the component `\.\.`/, 11],
    [
      'with a file by its full path',
      withRun({ kind: 'wasm', module: '/etc/x' }),
      /`run\.module` has the component ``/,
      11,
    ],
    [
      'with files out of order',
      withRun({ kind: 'process', argv: ['x'], files: ['b', 'a'] }),
      /has `a` after `b`: sort by bytes/,
      14,
    ],
    ['with a file twice', withRun({ kind: 'process', argv: ['x'], files: ['a', 'a'] }), /names `a` twice/, 14],
    [
      'with a file below a file',
      withRun({ kind: 'process', argv: ['x'], files: ['a', 'a/b'] }),
      /below `a`, which is a file/,
      14,
    ],
    [
      'with an odd variable',
      withRun({ kind: 'process', argv: ['x'], env: { 'A-B': '' } }),
      /`run\.env\.A-B` has a key that is not the name of a variable/,
      15,
    ],
    [
      'with a file of this machine',
      withRun({ kind: 'http', url: 'file:///etc/passwd' }),
      /`run\.url` is not `https:/,
      11,
    ],
    ['with a password', withRun({ kind: 'http', url: 'https://a:b@x/' }), /without a user, a password/, 11],
    ['with a host beyond ASCII', withRun({ kind: 'http', url: 'https://ü.example/' }), /in ASCII/, 11],
    [
      'with a line end in its address',
      withRun({ kind: 'http', url: 'https://x/\r\nHost: y' }),
      /`run\.url` is not/,
      11,
    ],
  ])('%s is refused, with line and field', (_what, value, message, line) => {
    const found = refusal(value);
    expect(found.message).toMatch(message);
    expect(found.line).toBe(line);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no JSON', utf8('{\n  "name": }'), /line 2: it is not read: .*a value was expected/],
    ['a key twice', utf8('{"name": "a",\n"name": "b"}'), /line 2: .*twice/],
    ['no UTF-8', Uint8Array.of(0x7b, 0x0a, 0xff), /line 2: .*UTF-8/],
    ['nothing', new Uint8Array(0), /line 1/],
    ['too much', new Uint8Array(LIMITS.toolManifestBytes + 1), /limit/],
    ['something deep', utf8('['.repeat(10_000)), /line 1/],
  ])('that is %s is refused', (_what, bytes, message) => {
    expect(refusalOf(() => parseToolManifest(bytes)).message).toMatch(message);
  });

  it('has lines also in a text that is written in another way', () => {
    const text =
      '{"name":"echo","does":"x","request":\n\n{"a\\"}b":\n1},"response":{},"effect":"read","retry_safe":true,"cacheable":true,"run":{"kind":"builtin","builtin":"echo"}}';
    expect(refusalOf(() => parseToolManifest(utf8(text))).data).toMatchObject({ line: 3, path: 'request["a\\"}b"]' });
  });
});

describe('the id of a tool', () => {
  it('is this one', () => {
    // By hand: `{3: H(0800), 4: H(0800), 32: {1: 1, 2: true, 3: true, 4: H(does)}}`, made with another program.
    expect(formatHex(toolId(ECHO))).toBe('055b2fc2d0609d73158c116cbf23217557ec134626efeaa19a49d9b744d8a2b2');
  });

  it('is that of its canonical definition', () => {
    const definition = decodeStruct(TOOL_DEF, toolDefBytes(ECHO, { name: 'echo' }));
    expect(definition).toMatchObject({
      name: 'echo',
      tool_id: toolId(ECHO),
      effect: { effect: 1, retry_safe: true, cacheable: true },
    });
  });

  it.each<[string, object]>([
    ['its name', { name: 'other' }],
    ['how it is run', { run: { kind: 'wasm', module: 'x' } }],
    ['its limits', { limits: { time_ms: 1 } }],
    ['what is said of its types', { request: { title: 'anything' } }],
  ])('does not depend on %s', (_what, change) => {
    expect(toolId({ ...ECHO, ...change })).toEqual(toolId(ECHO));
  });

  it.each<[string, object]>([
    ['what it does', { does: 'gives back' }],
    ['what it takes', { request: { type: 'object' } }],
    ['what it gives', { response: { type: 'object' } }],
    ['its effect', { effect: 'write' }],
    ['whether it may be tried again', { retry_safe: false }],
    ['whether it may be remembered', { cacheable: false }],
  ])('depends on %s', (_what, change) => {
    expect(toolId({ ...ECHO, ...change })).not.toEqual(toolId(ECHO));
  });
});
