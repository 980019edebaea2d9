/**
 * Writes `conformance/vectors/mythos` from gatos-core/testing/mythos-pack.ts: `npm run vectors:mythos`. By hand only: a vector that changes
 * is a change of format, which takes an ADR (conformance/README.md). A test holds the folder against what is made here.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = `${root}node_modules/.cache/gatos/mythos-pack.mjs`;
await build({
  entryPoints: [`${root}gatos-core/testing/mythos-pack.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  alias: { '#hash': `${root}gatos-core/node/hash.ts` },
});
const { buildMythosPack } = await import(pathToFileURL(outfile).href);
const folder = `${root}conformance/vectors/mythos/`;
rmSync(folder, { recursive: true, force: true });
for (const [path, bytes] of await buildMythosPack()) {
  mkdirSync(dirname(folder + path), { recursive: true });
  writeFileSync(folder + path, bytes);
}
