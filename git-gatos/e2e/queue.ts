/** Queues of small jobs, made without starting a process for each. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from 'gatos-core';
import { openRemoteWorkspace, openWorkspace, type Submitted, submitCommand } from 'gatosd';
import type { Stage } from './stage.js';

const SOURCE = `export function run({ args }) { return { outputs: { 'o.txt': args[0] } }; }\n`;

/** Submits so many jobs in the sandbox that give what they are told. Their ids. */
export async function submitMany(
  { env }: Stage,
  { cwd, count, remote, prefix = 'job' }: { cwd: string; count: number; remote?: string; prefix?: string },
): Promise<readonly string[]> {
  writeFileSync(join(cwd, 'echo.mjs'), SOURCE);
  const options = { cwd, env, passphrase: async () => null };
  const workspace = await (remote === undefined ? openWorkspace(options) : openRemoteWorkspace({ ...options, remote }));
  const jobs: Submitted[] = [];
  try {
    for (let i = 0; i < count; i++)
      jobs.push(
        await submitCommand(workspace, {
          ...{ cwd, env, kind: 'quickjs', argv: ['echo.mjs', `${prefix} ${i}`], again: false, network: false },
          ...{ inputs: [], outputs: ['o.txt'], program: [], libraries: [], variables: {} },
          limits: { time_ms: 60_000, memory_bytes: 256 * 1024 ** 2, output_bytes: LIMITS.jobOutputBytes },
        }),
      );
  } finally {
    await workspace.close();
  }
  return jobs.map(({ job }) => String(job));
}
