import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { straightImports } from './straight-imports.mjs';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'gatos-straight-')));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Bundles `src/main.ts`; `inputs` are the files that reached the bundle. */
async function bundle(sourcemap: 'inline' | false = false): Promise<{ code: string; inputs: string[] }> {
  const packages = new Map([['core', join(root, 'core/index.ts')]]);
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: 'out.mjs',
    bundle: true,
    format: 'esm',
    write: false,
    metafile: true,
    sourcemap,
    plugins: [
      straightImports({ packages, folders: [root] }),
      {
        name: 'core',
        setup: ({ onResolve }) => onResolve({ filter: /^core$/ }, () => ({ path: join(root, 'core/index.ts') })),
      },
    ],
  });
  return { code: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs).sort() };
}

function load(code: string): Promise<Record<string, unknown>> {
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

const CORE = {
  'core/index.ts':
    "export { a, type T, b as beta } from './a/index.js';\nexport type { U } from './u.js';\nexport { big } from './big.js';\n",
  'core/a/index.ts':
    "export { a } from './a.js';\nexport { bee as b, type T } from './b.js';\nexport const own = 'own';\n",
  'core/a/a.ts': "export const a = 'a';\n",
  'core/a/b.ts': "export type T = string;\nexport const bee = 'b';\n",
  'core/u.ts': 'export type U = number;\n',
  'core/big.ts': "export const big = 'big';\nconsole.log('a side effect that would keep it');\n",
};

describe('straightImports', () => {
  it('reaches the modules that define the names, through indexes and new names, and nothing else', async () => {
    write({
      ...CORE,
      'src/main.ts':
        "import {\n  a,\n  beta as letter,\n  type T,\n} from 'core';\nimport type { U } from 'core';\nexport const both: T = a + letter;\nexport const u: U = 1;\n",
    });
    const { code, inputs } = await bundle();
    expect((await load(code)).both).toBe('ab');
    expect(inputs).toEqual(['core/a/a.ts', 'core/a/b.ts', 'src/main.ts']);
  });

  it('leaves alone what it cannot see through', async () => {
    write({
      ...CORE,
      'src/main.ts':
        "import * as all from '../core/a/index.js';\nimport { own } from '../core/a/index.js';\nconst later = await import('../core/a/index.js');\nexport const text = \"import { a } from 'core';\" + all.a + own + later.b;\n",
    });
    expect((await load((await bundle()).code)).text).toBe("import { a } from 'core';aownb");
  });

  it('keeps the lines of what follows', async () => {
    write({
      ...CORE,
      'src/main.ts': "import {\n  a,\n} from 'core';\n\nfunction fail() {\n  throw new Error(a);\n}\n\nfail();\n",
    });
    const file = join(root, 'out.mjs');
    writeFileSync(file, (await bundle('inline')).code);
    const { stderr } = spawnSync(process.execPath, ['--enable-source-maps', file], { encoding: 'utf8' });
    expect(stderr).toContain('src/main.ts:6:');
    expect(stderr).toContain('src/main.ts:9:');
  });
});
