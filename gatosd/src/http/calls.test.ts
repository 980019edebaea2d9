/** Calls of tools through the gateway, what the ledger then says, and who may use which capability. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeCan,
  decodeToolResponse,
  encodeToolRequest,
  formatHex,
  type JsonValue,
  parseHex,
  parseKey,
  toolId,
  utf8,
} from 'gatos-core';
import { decodeStruct, RECEIPT } from 'gatos-core/mythos';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ToolLog } from '../gateway/index.js';
import { type Ask, codeOf, HttpWorld, type Said } from './fixtures/scratch-http.js';
import type { ServedHttp } from './server.js';

const CAN = 'application/vnd.mythos.can';
const ECHO_ID = formatHex(toolId(ECHO_TOOL));

let world: HttpWorld;
let served: ServedHttp;
let capability: string;
beforeAll(async () => {
  world = new HttpWorld();
  await world.open();
  capability = await world.declare(ECHO_TOOL);
  served = await world.serve();
});
afterAll(() => world.end());
afterEach(() => {
  expect(world.log.filter(({ bug }) => bug !== null)).toEqual([]);
});

interface Called {
  readonly receipt: { readonly receipt_id: string; readonly status: number; readonly tool_id: string };
  readonly response: { readonly status: number; readonly body?: JsonValue; readonly error?: string } | null;
  readonly replayed: boolean;
  readonly effect: string | null;
}
const calledOf = ({ status, json }: Said): Called => {
  expect(status).toBe(200);
  return json as unknown as Called;
};

const echo = (body: JsonValue, more: Ask = {}): Promise<Said> =>
  world.callTool(served, 'echo', { body, capability }, more);
const keyed = (key: string): Ask => ({ headers: { 'idempotency-key': key } });

describe('a call', () => {
  it('answers with the receipt and what the tool said', async () => {
    const called = calledOf(await echo({ text: 'hi', n: [1, -2, null, true] }));
    expect(called).toMatchObject({
      receipt: { tool_id: ECHO_ID, status: 200 },
      response: { status: 200, body: { text: 'hi', n: [1, -2, null, true] } },
      replayed: false,
      effect: null,
    });
    const { json } = await world.ask(served, `/v1/receipts/${called.receipt.receipt_id}`);
    expect(json).toMatchObject({ receipt: called.receipt, effect: null, response: called.response });
  });

  it('of a tool that fails tells the server what it wrote to standard error, and the caller nothing of it', async () => {
    const { capability: own } = await world.script('loud', "process.stderr.write('no route to db7'); process.exit(3);");
    const logs: ToolLog[] = [];
    const loud = await world.serve({}, { onToolLog: (log) => logs.push(log) });
    const said = await world.callTool(loud, 'loud', { body: 1, capability: own });
    expect([said.status, codeOf(said)]).toEqual([504, 'effects/no-answer']);
    expect(Buffer.from(said.bytes).toString()).not.toContain('db7');
    expect(logs.map(({ tool, bytes }) => [tool, Buffer.from(bytes).toString()])).toEqual([['loud', 'no route to db7']]);
  });

  it('with a key happens once, whether the tool is named or its id', async () => {
    const first = calledOf(await echo(1, keyed('"once"')));
    expect([first.replayed, first.effect]).toEqual([false, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    for (const [tool, headers] of [
      ['echo', { 'idempotency-key': 'once' }],
      [ECHO_ID, { 'idempotency-key': '"once"' }],
    ] as const) {
      const said = await world.callTool(served, tool, { body: 1, capability }, { headers });
      expect(calledOf(said)).toEqual({ ...first, replayed: true });
      expect(said.headers.get('gatos-replayed')).toBe('true');
      expect(said.headers.get('gatos-receipt')).toBe(first.receipt.receipt_id);
    }
    const inBody = await world.callTool(served, 'echo', { body: 1, capability, idempotency_key: 'once' });
    expect(calledOf(inBody).replayed).toBe(true);
  });

  it('of the same key with another body is a conflict, told as the command line tells it', async () => {
    const { count, capability: counting } = await world.script('counting', "ok('done');");
    const call = (body: JsonValue): Promise<Said> =>
      world.ask(served, '/v1/tools/counting/calls', {
        method: 'POST',
        body: JSON.stringify({ body }),
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k', 'gatos-capability': counting },
      });
    expect(calledOf(await call(1)).replayed).toBe(false);
    const said = await call(2);
    expect([said.status, codeOf(said)]).toEqual([409, 'effects/idempotency-conflict']);
    expect((said.json as { error: JsonValue }).error).toMatchObject({
      code: 'effects/idempotency-conflict',
      kind: 'conflict',
      exit: 15,
      message: expect.stringContaining('this key was used for another request'),
      hint: expect.stringContaining('git gatos effect show'),
    });
    expect(count()).toBe(1);
    const again = await call(1);
    expect([again.status, codeOf(again)]).toEqual([409, 'effects/divergent']);
    expect(count()).toBe(1);
  });

  it('as exact bytes gives exact bytes', async () => {
    const request = encodeToolRequest({ tool_id: parseHex(ECHO_ID), idempotency_key: utf8('exact'), body: { a: 1 } });
    const headers = { 'content-type': CAN, accept: CAN, 'gatos-capability': capability };
    const said = await world.ask(served, '/v1/tools/echo/calls', { method: 'POST', body: request, headers });
    expect([said.status, said.headers.get('content-type')]).toEqual([200, CAN]);
    const [receipt, response] = decodeCan(said.bytes) as Uint8Array[];
    const { createHash } = await import('node:crypto');
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const read = decodeStruct(RECEIPT, receipt as Uint8Array);
    expect(formatHex(read.request_hash)).toBe(hash(request));
    expect(formatHex(read.response_hash)).toBe(hash(response as Uint8Array));
    expect(decodeToolResponse(response as Uint8Array)).toMatchObject({ status: 200, body: { a: 1 } });
    const again = await world.callTool(served, 'echo', { body: { a: 1 }, capability }, keyed('exact'));
    expect(calledOf(again).replayed).toBe(true);
    const raw = await world.ask(served, `/v1/receipts/${formatHex(read.receipt_id)}`, { headers: { accept: CAN } });
    expect(Buffer.compare(raw.bytes, receipt as Uint8Array)).toBe(0);
  });

  it('of a tool that fails is an answer; of one that says nonsense it is not', async () => {
    await world.script('failing', "no(418, 'I am a teapot');");
    const failing = await world.issue('failing');
    const said = await world.callTool(served, 'failing', { body: 1, capability: failing });
    expect(calledOf(said)).toMatchObject({
      receipt: { status: 418 },
      response: { status: 418, error: 'I am a teapot' },
    });
    await world.script('liar', "ok('text');", { response: { type: 'integer' } });
    const liar = await world.issue('liar');
    const lie = await world.callTool(served, 'liar', { body: 1, capability: liar }, keyed('l'));
    expect([lie.status, codeOf(lie)]).toEqual([502, 'gateway/answer-refused']);
  });

  it('whose outcome nobody knows has a status of its own', async () => {
    const { count } = await world.script('crashing', 'process.exit(3);');
    const crashing = await world.issue('crashing');
    const call = () => world.callTool(served, 'crashing', { body: 1, capability: crashing }, keyed('c'));
    const first = await call();
    expect([first.status, codeOf(first)]).toEqual([504, 'effects/no-answer']);
    const second = await call();
    expect([second.status, codeOf(second)]).toEqual([504, 'effects/outcome-unknown']);
    expect(count()).toBe(1);
    const { json } = await world.ask(served, '/v1/effects?status=unknown&tool=crashing');
    expect((json as { effects: JsonValue[] }).effects).toHaveLength(1);
  });
});

describe('a call is refused', () => {
  it('without a capability, with one that does not allow it, and for a tool that is not there', async () => {
    const none = await world.callTool(served, 'echo', { body: 1 });
    expect([none.status, codeOf(none)]).toEqual([400, 'http/bad-body']);
    const unknown = await world.callTool(served, 'echo', { body: 1, capability: 'd'.repeat(64) });
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'capabilities/no-such-capability']);
    await world.script('other-tool', "ok('done');");
    const wrong = await world.callTool(served, 'other-tool', { body: 1, capability });
    expect([wrong.status, codeOf(wrong)]).toEqual([403, 'gateway/denied']);
    const { checks } = wrong.json as { checks: { name: string; outcome: string }[] };
    expect(checks.map(({ name }) => name)).toEqual([
      'bytes',
      'id',
      'signature',
      'recorded',
      'issuer',
      'subject',
      'window',
      'scope',
      'counters',
      'parents',
      'delegation',
      'attenuation',
      'windows',
      'revocation',
    ]);
    expect(checks.filter(({ outcome }) => outcome !== 'pass').map(({ name }) => name)).toEqual(['scope']);
    const tool = await world.callTool(served, 'nobody', { body: 1, capability });
    expect([tool.status, codeOf(tool)]).toEqual([404, 'tools/no-such-tool']);
  });

  it('with a body out of form', async () => {
    const send = (body: string | Uint8Array, type = 'application/json') =>
      world.ask(served, '/v1/tools/echo/calls', {
        method: 'POST',
        body,
        headers: { 'content-type': type, 'gatos-capability': capability },
      });
    for (const body of [
      '',
      '{',
      '[]',
      '{}',
      '{"body":1,"body":2}',
      '{"body":1,"x":2}',
      '{"body":1.5}',
      '{"body":1e400}',
      `{"body":1,"capability":"${'A'.repeat(64)}"}`,
      '{"body":1,"idempotency_key":""}',
      '{"body":"\\ud800"}',
      `{"body":${'['.repeat(5000)}1${']'.repeat(5000)}}`,
    ]) {
      const said = await send(body);
      expect([body.slice(0, 40), said.status]).toEqual([body.slice(0, 40), 400]);
      expect(['http/bad-body', 'tools/bad-request']).toContain(codeOf(said));
    }
    for (const body of [new Uint8Array(0), Uint8Array.of(8, 0), Uint8Array.of(0xff), utf8('{}')]) {
      const said = await send(body, CAN);
      expect([said.status, codeOf(said)]).toEqual([400, 'tools/bad-request']);
    }
    const long = await send(`{"body":"${'x'.repeat(5 * 1024 * 1024)}"}`);
    expect([long.status, codeOf(long)]).toEqual([413, 'http/too-large']);
    expect((await send('{"body":1}', 'text/plain')).status).toBe(415);
    await world.script('strict', "ok('done');", { request: { type: 'integer' } });
    const strict = await world.issue('strict');
    const refused = await world.callTool(served, 'strict', { body: 'text', capability: strict });
    expect([refused.status, codeOf(refused)]).toEqual([422, 'tools/body-refused']);
  });

  it('where two places say two things', async () => {
    const say = (body: JsonValue, headers: Record<string, string>) => world.callTool(served, 'echo', body, { headers });
    expect((await say({ body: 1, capability, idempotency_key: 'a' }, { 'idempotency-key': 'a' })).status).toBe(200);
    const keys = await say({ body: 1, capability, idempotency_key: 'a' }, { 'idempotency-key': 'b' });
    expect([keys.status, codeOf(keys)]).toEqual([400, 'http/bad-body']);
    const two = await say({ body: 1, capability }, { 'gatos-capability': 'd'.repeat(64) });
    expect([two.status, codeOf(two)]).toEqual([400, 'http/bad-body']);
    const request = encodeToolRequest({ tool_id: new Uint8Array(32), body: 1 });
    const headers = { 'content-type': CAN, 'gatos-capability': capability };
    const other = await world.ask(served, '/v1/tools/echo/calls', { method: 'POST', body: request, headers });
    expect([other.status, codeOf(other)]).toEqual([400, 'http/bad-body']);
    expect((await say({ body: 1, capability }, { 'idempotency-key': '"' })).status).toBe(400);
  });

  it('where nobody is set who acts', async () => {
    const copy = world.scratch.at('nobody');
    cpSync(world.repo, copy, { recursive: true });
    rmSync(join(copy, '.git', 'gatos', 'settings.json'));
    const workspace = await world.scratch.open(copy, 'nobody');
    const other = await world.serve({}, { workspace });
    expect((await world.ask(other, '/v1')).json).toMatchObject({ agent: null });
    const check = await world.ask(other, `/v1/capabilities/${capability}/check`);
    expect([check.status, codeOf(check)]).toEqual([503, 'http/no-gateway']);
    const { secret } = await world.newToken({ capabilities: [capability] });
    cpSync(world.tokens.path, join(copy, '.git', 'gatos', 'http', 'tokens.json'));
    const call = await world.callTool(other, 'echo', { body: 1, capability }, { token: secret });
    expect([call.status, codeOf(call)]).toEqual([503, 'http/no-gateway']);
    await other.close();
    await workspace.close();
  });

  it('where there is no trust chain nothing is served', async () => {
    const workspace = await world.scratch.open(world.scratch.bareRepository('bare.git'));
    await expect(world.serve({}, { workspace })).rejects.toMatchObject({ code: expect.stringMatching(/^trust\//) });
    await workspace.close();
  });
});

describe('a token does not widen authority', () => {
  let bob: Uint8Array;
  beforeAll(async () => {
    await world.scratch.addPerson(world.repo, 'bob');
    const { state } = await world.workspace.repository.trust();
    const [text] = [...state.keys].find(([, key]) => key.actor === 'user:bob') ?? [''];
    bob = parseKey(text);
  });

  it('a person uses what they gave to the server, and what the token was made for, and nothing else', async () => {
    const plain = await world.newToken({ actor: 'user:bob' });
    const call = (token: string, cap: string) =>
      world.callTool(served, 'echo', { body: 1, capability: cap }, { token });
    const denied = await call(plain.secret, capability);
    expect([denied.status, codeOf(denied)]).toEqual([403, 'http/capability-not-yours']);
    const made = await world.newToken({ actor: 'user:bob', capabilities: [capability] });
    expect((await call(made.secret, capability)).status).toBe(200);
    // Bob is let issue, and gives one to the server: then his token uses that.
    await world.mayIssue('user:alice', 'user:bob');
    const alice = (await world.workspace.author()).signer.key;
    const clone = world.scratch.at('bob');
    await world.scratch.clone(world.repo, { directory: clone, env: world.scratch.env('bob') } as never);
    await world.scratch.become(clone, 'bob');
    const given = await world.issue('echo', { subject: alice, place: { cwd: clone, person: 'bob' } });
    await world.scratch.sync(clone, { person: 'bob' });
    expect((await call(plain.secret, given)).status).toBe(200);
    const carol = await world.newToken({ actor: 'user:carol' });
    expect(codeOf(await call(carol.secret, given))).toBe('http/capability-not-yours');
  }, 60_000);

  it('what is for another agent than the server is not used, whoever asks', async () => {
    const forBob = await world.issue('echo', { subject: bob });
    const { secret } = await world.newToken({ actor: 'user:bob', capabilities: [forBob] });
    for (const token of [secret, world.token]) {
      const said = await world.callTool(served, 'echo', { body: 1, capability: forBob }, { token });
      expect([said.status, codeOf(said)]).toEqual([403, 'gateway/denied']);
      const { checks } = said.json as { checks: { name: string; outcome: string }[] };
      expect(checks.filter(({ outcome }) => outcome !== 'pass').map(({ name }) => name)).toEqual(['subject']);
    }
  });
});

describe('the ledger', () => {
  it('comes in pages, by tool and by state', async () => {
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.push(calledOf(await echo(i, keyed(`page ${i}`))).effect as string);
    const all: { id: string; tool: string; state: string }[] = [];
    let cursor = '';
    for (let pages = 0; ; pages++) {
      expect(pages).toBeLessThan(100);
      const { json } = await world.ask(served, `/v1/effects?tool=echo&limit=2${cursor}`);
      const { effects, next } = json as unknown as { effects: typeof all; next: string | null };
      all.push(...effects);
      if (next === null) break;
      expect(effects).toHaveLength(2);
      cursor = `&cursor=${next}`;
    }
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toEqual(expect.arrayContaining(made));
    expect(new Set(all.map(({ tool, state }) => `${tool} ${state}`))).toEqual(new Set([`${ECHO_ID} committed`]));
    const none = await world.ask(served, '/v1/effects?tool=echo&status=divergent');
    expect(none.json).toEqual({ effects: [], next: null });
    expect((await world.ask(served, '/v1/effects')).status).toBe(200);
    expect((await world.ask(served, '/v1/effects?status=done')).status).toBe(400);
    expect((await world.ask(served, '/v1/effects?tool=nobody')).status).toBe(404);
  });

  it('tells all of one effect, and its bytes', async () => {
    const { effect, receipt } = calledOf(await echo('one', keyed('one effect')));
    const said = await world.ask(served, `/v1/effects/${effect}`);
    expect(said.json).toMatchObject({
      id: effect,
      tool: ECHO_ID,
      state: 'committed',
      attempt: 1,
      capability,
      receipt,
      marks: [],
      ended: null,
      register: { tool_id: ECHO_ID, idem_id: effect },
      commit: { receipt_id: receipt.receipt_id },
      response: { kept: true },
    });
    const raw = await world.ask(served, `/v1/effects/${effect}`, { headers: { accept: CAN } });
    expect(decodeCan(raw.bytes) as Uint8Array[]).toHaveLength(3);
    for (const path of ['effects', 'receipts']) {
      const none = await world.ask(served, `/v1/${path}/${'e'.repeat(64)}`);
      expect([none.status, codeOf(none)]).toEqual([404, 'effects/no-such-effect']);
    }
    const known = { headers: { 'if-none-match': `"${receipt.receipt_id}"` } };
    expect((await world.ask(served, `/v1/receipts/${receipt.receipt_id}`)).json).toMatchObject({ effect });
    expect((await world.ask(served, `/v1/receipts/${receipt.receipt_id}`, known)).status).toBe(304);
  });
});

describe('a capability', () => {
  it('is told, with what it rests on, and checked', async () => {
    const said = await world.ask(served, `/v1/capabilities/${capability}`);
    expect(said.json).toMatchObject({ capability: { cap_id: capability }, parents: [], revoked: null });
    const raw = await world.ask(served, `/v1/capabilities/${capability}`, { headers: { accept: CAN } });
    const { CAPABILITY } = await import('gatos-core/mythos');
    expect(formatHex(decodeStruct(CAPABILITY, raw.bytes).cap_id)).toBe(capability);
    const check = await world.ask(served, `/v1/capabilities/${capability}/check?tool=echo`);
    expect(check.json).toMatchObject({ outcome: 'pass' });
    await world.script('uncovered', "ok('done');");
    const other = await world.ask(served, `/v1/capabilities/${capability}/check?tool=uncovered`);
    expect(other.json).toMatchObject({ outcome: 'fail' });
    const none = await world.ask(served, `/v1/capabilities/${'d'.repeat(64)}`);
    expect([none.status, codeOf(none)]).toEqual([404, 'capabilities/no-such-capability']);
  });
});

it('the server says what it is', async () => {
  const { json } = await world.ask(served, '/v1');
  expect(json).toMatchObject({
    version: '1.2.3',
    agent: { actor: 'user:alice', key: expect.stringMatching(/^ed25519:/) },
    heads: { trust: expect.stringMatching(/^[0-9a-f]+$/), tools: expect.any(String) },
    token: { actor: 'user:alice', scopes: expect.arrayContaining(['tools:call']) },
  });
});
