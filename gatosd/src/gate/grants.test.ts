/** Law at the boundary: a change that needs leads, refused without them, accepted with them, refused again when they take it back. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  approveProposal,
  explainDenial,
  type GovernanceAuthor,
  type GovernanceWriterPorts,
  grantProposal,
  type Oid,
  propose,
  revokeRecord,
} from 'gatos-core';
import { loadSigner } from 'gatos-core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram, GateStage, type Pushed, portsOf, removePrograms } from './scratch-gate.js';
import { serveGate } from './serve.js';

const ALL = 'refs/gatos/*:refs/gatos/*';
const FINE: Pushed = { status: 0, stderr: '', remote: [] };
const RULES = `
deny "api-needs-leads"
  message "{change.path} is public API"
  because "ADR-0007"
  hint "git gatos propose --action api-change --target api"
when {
  update in input.updates
  commit in update.commits
  change in commit.changes
  glob.match("api/**", change.path)
  not {
    granted("api-change", "api", who)
    count { lead | lead in who; member("leads", lead) } >= 2
  }
}
`;

let stage: GateStage;
beforeAll(() => {
  stage = new GateStage(buildProgram());
});
afterAll(() => {
  stage.dispose();
  removePrograms();
});

class Law {
  #commits = 0;

  constructor(
    readonly hub: string,
    readonly clone: string,
  ) {}

  static async made(): Promise<Law> {
    const { hub, clone } = await stage.founded();
    for (const person of ['bob', 'carol', 'dave']) await stage.addPerson(clone, person);
    await stage.change(clone, { op: 'set-group', name: 'leads', members: ['user:bob', 'user:carol', 'user:dave'] });
    await stage.adopt(clone, { 'law.rgs': RULES });
    const law = new Law(hub, clone);
    expect(await law.send()).toEqual(FINE);
    return law;
  }

  send(): Promise<Pushed> {
    return stage.push(this.clone, ALL);
  }

  /** A change of the API, on top of nothing. */
  change(): Oid {
    this.#commits += 1;
    return stage.commit(this.clone, { 'api/x.ts': String(this.#commits) });
  }

  push(ref = 'refs/heads/main', commit = this.change()): Promise<Pushed> {
    return stage.push(this.clone, `+${commit}:${ref}`);
  }

  /** Something that somebody does in the clone, as the keys of all are on this machine. */
  as<T>(person: string, body: (ports: GovernanceWriterPorts, author: GovernanceAuthor) => Promise<T>): Promise<T> {
    return stage.within(this.clone, async (workspace) => {
      const { repository } = workspace;
      const env = stage.env(person);
      const signer = await loadSigner({ source: 'default', env, passphrase: async () => null });
      const policyRoot = (await repository.policy())?.root ?? null;
      return body(portsOf(workspace), { actor: `user:${person}`, signer, trust: await repository.trust(), policyRoot });
    });
  }

  propose({ target = 'api', uses = 1 as number | null, expires = null as number | null } = {}): Promise<string> {
    const terms = { action: 'api-change', target, quorum: '2 of @leads', reason: 'because', expires, uses };
    return this.as('alice', async (ports, author) => (await propose(ports, { ...author, ...terms })).id);
  }

  async approve(id: string, ...people: readonly string[]): Promise<void> {
    for (const person of people) await this.as(person, (ports, author) => approveProposal(ports, { ...author, id }));
  }

  /** Granted and pushed. */
  async granted(terms: Parameters<Law['propose']>[0] = {}): Promise<string> {
    const id = await this.propose(terms);
    await this.approve(id, 'bob', 'carol');
    await this.as('alice', (ports, author) => grantProposal(ports, { ...author, id }));
    expect(await this.send()).toEqual(FINE);
    return id;
  }

  /** The uses of a grant that the server has recorded. */
  uses(id: string): number {
    const ref = `refs/gatos/audit/grants/${id}`;
    if (!stage.heads(this.hub).has(`audit/grants/${id}`)) return 0;
    return Number(stage.git(this.hub, 'rev-list', '--count', ref));
  }
}

function isRefused({ status, remote }: Pushed): boolean {
  return status === 1 && remote.includes('  rule: policy/api-needs-leads');
}

describe('a change that needs two of three leads', () => {
  it('is refused with the reason, accepted with two approvals, and refused again after a revocation', async () => {
    const law = await Law.made();
    const first = await law.push();
    expect(isRefused(first)).toBe(true);
    expect(first.remote[0]).toBe('refused: api/x.ts is public API');
    expect(first.remote).toContain('  see:  ADR-0007');
    expect(first.remote).toContain('  pass: git gatos propose --action api-change --target api');

    // Anybody with a clone can judge it again, and gets the same decision to the byte.
    const denied = stage.denials(law.hub)[0] ?? '';
    const { directory } = await stage.clone(law.hub, {
      directory: `stranger to ${denied}`,
      env: stage.env('stranger'),
    });
    const again = await stage.within(directory, ({ backend }) => explainDenial({ backend }, denied), 'stranger');
    expect(again).toMatchObject({ outcome: 'same', differences: [] });

    const id = await law.propose({ uses: null });
    await law.approve(id, 'bob');
    expect(await law.send()).toEqual(FINE);
    expect(isRefused(await law.push())).toBe(true);

    await law.approve(id, 'carol');
    await law.as('alice', (ports, author) => grantProposal(ports, { ...author, id }));
    expect(await law.send()).toEqual(FINE);
    expect(await law.push()).toEqual(FINE);
    expect(law.uses(id)).toBe(1);

    await law.as('carol', async (ports, author) => {
      const { cid } = await approveProposal(ports, { ...author, id }).catch(() => ({ cid: null }));
      expect(cid).not.toBe(null);
      if (cid !== null)
        await revokeRecord(ports, { ...author, kind: 'approval', target: cid, reason: 'not like this' });
    });
    expect(await law.send()).toEqual(FINE);
    expect(isRefused(await law.push())).toBe(true);
  });

  it('passes once with a grant for once, whoever judges', async () => {
    const law = await Law.made();
    const once = await law.granted();
    expect(await law.push()).toEqual(FINE);
    expect(isRefused(await law.push('refs/heads/other'))).toBe(true);
    expect(law.uses(once)).toBe(1);
    const gate = await serveGate({ cwd: law.hub, env: stage.env('server') });
    const again = await law.granted();
    expect(await law.push('refs/heads/again')).toEqual(FINE);
    expect(isRefused(await law.push('refs/heads/more'))).toBe(true);
    expect([law.uses(once), law.uses(again)]).toEqual([1, 1]);
    await gate.close();
  });

  it('does not pass with a grant for something else, or one that has expired', async () => {
    const law = await Law.made();
    await law.granted({ target: 'another' });
    expect(isRefused(await law.push())).toBe(true);
    const expires = Date.now() * 1000 + 3_600_000_000;
    const id = await law.granted({ expires });
    const later = { GATOS_TEST_RECEIVED: String(expires + 1) };
    expect(isRefused(await stage.pushWith(later, law.clone, `${law.change()}:refs/heads/late`))).toBe(true);
    expect(law.uses(id)).toBe(0);
    expect(await law.push('refs/heads/early')).toEqual(FINE);
  });

  it('is used up by one of two that race for it', async () => {
    const law = await Law.made();
    const id = await law.granted();
    const pushed = await Promise.all([1, 2, 3].map((n) => law.push(`refs/heads/racer-${n}`)));
    expect(pushed.filter(({ status }) => status === 0)).toHaveLength(1);
    for (const { status, remote } of pushed) {
      if (status !== 0) expect(remote.join('\n')).toMatch(/rule: (?:policy\/api-needs-leads|gate\/governance)/);
    }
    expect(law.uses(id)).toBe(1);
    expect(stage.heads(law.hub, 'refs/heads/').size).toBe(1);
  });

  it('costs one use when the same push is made again, because something after the gate refused it', async () => {
    const law = await Law.made();
    const id = await law.granted({ uses: 2 });
    const after = join(law.hub, 'hooks', 'update');
    writeFileSync(after, '#!/bin/sh\nexit 1\n');
    chmodSync(after, 0o755);
    const commit = law.change();
    expect((await law.push('refs/heads/main', commit)).status).toBe(1);
    expect(law.uses(id)).toBe(1);
    rmSync(after);
    expect(await law.push('refs/heads/main', commit)).toEqual(FINE);
    expect(law.uses(id)).toBe(1);
    expect(await law.push('refs/heads/other')).toEqual(FINE);
    expect(law.uses(id)).toBe(2);
    expect(isRefused(await law.push('refs/heads/third'))).toBe(true);
  });

  it('is refused when its use cannot be recorded', async () => {
    const law = await Law.made();
    const id = await law.granted();
    await stage.guard(law.hub, { actor: 'service:nobody-knows' });
    const { status, remote } = await law.push();
    expect(status).toBe(1);
    expect(remote).toContain('  rule: gate/governance');
    expect(remote.join('\n')).toContain('the trust chain does not know `ed25519:');
    expect(law.uses(id)).toBe(0);
    await stage.guard(law.hub, { actor: 'service:gate' });
    expect(await law.push()).toEqual(FINE);
  });
});
