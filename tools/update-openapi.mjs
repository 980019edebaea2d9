// `npm run schema:update`: writes docs/openapi.json, and the table in docs/http-api.md, from the routes of the HTTP API.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildOptions } from './build-options.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = `${root}node_modules/.cache/gatos`;
mkdirSync(outdir, { recursive: true });
await build({
  ...buildOptions(),
  write: true,
  metafile: false,
  entryPoints: undefined,
  stdin: {
    contents:
      "export { openApiDocument } from './gatosd/src/http/openapi.ts'; export { withRouteTable } from './gatosd/src/http/route-table.ts';",
    resolveDir: root,
  },
  outfile: `${outdir}/openapi.mjs`,
});

const { openApiDocument, withRouteTable } = await import(pathToFileURL(`${outdir}/openapi.mjs`).href);
writeFileSync(`${root}docs/openapi.json`, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
const page = `${root}docs/http-api.md`;
writeFileSync(page, withRouteTable(readFileSync(page, 'utf8')));
