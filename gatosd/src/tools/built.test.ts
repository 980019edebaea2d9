/** The thread as it is shipped: from the build of the workspace, and beside the bundled command line. They run the build. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { EXAMPLES, requestTo } from './scratch-tools.js';

const folder = mkdtempSync(join(tmpdir(), 'gatos-built-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const root = new URL('../../../', import.meta.url);
const built = new URL('gatosd/dist/tools/index.js', root).href;

/** Nothing closes the runner: it must not keep the process alive. */
const PROGRAM = `
import { openRunner } from ${JSON.stringify(built)};
const { thread, manifest, module, request } = JSON.parse(process.argv[2]);
const settings = { env: {}, sandbox: 'prefer', httpAllow: [], httpPrivate: false, ...(thread === undefined ? {} : { thread: new URL(thread) }) };
const files = [{ path: 'echo.wasm', bytes: new Uint8Array(Buffer.from(module, 'base64')) }];
const runner = await openRunner({ manifest }, { settings, files });
const { failure, answer } = await runner.invoke(new Uint8Array(Buffer.from(request, 'base64')));
console.log(JSON.stringify({ failure, answer }));
`;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('the built thread', () => {
  it.each([
    ['of the workspace', undefined],
    ['beside the command line', new URL('git-gatos/dist/job-thread.cjs', root).href],
  ])('%s calls a module, and lets the process end', (_where, thread) => {
    const program = join(folder, 'program.mjs');
    writeFileSync(program, PROGRAM);
    const manifest = { ...ECHO_TOOL, run: { kind: 'wasm', module: 'echo.wasm' } };
    const module = base64(readFileSync(join(EXAMPLES, 'wasm/echo.wasm')));
    const given = { thread, manifest, module, request: base64(requestTo(ECHO_TOOL, ['x'])) };
    const printed = execFileSync(process.execPath, [program, JSON.stringify(given)], {
      encoding: 'utf8',
      cwd: fileURLToPath(root),
    });
    expect(JSON.parse(printed)).toEqual({ answer: { status: 200, body: ['x'] } });
  });
});
