import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Finding } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { git } from '../git-run.js';
import { ScratchWorld } from '../scratch-world.js';
import { mendAll } from './mend.js';
import { finding } from './symptoms.js';

const scratch = new ScratchWorld();
afterAll(() => scratch.dispose());

function mend(...findings: readonly Finding[]) {
  const cwd = scratch.root;
  const env = scratch.env();
  return mendAll({ cwd, env, at: { cwd, env }, passphrase: async () => null }, findings);
}

describe('mending', () => {
  it('looks again before it removes a socket', async () => {
    const path = scratch.at('gate.sock');
    const server = createServer((connection) => connection.end());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const { mended } = await mend(finding('stale-socket', { subject: path, data: { path } }));
      expect(mended).toEqual([{ code: 'doctor/stale-socket', subject: path, did: `${path} is answered now` }]);
      expect(existsSync(path)).toBe(true);
    } finally {
      server.close();
    }
  });

  it('goes on after what cannot be mended, and says why', async () => {
    const path = scratch.at('gone.json');
    const exposed = finding('exposed-file', { subject: path, data: { path, mode: '644', private: '600' } });
    const socket = finding('stale-socket', { subject: scratch.at('none'), data: { path: scratch.at('none') } });
    const { mended, failed } = await mend(exposed, socket);
    expect(failed).toEqual([
      { code: 'doctor/exposed-file', subject: path, why: expect.stringContaining('no such file') },
    ]);
    expect(mended).toHaveLength(1);
  });

  it('says when what was found is not so any more, or is not in a repository', async () => {
    const cwd = scratch.at('empty');
    const env = scratch.env();
    scratch.folder('empty');
    await git({ cwd, env }, ['init', '-q']);
    const path = scratch.at('empty/receipt.json');
    const job = finding('receipt-unrecorded', { subject: path, data: { path, actor: 'user:a', experiment: '01' } });
    const untold = { ...job, code: 'doctor/job-untold', subject: 'refs/gatos/odd' };
    const leftover = finding('job-leftover', { subject: scratch.at('gone'), data: { path: scratch.at('gone') } });
    const request = { cwd, env, at: { cwd, env }, passphrase: async () => null };
    const { mended, failed } = await mendAll(request, [untold, leftover]);
    expect(failed).toEqual([
      { code: 'doctor/job-untold', subject: 'refs/gatos/odd', why: '`refs/gatos/odd` is not as it was found any more' },
    ]);
    expect(mended).toMatchObject([{ code: 'doctor/job-leftover' }]);
    expect((await mend(untold)).failed).toMatchObject([{ why: expect.stringContaining('no git repository at') }]);
  });

  it('touches nothing that is not declared to be safe', async () => {
    const path = scratch.at('lock');
    scratch.folder('lock');
    const lock = finding('stale-lock', { subject: path, data: { path, hours: 2 } });
    expect(await mend(lock, { ...lock, fixable: true })).toEqual({ mended: [], failed: [] });
    expect(existsSync(path)).toBe(true);
  });
});
