/** Declaring tools, and reading what is declared, as a person does it. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/first-build/tools', import.meta.url));
const ID = 'sha256:055b2fc2d0609d73158c116cbf23217557ec134626efeaa19a49d9b744d8a2b2';

let stage: Stage;
let cwd: string;
beforeAll(() => {
  stage = openStage();
  cwd = stage.at('clone');
  mkdirSync(cwd);
  stage.gatos(['init'], { cwd });
  cpSync(EXAMPLES, join(cwd, 'tools'), { recursive: true });
});
afterAll(() => stage.close());

const json = (args: readonly string[], status = 0) => stage.json(['tool', ...args], { cwd, status });
const gatos = (args: readonly string[]) => stage.gatos(['tool', ...args], { cwd });

describe('tools', () => {
  it('are none at first', () => {
    expect(gatos(['list'])).toBe('no tools');
    expect(json(['list'])).toEqual([]);
    expect(json(['show', 'echo'], 20)).toMatchObject({ error: { code: 'tools/no-such-tool' } });
  });

  it('are declared, listed and shown; one tool in four languages has one id', () => {
    expect(gatos(['declare', 'tools/builtin/tool.json'])).toContain('echo declared: builtin `echo`');
    for (const kind of ['node', 'python', 'wasm'])
      expect(json(['declare', `tools/${kind}/tool.json`])).toMatchObject({
        name: `echo-${kind}`,
        status: 'recorded',
        tool_id: ID,
        replaced: null,
      });
    expect(json(['declare', 'tools/wasm/tool.json'])).toMatchObject({ same_as: ['echo', 'echo-node', 'echo-python'] });
    expect(gatos(['declare', 'tools/builtin/tool.json'])).toContain('it is what echo-node, echo-python, echo-wasm is');
    expect(gatos(['list']).split('\n')).toEqual([
      'echo         gives back what it is given  (read, builtin)',
      'echo-node    gives back what it is given  (read, process)',
      'echo-python  gives back what it is given  (read, process)',
      'echo-wasm    gives back what it is given  (read, wasm)',
    ]);
    expect(gatos(['show', 'echo-wasm'])).toMatch(/^file {5}echo\.wasm {2}\d+ bytes {2}bafk/m);
    expect(json(['show', 'echo-node'])).toMatchObject({
      kind: 'process',
      files: [{ path: 'echo.mjs' }],
      limits: { time_ms: 30_000 },
    });
    expect(json(['show', ID])).toHaveLength(4);
    expect(json(['show', ID.slice(7)])).toHaveLength(4);
    const manifest = JSON.parse(gatos(['show', 'echo', '--manifest'])) as unknown;
    expect(manifest).toMatchObject({ name: 'echo', run: { kind: 'builtin' } });
    expect(stage.gatos(['verify'], { cwd })).toBeDefined();
  });

  it('declared again are the same, and declared anew replace what stood there', () => {
    expect(json(['declare', 'tools/builtin/tool.json'])).toMatchObject({ status: 'exists' });
    const echo = json(['show', 'echo', '--manifest']) as object;
    const path = join(cwd, 'echo.json');
    writeFileSync(path, JSON.stringify({ ...echo, does: 'gives it back' }));
    expect(json(['declare', 'echo.json', '--new'], 16)).toMatchObject({ error: { code: 'tools/changed' } });
    const { record } = json(['show', 'echo']) as { readonly record: string };
    expect(json(['declare', 'echo.json'])).toMatchObject({ status: 'recorded', replaced: record });
    expect(json(['show', ID])).toHaveLength(3);
  });

  it('with something wrong are refused, with line and field', () => {
    const path = join(cwd, 'bad.json');
    const refusal = (text: string, code: string, status = 1) => {
      writeFileSync(path, text);
      const { error } = json(['declare', 'bad.json'], status) as { error: { code: string; message: string } };
      expect(error.code).toBe(code);
      return error.message;
    };
    const echo = JSON.parse(gatos(['show', 'echo', '--manifest'])) as object;
    expect(refusal('{"name":\n}', 'tools/bad-manifest')).toMatch(/line 2/);
    const odd = JSON.stringify({ ...echo, effect: 'none' }, null, 2);
    expect(refusal(odd, 'tools/bad-manifest')).toMatch(/line 6: `effect` is none of `read`, `write`/);
    const wasm = JSON.stringify({ ...echo, run: { kind: 'wasm', module: 'none.wasm' } });
    expect(refusal(wasm, 'tool-run/no-file')).toMatch(/`none\.wasm`.*ENOENT/);
    expect(json(['show', 'Echo'], 1)).toMatchObject({ error: { code: 'tools/bad-name' } });
    expect(json(['show', `sha256:${'0'.repeat(64)}`], 20)).toMatchObject({ error: { code: 'tools/no-such-tool' } });
  });

  it('come with a clone', () => {
    const other = stage.at('other');
    const origin = stage.at('origin.git');
    stage.git(['init', '-q', '--bare', origin]);
    stage.git(['remote', 'add', 'origin', origin], { cwd });
    stage.gatos(['sync'], { cwd });
    stage.gatos(['clone', origin, other]);
    expect(stage.json(['tool', 'list'], { cwd: other })).toHaveLength(4);
  });
});
