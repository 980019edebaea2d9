// `npm run schema:update`: writes docs/policy-input.schema.json, the document that policies read, from its table of fields.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}node_modules/.cache/gatos`;
mkdirSync(outdir, { recursive: true });
await build({
  stdin: {
    contents: "export { inputJsonSchema } from './gatos-core/src/policy/input/json-schema.ts';",
    resolveDir: root,
  },
  outfile: `${outdir}/input-schema.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  alias: { '#hash': `${root}gatos-core/node/hash.ts` },
});

const { inputJsonSchema } = await import(pathToFileURL(`${outdir}/input-schema.mjs`).href);
writeFileSync(`${root}docs/policy-input.schema.json`, `${JSON.stringify(inputJsonSchema(), null, 2)}\n`);
