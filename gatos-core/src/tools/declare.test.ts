/** Declared tools: written, found, replaced, raced for; and what a stranger with only a clone finds out about forged ones. */
import { describe, expect, it } from 'vitest';
import { GovernanceWorld } from '../../testing/governance-world.js';
import { HandMade, testSigner, withoutObjects } from '../../testing/hand-made.js';
import { ECHO_TOOL } from '../../testing/tools.js';
import {
  type AnyRecordKind,
  indexedBody,
  lookupIndexed,
  type NewFile,
  readEntry,
  refOfChain,
  ruleFor,
  verifyChain,
} from '../chain/index.js';
import { Cid, type Value } from '../codec/index.js';
import { gitError } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { utf8 } from '../kernel/index.js';
import { RULES, verifyRepository } from '../verify/index.js';
import {
  DECLARATION_KIND,
  declareTool,
  findTool,
  listTools,
  readModule,
  readTool,
  TOOLS_CHAIN,
  TOOLS_RULE,
  type ToolManifest,
  toolId,
  toolsWithId,
} from './index.js';

const engine = nobleEngine();
const WASM: ToolManifest = { ...ECHO_TOOL, name: 'echo-wasm', run: { kind: 'wasm', module: 'm/echo.wasm' } };
const file = (path: string, text: string): NewFile => ({ path, bytes: utf8(text) });
const MODULE = [file('m/echo.wasm', 'module')];

async function world() {
  const governance = await GovernanceWorld.open();
  const { ports, backend } = governance;
  const writer = await governance.as('user:alice');
  const declare = (manifest: ToolManifest, files: readonly NewFile[] = [], more: object = {}) =>
    declareTool(ports, writer, { manifest, files, ...more });
  const verified = async () => {
    const { report } = await verifyRepository({ backend, engine });
    return report.checks.filter(({ outcome }) => outcome !== 'pass');
  };
  return { governance, ports, backend, writer, declare, verified };
}

describe('declaring a tool', () => {
  it('makes it known by name and by id, with its files', async () => {
    const { backend, declare, verified } = await world();
    expect(await listTools(backend)).toEqual([]);
    expect(await findTool(backend, 'echo')).toBeNull();
    const declared = await declare(ECHO_TOOL);
    expect(declared).toMatchObject({
      status: 'recorded',
      replaced: null,
      tool: { name: 'echo', id: toolId(ECHO_TOOL) },
    });
    await declare(WASM, MODULE);
    const names = async (id: Uint8Array) => (await toolsWithId(backend, id)).map(({ name }) => name);
    expect((await listTools(backend)).map(({ name }) => name)).toEqual(['echo', 'echo-wasm']);
    expect(await names(toolId(ECHO_TOOL))).toEqual(['echo', 'echo-wasm']);
    expect(await names(new Uint8Array(32))).toEqual([]);
    expect(await readModule(backend, await readTool(backend, 'echo-wasm'))).toEqual(MODULE);
    expect(await readModule(backend, await readTool(backend, 'echo'))).toEqual([]);
    expect(await verified()).toEqual([]);
  });

  it('again is nothing new', async () => {
    const { backend, declare } = await world();
    const first = await declare(WASM, MODULE);
    const head = await backend.refs.read(refOfChain(TOOLS_CHAIN));
    const second = await declare(WASM, MODULE);
    expect([second.status, String(second.tool.cid)]).toEqual(['exists', String(first.tool.cid)]);
    expect(await backend.refs.read(refOfChain(TOOLS_CHAIN))).toBe(head);
  });

  it('anew replaces it, and each keeps its own files', async () => {
    const { backend, declare, verified } = await world();
    await declare(ECHO_TOOL);
    const { tool: before } = await declare(WASM, MODULE);
    const files = [file('m/echo.wasm', 'another module')];
    const { tool, replaced } = await declare(WASM, files);
    expect(String(replaced?.cid)).toBe(String(before.cid));
    expect(String(tool.body.replaces)).toBe(String(before.cid));
    await declare({ ...ECHO_TOOL, does: 'something else' });
    expect(await readModule(backend, await readTool(backend, 'echo-wasm'))).toEqual(files);
    expect(await readModule(backend, before)).toEqual(MODULE);
    expect(await listTools(backend)).toHaveLength(2);
    expect(await verified()).toEqual([]);
  });

  it('is refused where something else stands than was expected', async () => {
    const { declare } = await world();
    const { tool } = await declare(ECHO_TOOL, [], { expected: null });
    const changed = { ...ECHO_TOOL, does: 'more' };
    await expect(declare(changed, [], { expected: null })).rejects.toMatchObject({ code: 'tools/changed' });
    await expect(declare(changed, [], { expected: Cid.hash('raw', utf8('x')) })).rejects.toMatchObject({
      code: 'tools/changed',
    });
    await declare(changed, [], { expected: tool.cid });
  });

  it('at once by two is won by one, and both may say the same', async () => {
    const { governance, ports, declare, verified } = await world();
    const bob = await governance.as('user:bob');
    const one = { ...ECHO_TOOL, does: 'one' };
    const two = { ...ECHO_TOOL, does: 'two' };
    const outcomes = await Promise.allSettled([declare(one), declareTool(ports, bob, { manifest: two, files: [] })]);
    const lost = outcomes.filter(({ status }) => status === 'rejected');
    expect(lost).toMatchObject([{ reason: { code: 'tools/changed' } }]);
    const same = await Promise.all([declare(WASM, MODULE), declareTool(ports, bob, { manifest: WASM, files: MODULE })]);
    expect(same.map(({ status }) => status).sort()).toEqual(['exists', 'recorded']);
    expect(await verified()).toEqual([]);
  });

  it.each<[string, ToolManifest, readonly NewFile[], string]>([
    ['without a file that it names', WASM, [], 'tools/bad-file'],
    ['with a file that it does not name', ECHO_TOOL, MODULE, 'tools/bad-file'],
    ['with a file twice', WASM, [...MODULE, ...MODULE], 'tools/bad-file'],
    ['with a manifest that is none', { ...ECHO_TOOL, name: 'A' }, [], 'tools/bad-manifest'],
  ])('%s is refused', async (_what, manifest, files, code) => {
    const { backend, declare } = await world();
    await expect(declare(manifest, files)).rejects.toMatchObject({ code });
    expect(await backend.refs.read(refOfChain(TOOLS_CHAIN))).toBeNull();
  });

  it('by a key that nobody trusts is refused', async () => {
    const { governance, ports, writer } = await world();
    const stranger = { ...writer, signer: testSigner(99) };
    await expect(declareTool(ports, stranger, { manifest: ECHO_TOOL, files: [] })).rejects.toMatchObject({
      kind: 'denied',
    });
    expect(await findTool(governance.backend, 'echo')).toBeNull();
  });

  it.each(['Echo', '', 'a/b', '../x', 'x'.repeat(65)])('nothing is looked up under `%s`', async (name) => {
    const { backend } = await world();
    await expect(findTool(backend, name)).rejects.toMatchObject({ code: 'tools/bad-name' });
  });

  it('that is not there is told', async () => {
    const { backend } = await world();
    await expect(readTool(backend, 'echo')).rejects.toMatchObject({ code: 'tools/no-such-tool' });
  });

  it('whose files are gone is told', async () => {
    const { backend, declare } = await world();
    const { tool } = await declare(WASM, MODULE);
    const [{ blob } = { blob: '' }] = tool.body.files;
    const poorer = withoutObjects(backend, new Set([blob]), (oid) => gitError('missing-object', { oid }));
    await expect(readModule(poorer, tool)).rejects.toMatchObject({
      kind: expect.stringMatching(/missing|unavailable/),
    });
  });
});

describe('the files of a tool', () => {
  it('take one read each, however much was declared since', async () => {
    const { backend, declare } = await world();
    const { tool } = await declare(WASM, MODULE);
    for (let i = 0; i < 12; i++) await declare({ ...ECHO_TOOL, name: `other-${i}` });
    const here = await readTool(backend, 'echo-wasm');
    const read: string[] = [];
    const watching = Object.assign(new Set<string>(), { has: (oid: string) => read.push(oid) === 0 });
    const counting = withoutObjects(backend, watching, (oid) => gitError('missing-object', { oid }));
    expect(await readModule(counting, here)).toEqual(MODULE);
    expect(read).toHaveLength(1);
    expect(String(here.cid)).toBe(String(tool.cid));
  });

  it('are those of the record, wherever it says that they lie', async () => {
    const { backend, declare } = await world();
    const { tool } = await declare(WASM, MODULE);
    const { tool: other } = await declare(WASM, [file('m/echo.wasm', 'elsewhere')]);
    const entry = await readEntry(backend, tool.commit);
    for (const blob of [other.body.files[0]?.blob ?? '', entry.treeOid]) {
      const files = tool.body.files.map((each) => ({ ...each, blob }));
      const forged = { ...tool, body: { ...tool.body, files } };
      await expect(readModule(backend, forged)).rejects.toMatchObject({ code: 'tools/bad-declaration' });
    }
  });
});

describe('a declaration in a clone', () => {
  const body = (change: object = {}): Value =>
    ({
      name: 'echo',
      tool_id: toolId(ECHO_TOOL),
      manifest: ECHO_TOOL,
      files: [],
      replaces: null,
      ...change,
    }) as unknown as Value;

  async function faultOf(bodies: readonly Value[], kind: AnyRecordKind = DECLARATION_KIND as AnyRecordKind) {
    const rule = ruleFor(RULES, TOOLS_CHAIN);
    expect(rule).toBe(TOOLS_RULE);
    const made = new HandMade({ chain: TOOLS_CHAIN, kind, actor: 'user:alice' });
    await made.add({ bodies: [...bodies] });
    const context = { backend: made.backend, engine, repo: made.envelopes[0]?.repo ?? null, authorize: () => null };
    return (await verifyChain(context, { chain: TOOLS_CHAIN, rule: TOOLS_RULE, head: made.head })).fault;
  }

  it.each<[string, object, RegExp]>([
    ['with another id', { tool_id: new Uint8Array(32) }, /another id than its manifest makes/],
    ['with a short id', { tool_id: new Uint8Array(31) }, /31 bytes/],
    ['under another name', { name: 'other' }, /the manifest of `echo`/],
    ['with a manifest that is none', { manifest: { ...ECHO_TOOL, effect: 'none' } }, /`effect` is none of/],
    ['with a schema that may hang', { manifest: { ...ECHO_TOOL, request: { pattern: '^(a+)+$' } } }, /may take long/],
    [
      'with a file that it does not name',
      { files: [{ path: 'x', cid: Cid.hash('raw', utf8('x')), size: 1, blob: '0'.repeat(40) }] },
      /other files/,
    ],
    [
      'with a file at no place of git',
      { files: [{ path: 'x', cid: Cid.hash('raw', utf8('x')), size: 1, blob: 'HEAD' }] },
      /the id of a git object/,
    ],
    ['without a file that it names', { name: 'echo-wasm', manifest: WASM }, /other files/],
    ['with one more field', { more: 1 }, /`?more`? is not a field/],
  ])('%s is refused', async (_what, change, why) => {
    const fault = await faultOf([body(change)]);
    expect(fault?.message).toMatch(why);
  });

  it('beside another in one envelope is refused', async () => {
    const wasm = { name: 'other', manifest: { ...ECHO_TOOL, name: 'other' } };
    expect((await faultOf([body(), body(wasm)]))?.code).toBe('tools/bad-declaration');
  });

  it('that says it replaces what does not stand there is refused', async () => {
    const fault = await faultOf([body({ replaces: Cid.hash('dag-cbor', utf8('x')) })]);
    expect(fault).not.toBeNull();
  });

  it('is found in the index by its name', async () => {
    const { backend, declare } = await world();
    await declare(ECHO_TOOL);
    const found = await lookupIndexed(backend, TOOLS_CHAIN, 'echo');
    expect(found === null ? null : indexedBody(found, DECLARATION_KIND).name).toBe('echo');
  });
});
