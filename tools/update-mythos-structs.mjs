// Part of `npm run schema:update`: writes docs/mythos-structs.md from the table of structs that encodes and decodes them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}node_modules/.cache/gatos`;
mkdirSync(outdir, { recursive: true });
await build({
  entryPoints: [`${root}gatos-core/testing/structs-page.ts`],
  outfile: `${outdir}/structs-page.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  alias: { '#hash': `${root}gatos-core/node/hash.ts` },
});

const { structsPage } = await import(pathToFileURL(`${outdir}/structs-page.mjs`).href);
writeFileSync(`${root}docs/mythos-structs.md`, structsPage());
