/** Pushes of somebody who means harm: real git, and a server that git alone would let everything happen to. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHECKPOINT_KIND,
  type Envelope,
  EVENT_KIND,
  makeBundle,
  type Oid,
  readHead,
  recordBody,
  type Value,
} from 'gatos-core';
import { type Departure, HandMade, testSigner } from 'gatos-core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram, GateStage, removePrograms } from './scratch-gate.js';
import { type ServedGate, serveGate } from './serve.js';

const ALICE = 'refs/gatos/journal/default/user-alice';
const POLICY = 'refs/gatos/policies/active';
const STATE = 'refs/gatos/state/count';
const LOOSE = { sameMs: 0, perMinute: 1_000_000, bytesPerDay: Number.MAX_SAFE_INTEGER };
const RULES =
  'deny "no-secret" message "{update.ref} is secret" when { update in input.updates; update.name == "secret" }';

let stage: GateStage;
let hub: string;
let clone: string;
let gate: ServedGate;
let accepted: ReadonlyMap<string, Oid>;
let denial: string;

const bundle = makeBundle(
  { name: 'count', ns: 'default', version: 1, gas: 1_000_000, memory: 64 * 1024 * 1024 },
  'export function fold(state, event) { return { ...state, n: (state.n ?? 0) + 1 }; }\n',
);

beforeAll(async () => {
  stage = new GateStage(buildProgram());
  ({ hub, clone } = await stage.founded({ profile: 'research' }));
  await stage.adopt(clone, { 'p.rgs': RULES });
  await stage.within(clone, ({ repository }) => repository.fold(bundle));
  await stage.emit(clone, ['more']);
  await stage.within(clone, ({ repository }) => repository.fold(bundle));
  stage.git(clone, 'update-ref', 'refs/heads/main', stage.commit(clone, { 'a.txt': 'a' }));
  const sent = await stage.push(clone, 'refs/gatos/*:refs/gatos/*', 'main');
  expect(sent).toEqual({ status: 0, stderr: '', remote: [] });
  gate = await serveGate({ cwd: hub, env: stage.env('server'), bounds: LOOSE });
  expect((await stage.push(clone, 'main:refs/gatos/foreign')).status).toBe(1);
  [denial = ''] = stage.denials(hub);
  stage.git(clone, 'fetch', '-q', 'origin', 'refs/gatos/audit/*:refs/gatos/audit/*');
  accepted = refsOf();
}, 120_000);
afterAll(async () => {
  await gate?.close();
  stage.dispose();
  removePrograms();
});

/** Every ref of the server but denials. */
function refsOf(): ReadonlyMap<string, Oid> {
  return new Map([...stage.heads(hub, 'refs/')].filter(([name]) => !name.startsWith('gatos/audit/policy/deny/')));
}

function coldHook(cold: boolean): void {
  const path = join(hub, 'hooks', 'pre-receive');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/^gatos_perl=.*$/m, cold ? "gatos_perl=''" : "gatos_perl='/usr/bin/perl'"));
}

/** Refused by the gate that stays and by a process of its own in the same words; nothing moved, and that is recorded. */
async function refused(
  refspecs: readonly string[],
  rule: string,
  ...options: readonly string[]
): Promise<readonly string[]> {
  const before = new Set(stage.denials(hub));
  const told: (readonly string[])[] = [];
  for (const cold of [false, true]) {
    coldHook(cold);
    const { status, stderr, remote } = await stage.push(clone, '--force', ...options, ...refspecs);
    expect({ status, stderr: status === 1 ? '' : stderr }).toEqual({ status: 1, stderr: '' });
    // Seconds go by from one to the other.
    told.push(
      remote
        .filter((line) => !line.startsWith('  note: '))
        .map((line) => line.replace(/\d+ seconds ahead/, 'seconds ahead')),
    );
    expect(remote.join('\n')).toContain(`  rule: ${rule}`);
  }
  expect(told[1]).toEqual(told[0]);
  expect(refsOf()).toEqual(accepted);
  // The second is the same refusal as the first, within the minute in which that is recorded once.
  const [id, ...more] = stage.denials(hub).filter((each) => !before.has(each));
  expect({ more, last: told[0]?.at(-1) }).toEqual({
    more: [],
    last: `denial ${id}: \`git gatos policy explain ${id}\``,
  });
  return told[0] ?? [];
}

/** An envelope on top of what alice has recorded, as she would have made it but for one thing. Nothing of it is on a ref of hers. */
async function forged(
  chain: string,
  departure: Departure | ((envelope: Envelope) => Departure),
  { after = true, kind = EVENT_KIND as never } = {},
): Promise<Oid> {
  return stage.within(clone, async ({ backend, author, repository }) => {
    const head = await readHead(backend, chain);
    const { repo } = await repository.trust();
    const { signer } = await author();
    const still = { objects: backend.objects, refs: { ...asPlain(backend.refs), transaction: async () => undefined } };
    const made = new HandMade({ chain, kind, repo, actor: 'user:alice', signer, backend: still });
    if (head !== null && after) {
      made.oids.push(head.oid);
      made.envelopes.push(head.envelope);
    }
    const given = typeof departure === 'function' ? departure(head?.envelope as Envelope) : departure;
    const time = Math.floor(Date.now()) * 1000;
    const policy = head?.envelope.policy ?? null;
    return made.add({ bodies: [event()], ...given, header: { time, policy, ...given.header } });
  });
}

function asPlain<T extends { read: unknown; list: unknown }>(refs: T) {
  const { read, list } = refs as unknown as { read: (name: string) => Promise<Oid | null>; list: never };
  return { read: read.bind(refs), list: (list as (...args: never[]) => never).bind(refs) as never };
}

let events = 0;
function event(): Value {
  events += 1;
  const ulid = `01HF7YAT00${String(events).padStart(16, '0')}`;
  return { ulid, type: 'test', payload: events };
}

describe('moving what does not move', () => {
  it.each([
    ['a journal', ALICE],
    ['the law', POLICY],
    ['a state', STATE],
    ['the trust chain', 'refs/gatos/trust'],
  ])('%s, back and into nothing', async (_, ref) => {
    const back = stage.git(clone, 'rev-list', '--first-parent', '--max-parents=0', ref).trim();
    if (back !== accepted.get(ref.slice('refs/'.length))) await refused([`${back}:${ref}`], 'gate/append-only');
    await refused([`:${ref}`], 'gate/no-deletion');
  });

  it('a denial, in another one’s place, into nothing', async () => {
    const ref = `refs/gatos/audit/policy/deny/${denial}`;
    const before = stage.heads(hub).get(`audit/policy/deny/${denial}`);
    const other = await forged('journal/default/user-alice', {});
    await refused([`${other}:${ref}`], 'gate/create-once');
    await refused([`:${ref}`], 'gate/no-deletion');
    expect(stage.heads(hub).get(`audit/policy/deny/${denial}`)).toBe(before);
  });

  it('a history that was written anew on the same root', async () => {
    const root = stage.git(clone, 'rev-list', '--first-parent', '--max-parents=0', ALICE).trim();
    const tree = stage.git(clone, 'rev-parse', `${ALICE}^{tree}`).trim();
    const other = stage.git(clone, 'commit-tree', tree, '-p', root, '-m', 'anew').trim();
    await refused([`${other}:${ALICE}`], 'gate/append-only');
  });

  it('everything at once, with what is fine: all or nothing', async () => {
    const fine = stage.commit(clone, { 'b.txt': 'b' }, accepted.get('heads/main'));
    await refused([`${fine}:refs/heads/main`, `:${ALICE}`], 'gate/no-deletion');
    await refused([`${fine}:refs/heads/main`, `:${ALICE}`], 'gate/no-deletion', '--atomic');
  });
});

describe('refs that have no place', () => {
  it.each([
    ['refs/gatos/foreign', 'gate/foreign-ref'],
    ['refs/gatos/journal/default', 'gate/foreign-ref'],
    ['refs/gatos/journal/default/user-alice/below', 'gate/foreign-ref'],
    ['refs/gatos/state', 'gate/foreign-ref'],
    ['refs/gatos/cache/mine', 'gate/local-ref'],
    ['refs/GATOS/trust', 'gate/foreign-ref'],
    ['refs/gatos/audit/policy/deny/not-a-ulid', 'gate/envelope'],
    ['refs/gatos/journal/caf\u00e9/user-alice', 'gate/foreign-ref'],
  ])('%s', async (ref, rule) => {
    await refused([`main:${ref}`], rule);
  });
});

describe('envelopes that are not what they seem', () => {
  const CHAIN = 'journal/default/user-alice';

  it.each<[string, string, Departure]>([
    ['without a signature', 'gate/signature', { signatures: () => [] }],
    ['signed by somebody else', 'gate/trust', { signers: [testSigner(77)] }],
    ['with the signature of something else', 'gate/signature', { signs: new Uint8Array(100) }],
    ['in somebody else’s name', 'gate/records', { header: { actor: 'user:bob' } }],
    ['for another chain', 'gate/replay', { header: { chain: 'journal/default/user-bob' } }],
    ['for another repository', 'gate/replay', { header: { repo: null } }],
    ['that leaves a gap', 'gate/sequence', { header: { seq: 99 } }],
    ['that stands at a place that is taken', 'gate/sequence', { header: { seq: 0 } }],
    ['without what is before it', 'gate/sequence', { header: { prev: null } }],
    ['that goes back in time', 'gate/sequence', { header: { clock: 1 } }],
    ['that claims a place far ahead', 'gate/clock', { header: { clock: 1_000_000 } }],
    ['from a time to come', 'gate/time', { header: { time: 4_000_000_000_000_000 } }],
    ['of a kind that does not belong there', 'gate/records', { header: { kind: 'fold.definition' } }],
    ['with a body that is none', 'gate/records', { bodies: [{ nonsense: true }] }],
    ['with bytes that nobody can read', 'gate/envelope', { stored: () => new Uint8Array([0xff, 0x00]) }],
    ['with a file that nothing lists', 'gate/attachments', { files: [{ path: 'extra', bytes: new Uint8Array(3) }] }],
    ['in a commit with another message', 'gate/envelope', { commit: (commit) => ({ ...commit, message: 'hello\n' }) }],
  ])('%s', async (_, rule, departure) => {
    const oid = await forged(CHAIN, departure);
    await refused([`${oid}:refs/gatos/${CHAIN}`], rule);
  });

  it('one that stood elsewhere, to the byte', async () => {
    await refused([`${ALICE}:refs/gatos/journal/other/user-alice`], 'gate/replay');
    await refused([`${POLICY}:refs/gatos/journal/default/user-bob`], 'gate/replay');
  });

  it('one of another repository, to the byte', async () => {
    const other = stage.folder('other');
    stage.git(other, 'init', '-q');
    await stage.init(other, { actor: 'user:alice' });
    await stage.emit(other, ['there']);
    stage.git(clone, 'fetch', '-q', other, `${ALICE}:refs/elsewhere/alice`, 'refs/gatos/trust:refs/elsewhere/trust');
    await refused(['refs/elsewhere/alice:refs/gatos/journal/default/user-carol'], 'gate/replay');
    await refused(['refs/elsewhere/trust:refs/gatos/trust'], 'gate/append-only');
  });
});

describe('trees that are traps', () => {
  const git = (args: readonly string[], input: string | Uint8Array = '') =>
    execFileSync('git', args, { cwd: clone, env: stage.env() as NodeJS.ProcessEnv, input, encoding: 'utf8' }).trim();
  const under = (tree: string) => git(['commit-tree', tree, '-p', ALICE, '-m', 'x']);
  const entry = (mode: string, type: string, name: string) =>
    `${mode} ${type} ${git(['hash-object', '-w', '--stdin'], 'x')}\t${name}\n`;

  it.each([
    ['a symbolic link', () => entry('120000', 'blob', 'envelope')],
    ['a program', () => entry('100755', 'blob', 'envelope')],
    ['a commit of another repository', () => `160000 commit ${'1'.repeat(40)}\tenvelope\n`],
    ['a folder', () => `040000 tree ${git(['mktree'], entry('100644', 'blob', 'x'))}\tenvelope\n`],
    ['nothing', () => ''],
  ])('%s in the place of the envelope', async (_, entries) => {
    await refused([`${under(git(['mktree', '--missing'], entries()))}:${ALICE}`], 'gate/envelope');
  });

  it('one that is three hundred folders deep', async () => {
    let tree = git(['mktree'], entry('100644', 'blob', 'x'));
    for (let depth = 0; depth < 300; depth++) tree = git(['mktree'], `040000 tree ${tree}\td\n`);
    await refused([`${under(tree)}:${ALICE}`], 'gate/envelope');
  });

  it('one that is a hundred thousand files wide', async () => {
    const blob = git(['hash-object', '-w', '--stdin'], 'x');
    const wide = git(['mktree'], Array.from({ length: 100_000 }, (_, i) => `100644 blob ${blob}\tf${i}\n`).join(''));
    await refused([`${under(wide)}:${ALICE}`], 'gate/envelope');
  });

  it('one whose envelope is larger than any may be', async () => {
    const blob = git(['hash-object', '-w', '--stdin'], new Uint8Array(9 * 1024 * 1024));
    await refused([`${under(git(['mktree'], `100644 blob ${blob}\tenvelope\n`))}:${ALICE}`], 'gate/limits');
  });

  it('a blob, a tree, a tag where a chain is', async () => {
    const blob = git(['hash-object', '-w', '--stdin'], 'x');
    await refused([`${blob}:${ALICE}`], 'gate/envelope');
    await refused([`${git(['rev-parse', `${ALICE}^{tree}`])}:${ALICE}`], 'gate/envelope');
    git(['tag', '-f', '-a', '-m', 'x', 'trap', ALICE]);
    await refused([`refs/tags/trap:${ALICE}`], 'gate/envelope');
  });

  it('a merge of two histories', async () => {
    const merge = git(['commit-tree', `${ALICE}^{tree}`, '-p', ALICE, '-p', 'main', '-m', 'x']);
    await refused([`${merge}:${ALICE}`], 'gate/sequence');
  });
});

describe('proofs that prove nothing', () => {
  /** A checkpoint after the newest one, which says something else than what follows from the journals. */
  async function checkpoint(change: (body: Record<string, Value>) => Record<string, Value>): Promise<Oid> {
    const files = stage
      .git(clone, 'ls-tree', '-r', '-z', STATE)
      .split('\0')
      .filter((line) => line !== '');
    const kept = files.flatMap((line) => {
      const [head = '', path = ''] = line.split('\t');
      const bytes = execFileSync('git', ['cat-file', 'blob', head.split(' ')[2] ?? ''], { cwd: clone });
      return path === 'envelope' ? [] : [{ path, bytes: new Uint8Array(bytes) }];
    });
    const departure = (head: Envelope): Departure => {
      const body = recordBody(head, 0, CHECKPOINT_KIND) as unknown as Record<string, Value>;
      return { bodies: [change({ ...body, prev_state: body.state_root as Value })], files: kept };
    };
    return forged('state/count', departure, { kind: CHECKPOINT_KIND as never });
  }

  it('of another state', async () => {
    const oid = await checkpoint((body) => ({ ...body, state_root: body.fold_root as Value }));
    const lines = await refused([`${oid}:${STATE}`], 'gate/proof-of-fold');
    expect(lines.join('\n')).toContain('state_root is claimed as');
  });

  it('of the right state, over another window', async () => {
    const oid = await checkpoint((body) => ({ ...body, events: Number(body.events) + 1 }));
    await refused([`${oid}:${STATE}`], 'gate/proof-of-fold');
  });

  it('by another engine', async () => {
    const oid = await checkpoint((body) => ({ ...body, engine: 'quickjs@1+wasm@sha256:00+gas@1' }));
    await refused([`${oid}:${STATE}`], 'gate/could-not-check');
  });

  it('over journals that the server does not have', async () => {
    await stage.emit(clone, ['only here']);
    await stage.within(clone, ({ repository }) => repository.fold(bundle));
    try {
      await refused([`${STATE}:${STATE}`], 'gate/could-not-check');
    } finally {
      for (const ref of [ALICE, STATE]) stage.git(clone, 'update-ref', ref, `${ref}~1`);
    }
  });
});

describe('the law', () => {
  it('judges the push that would change it: nobody legalises himself', async () => {
    const main = accepted.get('heads/main') as Oid;
    await refused([`${main}:refs/heads/secret`], 'policy/no-secret');
    await stage.adopt(clone, { 'p.rgs': 'warn "anything" message "fine" when { 1 == 2 }' });
    try {
      await refused([`${POLICY}:${POLICY}`, `${main}:refs/heads/secret`], 'policy/no-secret');
    } finally {
      stage.git(clone, 'update-ref', POLICY, `${POLICY}~1`);
    }
  });
});

describe('a push of very many refs', () => {
  it('is judged whole: one bad one among ten thousand refuses all of them', async () => {
    const main = accepted.get('heads/main') as Oid;
    const specs = Array.from({ length: 10_000 }, (_, i) => `${main}:refs/heads/many/${i}`);
    const lines = [...specs, `${main}:refs/gatos/foreign`];
    // A command line has bounds: from a mirror whose refs are these.
    const mirror = stage.bareRepository('many.git');
    stage.git(mirror, 'fetch', '-q', clone, 'refs/heads/main:refs/heads/main');
    const updates = lines.map((line) => `create ${line.split(':')[1]} ${main}\n`).join('');
    stage.gitWith({ cwd: mirror, input: updates }, 'update-ref', '--stdin');
    stage.git(mirror, 'remote', 'add', 'origin', hub);
    const { status, remote } = await stage.push(mirror, 'refs/*:refs/*');
    expect(status).toBe(1);
    expect(remote.join('\n')).toContain('gate/foreign-ref');
    expect(refsOf()).toEqual(accepted);
  }, 120_000);
});
