/** `npm run quickstart`: installs and builds what is missing, then tells the story of `examples/climatology`. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

for (const script of ['./ensure-built.mjs', '../examples/climatology/run.mjs']) {
  const { status, error } = spawnSync(process.execPath, [at(script), ...process.argv.slice(2)], { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
