/** Who may do what: issuing, passing on, using up and taking back, by several people and many processes. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildUser, type UseOrder } from './capability-program.js';
import { Child } from './child.js';
import { openStage, type Run, type Stage } from './stage.js';

const TOOL = 'ab'.repeat(32);
const PEOPLE = ['bob', 'carol', 'eve'] as const;

let stage: Stage;
let repo: string;
let user: ReturnType<typeof buildUser>;
beforeAll(() => {
  stage = openStage();
  repo = stage.at('repo');
  user = buildUser();
  stage.gatos(['init', repo, '--actor', 'user:alice']);
  for (const name of PEOPLE) {
    stage.gatos(['key', 'new', name]);
    stage.gatos(['trust', 'add', `user:${name}`, name], { cwd: repo });
  }
  stage.gatos(['trust', 'set-group', 'cap-tool', 'user:alice'], { cwd: repo });
  stage.gatos(['trust', 'set-group', 'cap-blob', 'user:alice'], { cwd: repo });
});
afterAll(() => {
  stage.close();
  rmSync(user.folder, { recursive: true, force: true });
});
beforeEach(() => become('alice'));

function become(name: string): void {
  const settings = { actor: `user:${name}`, key: name === 'alice' ? 'default' : name };
  writeFileSync(join(repo, '.git', 'gatos', 'settings.json'), JSON.stringify(settings));
}

interface View {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly status: string;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly used: Readonly<Record<string, number>>;
  readonly parents: readonly string[];
  readonly fell: readonly string[];
}
interface Checked {
  readonly outcome: string;
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly code?: string }[];
}

const gatos = (...args: string[]): Run => stage.run(['git', 'gatos', ...args], { cwd: repo });
const view = (args: readonly string[], status = 0): View => stage.json(args, { cwd: repo, status }) as View;
const fault = (args: readonly string[], status: number) =>
  (stage.json(args, { cwd: repo, status }) as { error: { code: string; message: string; hint?: string } }).error;
const bad = (args: readonly string[], status: number) =>
  (stage.json(['cap', 'verify', ...args], { cwd: repo, status }) as Checked).checks
    .filter(({ outcome }) => outcome !== 'pass')
    .map(({ name, code }) => `${name} ${code}`);

let made = 0;
/** No two are the same: each ends at another moment. */
function issue(...more: string[]): View {
  const until = new Date(Date.UTC(2099, 0, 1) + made++ * 1000).toISOString().replace('.000Z', 'Z');
  const args = ['cap', 'issue', '--tool', TOOL, '--until', until, '--delegable'];
  return view([...args, ...(more.includes('--subject') ? [] : ['--subject', 'user:bob']), ...more]);
}

describe('a capability', () => {
  it('goes from hand to hand, narrower each time', () => {
    const root = issue('--max-calls', '5', '--constraint', 'body.path=/data/*');
    expect(root).toMatchObject({ kind: 'ToolCall', state: 'active', status: 'recorded', parents: [] });
    become('bob');
    const part = ['cap', 'attenuate', root.id.slice(0, 12), '--subject', 'user:carol'];
    const leaf = view([...part, '--max-calls', '2', '--constraint', 'body.n=5']);
    expect(leaf.parents).toEqual([root.id]);
    expect(leaf.scope).toMatchObject({ max_calls: 2, constraints: { 'body.path': '/data/*', 'body.n': '5' } });
    const shown = gatos('cap', 'show', leaf.id);
    expect(shown.stdout).toContain(`${root.id.slice(0, 16)}  active  user:bob`);
    expect(shown.stdout).toMatch(/└─ [0-9a-f]{16} {2}active {2}user:carol.*←/);
    const request = (body: object) => JSON.stringify({ kind: 'ToolCall', tool_id: TOOL, body });
    const call = (body: object) => [leaf.id, '--agent', 'user:carol', '--for', request(body)];
    expect(bad(call({ path: '/data/x', n: 5 }), 0)).toEqual([]);
    expect(bad(call({ path: '/data/../x', n: 5 }), 12)).toEqual(['scope capabilities/out-of-scope']);
    expect(bad([leaf.id, '--agent', 'user:bob'], 12)).toEqual(['subject capabilities/not-subject']);
    expect(fault([...part, '--max-calls', '6'], 12)).toMatchObject({ code: 'capabilities/broader' });
    expect(gatos('verify').status).toBe(0);
  });

  it('is checked from a file as well, and a byte that was changed is told', () => {
    const file = stage.at('a.cap');
    issue('--max-calls', '1', '--out', file);
    expect(bad([file], 0)).toEqual([]);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(stage.at('flipped.cap'), bytes);
    const flipped = ['signature capabilities/bad-signature', 'recorded capabilities/other-bytes'];
    expect(bad([stage.at('flipped.cap')], 11)).toEqual(flipped);
    writeFileSync(stage.at('hex.cap'), readFileSync(file).toString('hex'));
    expect(bad([stage.at('hex.cap')], 0)).toEqual([]);
    writeFileSync(stage.at('junk.cap'), 'no capability');
    expect(bad([stage.at('junk.cap')], 1)).toContain('bytes mythos/malformed');
    expect(fault(['cap', 'verify', stage.at('none.cap')], 20)).toMatchObject({ code: 'cap/not-found' });
  });

  it('falls with what it rests on', () => {
    const root = issue('--max-calls', '5');
    become('bob');
    const leaf = view(['cap', 'attenuate', root.id, '--subject', 'user:carol']);
    become('eve');
    expect(fault(['cap', 'revoke', root.id, '--reason', 'no'], 11)).toMatchObject({
      code: 'capabilities/may-not-revoke',
    });
    become('alice');
    const revoked = view(['cap', 'revoke', root.id, '--reason', 'laptop stolen']);
    expect(revoked).toMatchObject({ status: 'recorded', fell: [leaf.id] });
    expect(bad([leaf.id], 18)).toEqual(['revocation capabilities/revoked']);
    expect(gatos('cap', 'verify', leaf.id).stdout).toContain('laptop stolen');
    expect(gatos('cap', 'list', '--state', 'revoked').stdout.split('\n').filter(Boolean)).toHaveLength(2);
    expect(view(['cap', 'revoke', root.id, '--reason', 'again'])).toMatchObject({ status: 'exists' });
  });

  it('is known to verify and to inspect by its id and the start of it, whatever was counted and taken back since', async () => {
    const { id } = issue('--max-calls', '3');
    become('bob');
    const order: UseOrder = { cwd: repo, tool: TOOL, id, idem: 9 };
    const used = await new Child(stage, [JSON.stringify(order)], { cwd: repo, program: user.file }).ended;
    expect(used.out).toBe('used');
    become('alice');
    view(['cap', 'revoke', id, '--reason', 'over']);
    for (const name of [id, id.slice(0, 16)]) {
      const { status, stdout } = gatos('verify', name);
      expect([name, status]).toEqual([name, 0]);
      expect(stdout.split('\n')[0]).toBe(`capability ${id}`);
      for (const chain of ['issued', 'revoked', `used/${id.slice(0, 1)}`])
        expect(stdout).toContain(`capabilities/${chain}`);
      const explained = stage.json(['inspect', name], { cwd: repo }) as { what: string; also: readonly string[] };
      expect(explained.what).toContain('capability.issued');
      expect(explained.also.join('\n')).toMatch(/capability\.used[\s\S]*capability\.revoked/);
    }
    expect(gatos('verify', id.slice(0, 7)).status).toBe(20);
    expect(gatos('verify', 'f'.repeat(64)).status).toBe(20);
  });

  it('is issued by members of the group of its kind alone, to keys that are known, within limits', () => {
    become('bob');
    const args = ['cap', 'issue', '--subject', 'user:bob', '--tool', TOOL, '--max-calls', '1', '--for', '1d'];
    const refusal = fault(args, 11);
    expect(refusal.code).toBe('capabilities/may-not-issue');
    expect(refusal.hint).toContain('git gatos trust set-group cap-tool user:bob');
    become('alice');
    const with_ = (...more: string[]) => ['cap', 'issue', '--for', '1d', ...more];
    const usage = (code: string, ...more: string[]) => expect(fault(with_(...more), 129).code).toBe(code);
    usage('cap/missing-limit', '--subject', 'user:bob', '--tool', TOOL);
    usage('cap/foreign-limit', '--subject', 'user:bob', '--tool', TOOL, '--max-runs', '1');
    usage('cap/no-target', '--subject', 'user:bob');
    usage('cli/together', '--subject', 'user:bob', '--tool', TOOL, '--blob', TOOL);
    expect(fault(with_('--subject', 'user:nobody', '--blob', TOOL), 20).code).toBe('cap/no-key');
    const { scope } = view(with_('--subject', 'user:bob', '--blob', TOOL, '--range', '10..30'));
    expect(scope).toEqual({ cid: TOOL, range_start: 10, range_len: 20 });
    expect(fault(['cap', 'issue', '--subject', 'user:bob', '--blob', TOOL], 129).code).toBe('cap/no-end');
  });
});

describe('what is printed with --json', () => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  const errors = (name: string, value: unknown) => {
    const schema = new URL(`../../docs/schemas/output-cap-${name}.schema.json`, import.meta.url);
    const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));
    return validate(value) ? [] : validate.errors;
  };
  const json = (args: readonly string[], status = 0) => stage.json(['cap', ...args], { cwd: repo, status });

  it('has the published form', () => {
    const root = issue('--max-calls', '5', '--out', stage.at('form.cap'));
    expect(errors('issue', root)).toEqual([]);
    become('bob');
    const part = json(['attenuate', root.id, '--subject', 'user:carol', '--max-calls', '1']) as View;
    expect(errors('issue', part)).toEqual([]);
    expect(errors('show', json(['show', root.id]))).toEqual([]);
    expect(errors('show', json(['show', part.id]))).toEqual([]);
    expect(errors('verify', json(['verify', part.id]))).toEqual([]);
    become('alice');
    expect(errors('revoke', json(['revoke', root.id, '--reason', 'over']))).toEqual([]);
    expect(errors('list', json(['list']))).toEqual([]);
    expect(errors('verify', json(['verify', part.id], 18))).toEqual([]);
  });
});

describe('processes that race', () => {
  const use = (order: Omit<UseOrder, 'cwd' | 'tool'>) => {
    const whole: UseOrder = { cwd: repo, tool: TOOL, ...order };
    return new Child(stage, [JSON.stringify(whole)], { cwd: repo, program: user.file }).ended;
  };

  it('use a capability exactly as often as it allows, and a retry counts once', { timeout: 120_000 }, async () => {
    const { id } = issue('--max-calls', '3');
    become('bob');
    const all = await Promise.all(Array.from({ length: 9 }, (_, i) => use({ id, idem: i + 1 })));
    expect(all.filter(({ code }) => code !== 0)).toEqual([]);
    const said = all.map(({ out }) => out);
    expect(said.filter((each) => each === 'used')).toHaveLength(3);
    expect(said.filter((each) => each === 'capabilities/exhausted')).toHaveLength(6);
    const retried = await use({ id, idem: said.indexOf('used') + 1 });
    expect(retried.out).toBe('before');
    expect(view(['cap', 'show', id])).toMatchObject({ state: 'used-up', used: { calls: 3 } });
    expect(gatos('verify').status).toBe(0);
    expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo }).status).toBe(0);
  });

  it('the same use at once is one', { timeout: 120_000 }, async () => {
    const { id } = issue('--max-calls', '2');
    become('bob');
    const all = await Promise.all(Array.from({ length: 4 }, () => use({ id, idem: 77 })));
    expect(all.map(({ out }) => out).sort()).toEqual(['before', 'before', 'before', 'used']);
    expect(view(['cap', 'show', id]).used).toEqual({ calls: 1 });
  });
});
