/**
 * Bundles the command line into git-gatos/dist, with the man pages beside it: `node tools/bundle.mjs`. The bundle is made from the
 * TypeScript sources and needs nothing but Node: no package of ours or of others is looked up at run time.
 *
 * With --stamp (the last step of `npm run build`) the build is marked as that of the present sources.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, transform } from 'esbuild';
import { buildOptions, isOurs, THREADS, withRequire } from './build-options.mjs';
import { planChunks } from './chunks.mjs';
import { ROOT, STAMP, sourceDigest } from './sources.mjs';

const PACKAGE = join(ROOT, 'git-gatos');
const DIST = join(PACKAGE, 'dist');
const MAN = join(PACKAGE, 'man', 'man1');
const LAUNCHER = join(PACKAGE, 'bin', 'git-gatos.cjs');
const CODE_CACHE = join(ROOT, 'tools', 'code-cache.cjs');

/** Replaces a file at once: a process that starts meanwhile finds the old one or the new one. */
function replaceFile(path, content) {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** Writes the files, the ones that others refer to first, and removes what is not among them. */
function writeFolder(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) {
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) continue;
    replaceFile(path, content);
  }
  const wanted = new Set(files.map(([name]) => name));
  // Names with a dot are the stamp, and what another build is writing just now.
  const stale = readdirSync(folder).filter((name) => !wanted.has(name) && !name.startsWith('.'));
  for (const name of stale) rmSync(join(folder, name), { recursive: true });
}

const QUICKJS = '@jitl/quickjs-wasmfile-release-sync';

/** What the bundle looks for beside itself: the engine of folds, and Zstandard, whose loader looks in its own folder. */
function wasm() {
  const require = createRequire(join(ROOT, 'gatosd', 'package.json'));
  const zstd = join(dirname(require.resolve('@bokuweb/zstd-wasm')), 'zstd.wasm');
  return [
    ['emscripten-module.wasm', readFileSync(require.resolve(`${QUICKJS}/wasm`))],
    ['zstd.wasm', readFileSync(zstd)],
  ];
}

/** Ours, and those of every package of which something is in the bundle: their licences ask for that. */
function licenses(metafiles) {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const inside = outputs.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inside
    .map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
    .filter((path) => path !== undefined);
  const packages = [...new Set([...folders, `node_modules/${QUICKJS}`])].sort();
  const texts = ['.', ...packages].map((folder) => {
    const file = readdirSync(join(ROOT, folder)).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(ROOT, folder, file), 'utf8').trim();
    return `${name} ${version}\n${'='.repeat(72)}\n${text}\n`;
  });
  return ['LICENSES.txt', texts.join('\n')];
}

const MAIN = 'git-gatos/src/main.ts';
/** What the quick commands load: how many more files others need matters less. */
const HOT = ['git-gatos/src/commands/emit.ts', 'git-gatos/src/repository.ts'];

function buildChunks(together) {
  return build({
    ...buildOptions(together),
    entryPoints: { main: MAIN },
    outdir: DIST,
    outExtension: { '.js': '.cjs' },
    splitting: true,
    chunkNames: 'chunk-[hash]',
    minify: false,
    sourcemap: together === undefined ? false : 'inline',
    metafile: true,
  });
}

/** Programs of their own: a thread needs nothing of the command line, and is started without its loader of chunks. */
function buildThread({ source, file }) {
  return build({
    ...buildOptions(),
    entryPoints: [source],
    outfile: join(DIST, file),
    sourcemap: 'inline',
    metafile: true,
  });
}

/**
 * A chunk as CommonJS, and its source map. esbuild splits ES modules only; but ES modules cost a quick command a third of its time:
 * Node's loader for them is slower, and for every built-in that is imported it makes a facade of all exports, which evaluates what
 * the built-in loads lazily.
 */
async function toCommonJs({ path, text }) {
  const name = basename(path);
  const url = text.includes('import.meta.url')
    ? "const __url = require('node:url').pathToFileURL(__filename).href;"
    : '';
  // A package of others that is CommonJS may ask for its folder, which the loader of chunks does not tell.
  const folder = text.includes('__dirname') ? "var __dirname = require('node:path').dirname(__filename);" : '';
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { 'import.meta.url': '__url' },
    // Else `import()` stays, and Node starts its loader of ES modules for it.
    supported: { 'dynamic-import': false },
    banner: `"use strict";${url}${folder}`,
    sourcemap: 'external',
    sourcefile: name,
  });
  // The loader reads ASCII. esbuild escapes what is not, but in comments.
  const ascii = code.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, (comment) => comment.replaceAll(/[^\0-\x7f]/g, '?'));
  if (/[^\0-\x7f]/.test(ascii)) throw new Error(`${name} is not ASCII: git-gatos/bin/chunks.cjs must follow`);
  return [
    [name, ascii],
    [`${name}.map`, map],
  ];
}

async function bundle() {
  const { metafile: first } = await buildChunks();
  const hot = HOT.filter((path) => path in first.inputs);
  const { outputFiles, metafile } = await buildChunks(planChunks({ metafile: first, main: MAIN, hot, isOurs }));
  const threads = await Promise.all(THREADS.map(buildThread));
  const programs = threads.flatMap((thread) => thread.outputFiles);
  const files = (await Promise.all([...outputFiles, ...programs].map(toCommonJs))).flat();
  // The entry last: until it is there, the old entry with its old chunks is in force.
  files.sort(([a], [b]) => (a === 'main.cjs' ? 1 : 0) - (b === 'main.cjs' ? 1 : 0));
  writeFolder(DIST, [...wasm(), licenses([metafile, ...threads.map((thread) => thread.metafile)]), ...files]);
}

const JOURNAL = 'refs/gatos/journal/default/user-build';

/**
 * Keeps what V8 compiles for `emit` and for the push gate, which must be quick, from a repository made for it. The build is whole without,
 * so a machine on which that does not work is told so and no more.
 */
function makeCodeCache() {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-build-'));
  try {
    const kept = Object.entries(process.env).filter(([name]) => !/^(GIT|GATOS|NODE)_/.test(name));
    const alone = {
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
      GIT_CONFIG_NOSYSTEM: '1',
    };
    const env = { ...Object.fromEntries(kept), ...alone };
    const options = { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] };
    const start = (...args) => execFileSync(process.execPath, args, options);
    const git = (...args) =>
      execFileSync('git', args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    start(LAUNCHER, 'init', '--actor', 'user:build');
    const emit = () => start(CODE_CACHE, 'emit', '--type', 'build', '--payload', '{"n":1}');
    emit();
    // A server that has the trust chain and is told of a push of the journal.
    git('clone', '--quiet', '--bare', '.', 'server');
    git('push', '--quiet', 'server', 'refs/gatos/trust:refs/gatos/trust');
    const head = git('rev-parse', JOURNAL).trim();
    execFileSync(process.execPath, [CODE_CACHE, 'gate', 'pre-receive'], {
      cwd: join(folder, 'server'),
      env: { ...env, GIT_DIR: '.', GIT_ALTERNATE_OBJECT_DIRECTORIES: join(folder, '.git/objects') },
      input: `${'0'.repeat(head.length)} ${head} ${JOURNAL}\n`,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    emit();
  } catch (error) {
    process.stderr.write(`no code cache, commands start slower: ${error.message}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the sources' own `manPages(TABLE)`; the program is made and removed here, since no user needs it. */
async function renderManPages() {
  const { outputFiles } = await build({
    ...buildOptions(),
    stdin: {
      contents: "export { manPages } from './man/index.js'; export { TABLE } from './commands/table.js';",
      resolveDir: join(PACKAGE, 'src'),
      loader: 'ts',
    },
    outfile: 'pages.mjs',
  });
  const program = join(DIST, `.pages-${process.pid}.mjs`);
  writeFileSync(program, withRequire(outputFiles[0].text));
  try {
    const { manPages, TABLE } = await import(pathToFileURL(program).href);
    return await manPages(TABLE);
  } finally {
    rmSync(program);
  }
}

/** The list by which npm installs the pages follows from the commands; a difference shows up as a change to commit. */
function listManPages(pages) {
  const path = join(PACKAGE, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const man = pages.map(({ file }) => `./man/man1/${file}`);
  if (JSON.stringify(manifest.man) === JSON.stringify(man)) return;
  replaceFile(path, `${JSON.stringify({ ...manifest, man }, null, 2)}\n`);
  process.stderr.write('git-gatos/package.json now lists the man pages of the present commands\n');
}

async function main() {
  rmSync(STAMP, { force: true });
  const digest = sourceDigest();
  await bundle();
  makeCodeCache();
  const pages = await renderManPages();
  writeFolder(
    MAN,
    pages.map(({ file, text }) => [file, text]),
  );
  listManPages(pages);
  if (process.argv.includes('--stamp')) replaceFile(STAMP, `${digest}\n`);
}

main().catch((error) => {
  // esbuild has printed what it could not build.
  if (!Array.isArray(error.errors)) throw error;
  process.exitCode = 1;
});
