/** Clones that write first to a remote with our gate before it: what it refuses is told from what another writer won. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGatosError, type Oid } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScratchClones } from '../scratch-clones.js';
import { buildProgram, GateStage, removePrograms } from './scratch-gate.js';

let stage: GateStage;
let scratch: ScratchClones;
beforeAll(() => {
  stage = new GateStage(buildProgram());
  scratch = new ScratchClones(stage);
});
afterAll(async () => {
  await scratch.dispose();
  removePrograms();
});

const refOf = (ns: string) => `refs/gatos/journal/${ns}/user-alice`;

async function gated(count: number): Promise<{ hub: string; clones: readonly string[] }> {
  const { hub } = await stage.founded();
  return { hub, clones: await scratch.clones(hub, count) };
}

describe('a gate', () => {
  it('that refuses is heard, once, with what it says', async () => {
    const { hub, clones } = await gated(1);
    const [cwd = ''] = clones;
    const { backend, repository } = await scratch.enter(cwd);
    await repository.emit([{ type: 'test', payload: 1 }], { ns: 'x' });
    const head = await backend.refs.read(refOf('x'));
    const before = [stage.heads(cwd), stage.heads(hub)];
    const edit = { name: refOf('x'), expected: head, next: null };
    await expect(backend.refs.transaction([edit])).rejects.toSatisfy((error) => {
      if (!isGatosError(error, 'remote/refused')) return false;
      expect([error.kind, error.exit, error.data.refs]).toEqual(['denied', 12, [refOf('x')]]);
      expect(error.data.said).toContain('  rule: gate/no-deletion');
      expect(error.hint).toContain('refused: ');
      return true;
    });
    expect(stage.heads(cwd)).toEqual(before[0]);
    expect([...stage.heads(hub).keys()].filter((chain) => !chain.startsWith('audit/'))).toEqual([
      ...(before[1]?.keys() ?? []),
    ]);
    expect(stage.denials(hub)).toHaveLength(1);
  });

  it('lets one of the racing clones through, and the others hear of the race', async () => {
    const { hub, clones } = await gated(3);
    const opened = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    for (let round = 0; round < 3; round++) {
      const name = refOf(`race${round}`);
      const drafts: Oid[] = [];
      for (const [i, cwd] of clones.entries()) drafts.push(await scratch.draft(cwd, `race${round}`, `of ${i}`));
      const ends = await Promise.allSettled(
        opened.map(({ backend }, i) => backend.refs.transaction([{ name, expected: null, next: drafts[i] as Oid }])),
      );
      const winner = ends.findIndex(({ status }) => status === 'fulfilled');
      const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      expect(lost.map((error) => (isGatosError(error) ? error.code : error))).toEqual([
        'git/ref-moved',
        'git/ref-moved',
      ]);
      for (const { backend } of opened) expect(await backend.refs.read(name)).toBe(drafts[winner]);
    }
    expect(stage.git(hub, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('judges what three clones append to one chain, and all of it arrives', async () => {
    const { hub, clones } = await gated(3);
    const opened = await Promise.all(clones.map((cwd) => scratch.enter(cwd)));
    await Promise.all(
      opened.map(async ({ repository }, i) => {
        for (let j = 0; j < 4; j++) await repository.emit([{ type: 'test', payload: `${i} ${j}` }], { ns: 'x' });
      }),
    );
    expect(stage.git(hub, 'rev-list', '--count', refOf('x')).trim()).toBe('12');
    for (const { backend } of opened) await backend.refresh();
    for (const cwd of clones)
      expect(stage.heads(cwd).get('journal/x/user-alice')).toBe(stage.heads(hub).get('journal/x/user-alice'));
  }, 60_000);
});

describe('a hook of somebody else', () => {
  it('that refuses in its own words is a refusal too', async () => {
    const { hub, clones } = await scratch.hub(1);
    const [cwd = ''] = clones;
    const { backend } = await scratch.enter(cwd);
    const script = '#!/bin/sh\\necho "not on a friday" >&2\\nexit 1\\n';
    stage.folder(hub.slice(stage.root.length + 1), 'hooks');
    writeFileSync(join(hub, 'hooks', 'pre-receive'), script.replaceAll('\\n', '\n'), { mode: 0o755 });
    const next = await scratch.draft(cwd, 'x', 'mine');
    const before = [stage.heads(cwd), stage.heads(hub)];
    const end = backend.refs.transaction([{ name: refOf('x'), expected: null, next }]);
    await expect(end).rejects.toMatchObject({ code: 'remote/refused', data: { said: ['not on a friday'] } });
    expect([stage.heads(cwd), stage.heads(hub)]).toEqual(before);
  });
});
