// `npm run schema:update`: writes docs/schemas/*.schema.json, of records and of what commands print, from the schemas that check them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}node_modules/.cache/gatos`;
mkdirSync(outdir, { recursive: true });
await build({
  stdin: {
    contents: `export { publishedSchemas } from './gatos-core/src/experiments/published.ts';
      export { capabilitySchemas } from './gatos-core/src/capabilities/published.ts';
      export { effectSchemas } from './gatos-core/src/effects/published.ts';`,
    resolveDir: root,
  },
  outfile: `${outdir}/record-schemas.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  alias: { '#hash': `${root}gatos-core/node/hash.ts` },
});

const made = await import(pathToFileURL(`${outdir}/record-schemas.mjs`).href);
const all = [made.publishedSchemas(), made.capabilitySchemas(), made.effectSchemas()];
mkdirSync(`${root}docs/schemas`, { recursive: true });
for (const [name, schema] of Object.entries(Object.assign({}, ...all)))
  writeFileSync(`${root}docs/schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
