// `npm run api:update`: writes the names that the entry points export to tools/tidy/public-api.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outdir = `${root}node_modules/.cache/gatos`;
mkdirSync(outdir, { recursive: true });
await build({
  stdin: {
    contents:
      "export { publicApi, SNAPSHOT } from './rules/public-api.ts'; export { repositoryTree } from './tree.ts';",
    resolveDir: `${root}tools/tidy`,
  },
  outfile: `${outdir}/public-api.mjs`,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
});

const { publicApi, repositoryTree, SNAPSHOT } = await import(pathToFileURL(`${outdir}/public-api.mjs`).href);
const api = publicApi(repositoryTree(root));
writeFileSync(`${root}${SNAPSHOT}`, `${JSON.stringify(api, null, 2)}\n`);
for (const [entry, names] of Object.entries(api)) process.stdout.write(`${entry}: ${names.length} names\n`);
