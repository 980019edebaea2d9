/** Doctor's own reasoning; what real repositories come to is tested with the command. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadEngine } from '../../node/index.js';
import { FoldWorld } from '../../testing/fold-world.js';
import { GOVERNANCE_START, GovernanceWorld, testCid } from '../../testing/governance-world.js';
import { testSigner } from '../../testing/hand-made.js';
import { LAW_START, LawWorld, lawSigner } from '../../testing/law-world.js';
import { formatKey } from '../codec/index.js';
import { memoryBackend } from '../git/index.js';
import { approve, grant, propose, revoke } from '../governance/index.js';
import { nobleEngine } from '../identity/index.js';
import { anchorsAudit, byRank, examineRepository, type Finding, findingsOf, REPOSITORY_SYMPTOMS } from './index.js';

const engine = nobleEngine();
const DAY = 86_400_000_000;

const codes = (findings: readonly Finding[]): readonly string[] => findings.map(({ code }) => code);

describe('findings of a table', () => {
  const finding = findingsOf({
    odd: {
      severity: 'note',
      what: '`{ref}` has {count}',
      why: 'it matters',
      mend: 'git x {ref}=1 {count}',
      fixable: true,
    },
    plain: { severity: 'error', what: 'plain', why: 'it matters', mend: null },
  } as const);

  it('fill every hole, and quote for a shell what goes into a command', () => {
    expect(finding('odd', { subject: 's', data: { ref: "a'b $(x)", count: 3 } })).toEqual({
      severity: 'note',
      code: 'doctor/odd',
      subject: 's',
      what: "`a'b $(x)` has 3",
      why: 'it matters',
      mend: String.raw`git x 'a'\''b $(x)'=1 3`,
      fixable: true,
    });
    expect(finding('plain', { subject: 's', data: {} })).toMatchObject({ mend: null, fixable: false });
  });

  it('leave braces in foreign text alone', () => {
    const { what, mend } = finding('odd', { subject: 's', data: { ref: '{count}', count: 1 } });
    expect([what, mend]).toEqual(['`{count}` has 1', "git x '{count}'=1 1"]);
  });

  it('do not fill a hole with nothing', () => {
    const data = { ref: 'x' } as unknown as { ref: string; count: number };
    expect(() => finding('odd', { subject: 's', data })).toThrow('data fills every hole');
  });

  it('are listed with the worst first, else as they were found', () => {
    const of = (severity: Finding['severity'], subject: string) => ({ severity, subject }) as Finding;
    const all = [of('note', 'a'), of('error', 'b'), of('warning', 'c'), of('error', 'd')];
    expect(byRank(all).map(({ subject }) => subject)).toEqual(['b', 'd', 'c', 'a']);
  });
});

describe('the table of symptoms', () => {
  it('is written in the manner of all messages', () => {
    for (const [code, { what, why, mend }] of Object.entries(REPOSITORY_SYMPTOMS)) {
      expect(code).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
      for (const text of [what, why])
        expect([code, text]).toEqual([code, expect.not.stringMatching(/^[A-Z][a-z]|\.$|\n/)]);
      expect([code, why]).toEqual([code, expect.not.stringMatching(/[{}]/)]);
      expect([code, mend ?? 'git']).toEqual([code, expect.stringMatching(/^(?:git|rm) ?/)]);
    }
  });
});

describe('the profiles', () => {
  it('demand anchors where their files say so', () => {
    const folder = new URL('../../../profiles/', import.meta.url);
    const files = readdirSync(folder).filter((name) => /^profile\.(?!schema)[a-z]+\.json$/.test(name));
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const { name, anchored_audit } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
      expect([name, anchorsAudit(name)]).toEqual([name, anchored_audit]);
    }
  });
});

describe('examining a repository', () => {
  it('that is empty: it has no history', async () => {
    const found = await examineRepository({ backend: memoryBackend(), engine }, { time: 0 });
    expect(codes(found)).toEqual(['doctor/not-started']);
  });

  it('that only has a cache: it has none either', async () => {
    const backend = memoryBackend();
    const [oid = ''] = await backend.objects.write([{ type: 'blob', content: new Uint8Array() }]);
    await backend.refs.transaction([{ name: 'refs/gatos/cache/x', expected: null, next: oid }]);
    expect(codes(await examineRepository({ backend, engine }, { time: 0 }))).toEqual(['doctor/not-started']);
  });

  it('changes nothing, and finds the same again', async () => {
    const world = await LawWorld.open(1);
    const { backend } = world;
    const refs = await backend.refs.list('refs/');
    const request = { time: LAW_START };
    const found = await examineRepository({ backend, engine }, request);
    expect(codes(found)).toEqual(['doctor/no-policy']);
    expect(await examineRepository({ backend, engine }, request)).toEqual(found);
    expect(await backend.refs.list('refs/')).toEqual(refs);
  });

  it('stops when it is asked to', async () => {
    const { backend } = await LawWorld.open(1);
    const signal = AbortSignal.abort(new TypeError('enough'));
    await expect(examineRepository({ backend, engine }, { time: 0, signal })).rejects.toThrow('enough');
  });
});

describe('reasons of policies', () => {
  const policy = (because: string) => `deny "d" message "no" because "${because}" when { "x" in input.options }\n`;
  const missing = async (because: string, ...adrs: readonly string[]): Promise<boolean> => {
    const world = await LawWorld.open(1);
    const texts = Object.fromEntries(adrs.map((path) => [path, '# A decision\n']));
    await world.adopt({ 'd.rgs': policy(because), ...texts }, ['user:alice']);
    const found = await examineRepository({ backend: world.backend, engine }, { time: LAW_START });
    return codes(found).includes('doctor/policy-adr-missing');
  };

  it.each([
    ['ADR-0042', true, []],
    ['ADR-0042', true, ['0043-other.md', '00421.md']],
    ['ADR-0042', false, ['0042-api.md']],
    ['adr 42', false, ['decisions/ADR-0042.md']],
    ['0042-api.md', true, ['api.md']],
    ['0042-api.md', false, ['0042-api.md']],
    ['spec/adr/0042-api.md', false, ['0042-api.md']],
    ['0042-api.md', false, ['adr/0042-api.md']],
    ['https://example.org/0042.md', false, []],
    ['the house rules', false, []],
  ])('%s: missing %s with %j', async (because, want, adrs) => {
    expect(await missing(because, ...adrs)).toBe(want);
  });
});

describe('keys that end', () => {
  const world = async (days: number, more = false) => {
    const it = await LawWorld.open(1);
    const key = new Uint8Array(lawSigner('user:eve').key);
    await it.change(['user:alice'], { op: 'revoke-key', key, reason: 'short' });
    const until = LAW_START + days * DAY;
    await it.change(['user:alice'], { op: 'add-key', actor: 'user:eve', key: testSigner(20).key, not_after: until });
    if (more) await it.change(['user:alice'], { op: 'add-key', actor: 'user:eve', key: testSigner(21).key });
    return { it, key: formatKey(testSigner(20).key) };
  };

  it.each([
    [29, 0, ['doctor/key-expires']],
    [31, 0, []],
    [31, 2, ['doctor/key-expires']],
    // History: it ended, and nobody is to be reminded for ever.
    [29, 40, []],
  ])('in %i days, looked at after %i', async (days, after, want) => {
    const { it: law } = await world(days);
    const found = await examineRepository({ backend: law.backend, engine }, { time: LAW_START + after * DAY });
    expect(codes(found).filter((code) => code.includes('key'))).toEqual(want);
  });

  it('are of no account where another one holds on', async () => {
    const { it: law } = await world(5, true);
    const found = await examineRepository({ backend: law.backend, engine }, { time: LAW_START });
    expect(codes(found)).not.toContain('doctor/key-expires');
  });

  it('are told to their owner with what to do, even when they ended', async () => {
    const { it: law, key } = await world(5, true);
    const self = { actor: 'user:eve', key };
    const found = await examineRepository({ backend: law.backend, engine }, { time: LAW_START + 6 * DAY, self });
    const [own] = found.filter(({ code }) => code === 'doctor/own-key-expires');
    expect(own?.mend).toBe(
      `git gatos key new after-2023-11-19 && git gatos trust rotate ${key} after-2023-11-19 && git gatos config set key after-2023-11-19`,
    );
  });
});

describe('consent', () => {
  const TERMS = { action: 'deploy', target: 'lab', reason: '', expires: null, uses: null };
  const consent = async (world: GovernanceWorld, time = GOVERNANCE_START) => {
    const found = await examineRepository({ backend: world.backend, engine }, { time });
    return found.filter(({ code }) => /grant|proposal/.test(code)).map(({ code, what }) => [code, what]);
  };
  const withdrawn = async (world: GovernanceWorld, id: string, actor: string) => {
    const { cid } = await approve(world.ports, { ...(await world.as(actor)), id });
    await revoke(world.ports, { ...(await world.as(actor)), kind: 'approval', target: cid, reason: 'no' });
  };

  it('is out of reach when too few are left who may still agree, and not before', async () => {
    const world = await GovernanceWorld.open();
    const quorum = '2 of @leads and 1 of @security';
    const { id } = await propose(world.ports, { ...(await world.as('user:alice')), ...TERMS, quorum });
    expect(await consent(world)).toEqual([]);
    await withdrawn(world, id, 'user:alice');
    expect(await consent(world)).toEqual([]);
    await withdrawn(world, id, 'user:bob');
    const [[code, what] = []] = await consent(world);
    expect(code).toBe('doctor/proposal-stuck');
    expect(what).toContain(
      `proposal ${id} of \`deploy\` on \`lab\` can no longer be granted: \`2 of @leads\` has none`,
    );
  });

  it('is within reach as long as one alternative is', async () => {
    const world = await GovernanceWorld.open();
    const quorum = '2 of @nobody or 1 of @leads';
    await propose(world.ports, { ...(await world.as('user:alice')), ...TERMS, quorum });
    expect(await consent(world)).toEqual([]);
  });

  it('is out of reach when the policy it is bound to is not in force; what ended is nobody to wait for', async () => {
    const world = await GovernanceWorld.open();
    const author = await world.as('user:alice', { policyRoot: testCid('an older policy') });
    const expires = GOVERNANCE_START + DAY;
    await propose(world.ports, { ...author, ...TERMS, expires, quorum: '1 of @leads' });
    expect(await consent(world)).toEqual([['doctor/proposal-stuck', expect.stringContaining('it is bound to policy')]]);
    expect(await consent(world, expires + 1)).toEqual([]);
  });

  it.each([
    [2 * DAY, null, ['doctor/grant-expires']],
    [2 * DAY + DAY / 2, null, []],
    [null, null, []],
  ])('that was granted for %s microseconds', async (length, uses, want) => {
    const world = await GovernanceWorld.open();
    const alice = await world.as('user:alice');
    const expires = length === null ? null : GOVERNANCE_START + length;
    const { id } = await propose(world.ports, { ...alice, ...TERMS, uses, expires, quorum: '1 of user:alice' });
    await approve(world.ports, { ...alice, id });
    await grant(world.ports, { ...alice, id });
    expect((await consent(world)).map(([code]) => code)).toEqual(want);
  });
});

describe('proofs', async () => {
  const sandbox = await loadEngine();
  const SUM = 'export function fold(state, { payload }) { return { sum: (state.sum ?? 0) + payload.n }; }';
  /** Two checkpoints, of which the newer one claims what its events do not fold to. */
  const forged = async (profile: string): Promise<FoldWorld> => {
    const world = await FoldWorld.open({ sandbox, profile });
    for (const n of [1, 2]) {
      await world.emit('user:alice', [{ payload: { n } }]);
      await world.fold(world.bundle(SUM));
    }
    await world.forge('test', { body: (body) => ({ ...body, gas_used: body.gas_used + 1 }) });
    return world;
  };
  const examine = async ({ backend }: FoldWorld) => {
    const found = await examineRepository({ backend, engine, sandbox: async () => sandbox }, { time: 0 });
    return found.filter(({ subject }) => subject === 'refs/gatos/state/test');
  };

  it('are recomputed where the profile demands it; the way back is the checkpoint before', async () => {
    const world = await forged('research');
    const [found, ...others] = await examine(world);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      severity: 'error',
      code: 'doctor/broken-chain',
      what: expect.stringContaining('proof-of-fold'),
    });
    const [, ref = '', good = '', bad = ''] = /^git update-ref (\S+) (\S+) (\S+)$/.exec(found?.mend ?? '') ?? [];
    await world.backend.refs.transaction([{ name: ref, expected: bad, next: good }]);
    expect((await examine(world)).map(({ code }) => code)).toEqual(['doctor/stale-checkpoint']);
  });

  it('are left to `verify` where it does not', async () => {
    expect(await examine(await forged('default'))).toEqual([]);
  });

  it('of another engine are told once', async () => {
    const world = await forged('research');
    await world.forge('test', { body: (body) => ({ ...body, engine: 'older' }) });
    const [found, ...others] = await examine(world);
    expect([found?.code, others]).toEqual(['doctor/other-engine', []]);
    expect(found?.what).toContain('made by engine `older`');
  });
});
