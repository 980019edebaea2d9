/** `node tools/build-program.mjs ENTRY OUT`: one file of a TypeScript entry, for tests that need a process of their own. */
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { buildOptions, withRequire } from './build-options.mjs';

const [entry, out] = process.argv.slice(2);
const { outputFiles } = await build({ ...buildOptions(), entryPoints: [entry], outfile: 'program.mjs' });
writeFileSync(out, withRequire(outputFiles[0].text));
