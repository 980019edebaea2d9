/** Many writers at once, and writers that are killed. */
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
let repo: string;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
});
afterEach(() => stage.close());

const keysOf = () => (stage.json(['log', '--reverse'], { cwd: repo }) as { key: string }[]).map(({ key }) => key);

describe('races', () => {
  it('64 writers on one chain: all survive, none twice', { timeout: 120_000 }, async () => {
    const runs = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        stage.start(['emit', '--type', 'race', '--payload', String(i), '--key', `k${i}`], { cwd: repo }),
      ),
    );
    const lost = runs.filter(({ status }) => status !== 0);
    expect(lost).toEqual([]);
    expect(keysOf().sort()).toEqual(Array.from({ length: 64 }, (_, i) => `k${i}`).sort());
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
  });

  it('a writer killed at any moment leaves nothing half-written, and a repeat is a no-op or completes it', {
    timeout: 180_000,
  }, async () => {
    for (let i = 0; i < 24; i++) {
      const args = ['gatos', 'emit', '--type', 'kill', '--payload', String(i), '--key', `k${i}`];
      await killed(args, 30 + i * 6);
      stage.gatos(args.slice(1), { cwd: repo });
    }
    expect(keysOf()).toEqual(Array.from({ length: 24 }, (_, i) => `k${i}`));
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
    expect(stage.run(['git', 'fsck', '--strict', '--no-dangling'], { cwd: repo }).status).toBe(0);
  });
});

/** Starts git and kills its whole process group after some milliseconds. */
function killed(args: readonly string[], milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: repo,
      env: stage.env as NodeJS.ProcessEnv,
      stdio: 'ignore',
      detached: true,
    });
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, milliseconds);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
