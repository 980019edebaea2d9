/** Makes one file of `testing/program.ts` that plain Node runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Returns the folder, which the caller removes, and the file in it. */
export function buildProgram(): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-program-'));
  const file = join(folder, 'program.mjs');
  const builder = at('../../tools/build-program.mjs');
  const { status, stderr } = spawnSync(process.execPath, [builder, at('./program.ts'), file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return { folder, file };
}
