import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSketch, sketchTask } from '../scratch-job.js';
import { containerArguments, containerRunner } from './container-runner.js';
import { probeEngine } from './engine.js';
import { imageDigest } from './image.js';

const DIGEST = 'ab'.repeat(32);
const IMAGE = `docker.io/library/busybox@sha256:${DIGEST}`;
const folder = mkdtempSync(join(tmpdir(), 'gatos-container-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (env: Readonly<Record<string, string | undefined>>) => containerRunner({ env, cacheFile: null });
const { manifest } = sketchTask({ command: ['true'], kind: 'container', ref: IMAGE });
const { found: engine } = await probeEngine({ path: process.env.PATH ?? '', env: process.env, cwd: '/' });
/** An image that is here already, for machines that have an engine. */
const image = process.env.GATOS_TEST_IMAGE;

function fake(name: string, script: string): string {
  const place = join(folder, `${name}-${Math.random()}`);
  mkdirSync(place);
  writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return place;
}

describe('images', () => {
  it.each([IMAGE, `busybox@sha256:${DIGEST}`, `sha256:${DIGEST}`, `localhost:5000/a/b@sha256:${DIGEST}`])(
    '%s',
    (ref) => {
      expect(imageDigest(ref)).toBe(DIGEST);
    },
  );

  it.each([
    '',
    'busybox',
    'busybox:latest',
    'busybox@sha256:ab',
    `--privileged@sha256:${DIGEST}`,
    `busybox@sha512:${DIGEST}`,
    `a b@sha256:${DIGEST}`,
  ])('not %s', (ref) => expect(imageDigest(ref)).toBeNull());
});

describe('the container runner', () => {
  it('is unsupported where there is no engine', async () => {
    const refused = await at({ PATH: folder }).refusal(manifest);
    expect(refused).toMatchObject({ kind: 'unsupported', exit: 30, code: 'runner/no-container-engine' });
    expect(refused?.message).toContain('there is neither `podman` nor `docker` on the search path');
    await expect(runSketch(at({ PATH: folder }), { command: ['true'], kind: 'container', ref: IMAGE })).rejects.toThrow(
      'neither',
    );
  });

  it('is unsupported where an engine does not answer', async () => {
    const PATH = fake('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const refused = await at({ PATH }).refusal(manifest);
    expect(refused).toMatchObject({ kind: 'unsupported', code: 'runner/no-container-engine' });
    expect(refused?.message).toContain('`docker` does not answer: Cannot connect to the Docker daemon');
  });

  it.skipIf(engine !== null || !existsSync('/usr/local/bin/docker'))(
    'is unsupported with the real client that has no engine',
    async () => {
      const refused = await at(process.env).refusal(manifest);
      expect(refused).toMatchObject({ kind: 'unsupported', exit: 30, code: 'runner/no-container-engine' });
      expect(refused?.message).toContain('`docker` does not answer');
    },
  );

  it('refuses images by tag, other kinds, and libraries of the machine', async () => {
    const change = (program: object, more: object = {}) => ({
      ...manifest,
      ...more,
      program: { ...manifest.program, ...program },
    });
    expect(await at({}).refusal(change({ ref: 'busybox:latest' }))).toMatchObject({ code: 'runner/no-digest' });
    expect(await at({}).refusal(change({ ref: null }))).toMatchObject({ code: 'runner/no-digest' });
    expect(await at({}).refusal(change({ kind: 'process' }))).toMatchObject({ code: 'runner/other-kind' });
    expect(await at({}).refusal(change({}, { libraries: ['x'] }))).toMatchObject({ code: 'runner/bad-program' });
  });

  it('confines by its arguments, and names no value of a variable in them', () => {
    const task = sketchTask({
      command: ['sh', '-c', 'x'],
      kind: 'container',
      ref: IMAGE,
      passed: { TOKEN: 'handed-on' },
    });
    const program = { name: 'docker', path: '/docker', real: '/docker' };
    const args = containerArguments({
      task,
      engine: { name: 'docker', program },
      work: '/a,b/work',
      name: 'n',
      file: '/f',
    });
    expect(args.slice(-5)).toEqual(['--entrypoint', 'sh', IMAGE, '-c', 'x']);
    for (const flag of ['--read-only', '--rm', '--cap-drop', 'no-new-privileges']) expect(args).toContain(flag);
    expect(args[args.indexOf('--network') + 1]).toBe('none');
    expect(args).toContain('type=bind,"source=/a,b/work",target=/job');
    expect(args.join(' ')).not.toContain('handed-on');
  });

  it('reads how a container ended', async () => {
    const engineWith = (ending: string) =>
      fake('docker', `[ "$1" = version ] && { echo 28; exit 0; }\n[ "$1" = rm ] && exit 0\n${ending}`);
    const run = (ending: string) => {
      const sketch = { command: ['go'] as const, kind: 'container' as const, ref: IMAGE, limits: { time_ms: 500 } };
      return runSketch(at({ PATH: engineWith(ending), HOME: '/root' }), sketch);
    };
    expect(await run('echo hi')).toMatchObject({ status: 'succeeded', exit: 0, out: 'hi\n' });
    expect(await run('exit 3')).toMatchObject({ status: 'failed', exit: 3 });
    expect(await run('exit 127')).toMatchObject({
      status: 'failed',
      exit: 127,
      failure: 'there is no command `go` in the image',
    });
    expect(await run('exit 137')).toMatchObject({ status: 'killed', exit: null, signal: 'SIGKILL' });
    expect(await run('exec /bin/sleep 100')).toMatchObject({ status: 'timed-out' });
    await expect(run('echo "no such image" >&2; exit 125')).rejects.toThrow('no such image');
    const { environment } = await run('true');
    expect(environment.sandbox).toEqual({ kind: 'container', network: 'none', files: 'confined' });
    expect(environment.tools.find(({ name }) => name === 'image')).toMatchObject({ version: IMAGE });
  });

  it.skipIf(engine === null || image === undefined)(
    'runs in a real container (needs an engine, and GATOS_TEST_IMAGE by digest)',
    async () => {
      const sketch = {
        command: ['sh', '-c', 'cat in > out; touch /x'] as const,
        inputs: { in: '1' },
        outputs: ['out'],
        kind: 'container' as const,
      };
      const ran = await runSketch(at(process.env), { ...sketch, ref: image ?? '' });
      expect(ran).toMatchObject({ status: 'failed', files: { out: '1' } });
    },
  );
});
