/** Tools that are processes, real ones: what they answer, and every way in which they do not. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeToolResponse, LIMITS, utf8 } from 'gatos-core';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { bubblewrapWorks } from './scratch-bubblewrap.js';
import { failureOf, PRELUDE, requestTo, running, ToolPlace } from './scratch-tools.js';

const place = new ToolPlace();
const works = await bubblewrapWorks();
afterAll(() => place.dispose());
afterEach(() => expect(place.leftovers()).toEqual([]));

const REQUEST = requestTo(ECHO_TOOL, { n: 1 }, 'key');
const TRUE = Uint8Array.of(8, 2, 3, 1, 3, 0xc8, 1, 3, 2, 2);

async function call(source: string, options: Parameters<ToolPlace['script']>[2] & { limits?: object } = {}) {
  const { limits = {}, ...settings } = options;
  const runner = await place.script(PRELUDE + source, { limits }, settings);
  return runner.invoke(REQUEST);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe.each([
  ['confined', 'require'],
  ['unconfined', 'off'],
] as const)('a process, %s', (_name, sandbox) => {
  const each = it.skipIf(sandbox === 'require' && !works);

  each('is given the exact bytes in a frame, and its bytes are given back with what it logs', async () => {
    const got = await call(`console.error(read().toString('hex')); ok([2]);`, { sandbox });
    expect(got.failure).toBeUndefined();
    expect(got.response).toEqual(TRUE);
    expect(got).toMatchObject({ answer: { status: 200, body: true } });
    expect(text(got.log)).toBe(`${Buffer.from([REQUEST.length, ...REQUEST]).toString('hex')}\n`);
  });

  each('has none of our variables but those that are named, and no file but its own', async () => {
    const source = `read(); import { readdirSync } from 'node:fs';
      console.error(JSON.stringify([process.env.SECRET, process.env.NAMED, process.env.FIXED, process.env.LC_ALL, readdirSync('.')])); ok([0]);`;
    const run = {
      kind: 'process',
      argv: ['node', 'tool.mjs'],
      files: ['tool.mjs'],
      env: { FIXED: 'f' },
      pass: ['NAMED', 'ABSENT'],
    } as const;
    const env = { ...process.env, SECRET: 's', NAMED: 'n' };
    const passAllow = ['NAMED', 'ABSENT'];
    const runner = await place.script(PRELUDE + source, { run }, { sandbox, env, passAllow });
    const got = await runner.invoke(REQUEST);
    expect(JSON.parse(text(got.log))).toEqual([null, 'n', 'f', 'C.UTF-8', ['tool.mjs']]);
  });

  each('that hangs is ended with all that it started', async () => {
    const started = `import { spawn } from 'node:child_process';
      spawn('sleep', ['76543.21'], { stdio: 'ignore' }); spawn('sleep', ['76543.21'], { stdio: 'ignore', detached: true });
      setInterval(() => {}, 1000);`;
    const got = await call(started, { sandbox, limits: { time_ms: 700 } });
    expect(failureOf(got)).toBe('unknown: time');
    expect(running('76543.21')).toEqual([]);
  });

  each('that ends leaves nothing running', async () => {
    const got = await call(
      `import { spawn } from 'node:child_process';
       spawn('sleep', ['76543.22'], { stdio: 'ignore', detached: true }).unref(); read(); ok([1]);`,
      { sandbox },
    );
    expect(got).toMatchObject({ answer: { body: false } });
    expect(running('76543.22')).toEqual([]);
  });

  each('whose interpreter is not here never ran', async () => {
    const run = { kind: 'process', argv: ['./tool.bin'], files: ['tool.bin'] } as const;
    const runner = await place.open(
      { ...ECHO_TOOL, run },
      [{ path: 'tool.bin', bytes: utf8('#!/no/such/interpreter\n') }],
      {
        sandbox,
      },
    );
    expect(failureOf(await runner.invoke(REQUEST))).toBe('not-started: unavailable');
  });

  each('that is a script of its own is run by its first line', async () => {
    const run = { kind: 'process', argv: ['./tool', 'x'], files: ['tool'] } as const;
    const bytes = utf8(
      `#!/bin/sh\ncat > /dev/null; printf '\\012\\010\\002\\003\\001\\003\\310\\001\\003\\002\\002'\n`,
    );
    const runner = await place.open({ ...ECHO_TOOL, run }, [{ path: 'tool', bytes }], { sandbox });
    expect((await runner.invoke(REQUEST)).response).toEqual(TRUE);
  });
});

describe('a variable of whoever runs it', () => {
  it.each([
    ['that no setting allows', 'SECRET', undefined],
    ['that another setting allows', 'SECRET', ['SECRET_TOO', 'secret']],
    ['that is not there', 'ABSENT', ['SECRET']],
  ])('%s is not handed on, and nothing runs', async (_what, name, passAllow) => {
    const run = { kind: 'process', argv: ['node', 'tool.mjs'], files: ['tool.mjs'], pass: [name] } as const;
    const ran = join(place.folder, 'ran');
    const source = `writeFileSync(${JSON.stringify(ran)}, ''); read(); ok([2]);`;
    const env = { ...process.env, SECRET: 's3cr3t' };
    const runner = await place.script(PRELUDE + source, { run }, { sandbox: 'off', env, passAllow });
    const got = await runner.invoke(REQUEST);
    expect(failureOf(got)).toBe('not-started: refused');
    expect(got.failure?.why).toContain(`git config --add gatos.toolPass ${name}`);
    expect(JSON.stringify(got)).not.toContain('s3cr3t');
    expect(existsSync(ran)).toBe(false);
  });
});

describe('a process that', () => {
  const faults: [string, string, string, object?][] = [
    ['crashes before it acts', 'process.exit(3)', 'unknown: exit'],
    ['throws', 'throw new Error("no")', 'unknown: exit'],
    ['is killed', 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 9)', 'unknown: exit'],
    ['answers and then fails', 'ok([2]); process.exit(1)', 'unknown: exit'],
    ['ends without an answer', 'read()', 'unknown: bad-answer'],
    ['stops in the middle of its answer', 'all(Buffer.from([9, 8, 2]))', 'unknown: bad-answer'],
    ['stops in the middle of the length', 'all(Buffer.from([0x80]))', 'unknown: bad-answer'],
    ['writes a length that is not the shortest', 'all(Buffer.from([0x8a, 0x00]))', 'unknown: bad-answer'],
    ['writes a length without end', 'all(Buffer.alloc(20, 0xff))', 'unknown: bad-answer'],
    ['writes on behind its answer', 'ok([2]); all(Buffer.from([0]))', 'unknown: bad-answer'],
    ['answers twice', 'ok([2]); ok([2])', 'unknown: bad-answer'],
    ['answers with something else', 'say([8, 0])', 'unknown: bad-answer'],
    ['answers in another spelling', 'say([8, 2, 3, 1, 3, 0xc8, 0x81, 0, 3, 2, 2])', 'unknown: bad-answer'],
    [
      'answers with a field that is not known',
      'say([8, 3, 3, 1, 3, 0xc8, 1, 3, 2, 2, 3, 4, 0])',
      'unknown: bad-answer',
    ],
    ['answers with an empty frame', 'say([])', 'unknown: bad-answer'],
    ['prints text', 'console.log("hello")', 'unknown: bad-answer'],
    ['announces more than it may give', 'say(Buffer.alloc(200))', 'unknown: flood', { response_bytes: 100 }],
    ['never stops printing', 'all(Buffer.from(head(1e6))); for (;;) all(Buffer.alloc(65536))', 'unknown: bad-answer'],
    ['never stops logging', 'for (;;) writeSync(2, Buffer.alloc(65536))', 'unknown: flood'],
    [
      'takes too much memory',
      'const kept = []; setInterval(() => kept.push(Buffer.alloc(32 << 20, 1)), 10)',
      'unknown: memory',
      { memory_bytes: 256 << 20 },
    ],
  ];
  it.each(faults)('%s has not answered, and may have acted', async (_what, source, want, limits = {}) => {
    const got = await call(source, { limits: { time_ms: 20_000, ...limits } });
    expect(failureOf(got)).toBe(want);
    expect(got.failure?.why).toMatch(/^[^\n]+[^.\n]$/);
    expect(got.log.length).toBeLessThanOrEqual(LIMITS.toolLogBytes);
  });

  it('crashes after it has acted is told in the same way, with what it said', async () => {
    const folder = join(place.folder, 'world');
    mkdirSync(folder);
    try {
      const source = `read(); writeFileSync(${JSON.stringify(join(folder, 'done'))}, 'x'); console.error('acted'); process.exit(1);`;
      const got = await call(source, { sandbox: 'off' });
      expect(failureOf(got)).toBe('unknown: exit');
      expect(text(got.log)).toBe('acted\n');
      expect(readFileSync(join(folder, 'done'), 'utf8')).toBe('x');
    } finally {
      await import('node:fs/promises').then(({ rm }) => rm(folder, { recursive: true }));
    }
  });

  it('answers differently each time is none of the runner: bytes are given back as they are', async () => {
    const runner = await place.script(
      `${PRELUDE} ok([5, 8, ...crypto.getRandomValues(new Uint8Array(8))].with(0, 6).map((b, i) => (i > 1 ? 97 + (b % 26) : b)));`,
    );
    const [one, two] = [await runner.invoke(REQUEST), await runner.invoke(REQUEST)];
    expect([one.failure, two.failure]).toEqual([undefined, undefined]);
    expect(one.response).not.toEqual(two.response);
  });

  it('answers with an error has answered', async () => {
    const bytes = encodeToolResponse({ status: 503, error: 'not now' });
    const got = await call(`say([${bytes}])`);
    expect(got).toMatchObject({ answer: { status: 503, error: 'not now' } });
    expect(got.response).toEqual(bytes);
  });

  it('does not read its request may answer all the same', async () => {
    const runner = await place.script(`${PRELUDE} ok([2]); process.exit(0);`);
    const got = await runner.invoke(requestTo(ECHO_TOOL, 'x'.repeat(3 << 20)));
    expect(got.response).toEqual(TRUE);
  });

  it('is not here never ran', async () => {
    const run = { kind: 'process', argv: ['no-such-command-at-all'] } as const;
    const got = await (await place.open({ ...ECHO_TOOL, run })).invoke(REQUEST);
    expect(got).toMatchObject({ failure: { outcome: 'not-started', code: 'unavailable' } });
  });

  it('has to be confined where that is impossible never ran', async () => {
    const env = { ...process.env, PATH: '/nowhere' };
    const got = await call('ok([2])', { sandbox: 'require', env });
    expect(failureOf(got)).toBe('not-started: unavailable');
  });
});

describe('a call', () => {
  it('with a request that is too large is refused before anything runs', async () => {
    const mark = join(place.folder, '..', `gatos-tools-mark-${process.pid}`);
    const runner = await place.script(
      `${PRELUDE} writeFileSync(${JSON.stringify(mark)}, ''); ok([2]);`,
      {},
      { sandbox: 'off' },
    );
    const got = await runner.invoke(new Uint8Array(LIMITS.toolRequestBytes + 1));
    expect(failureOf(got)).toBe('not-started: refused');
    expect(existsSync(mark)).toBe(false);
  });

  it('that is aborted rejects with the reason, and leaves nothing running', async () => {
    const abort = new AbortController();
    const runner = await place.script(
      `import { spawn } from 'node:child_process'; spawn('sleep', ['76543.23'], { stdio: 'ignore' }); setInterval(() => {}, 1000);`,
    );
    const reason = new Error('enough');
    const ended = runner.invoke(REQUEST, { signal: abort.signal });
    const watch = setInterval(() => running('76543.23').length > 0 && abort.abort(reason), 20);
    await expect(ended).rejects.toBe(reason);
    clearInterval(watch);
    expect(running('76543.23')).toEqual([]);
    await expect(runner.invoke(REQUEST, { signal: abort.signal })).rejects.toBe(reason);
  });

  it('may narrow what the tool may take, and never widen it', async () => {
    const runner = await place.script(`${PRELUDE} say(Buffer.alloc(150));`, { limits: { response_bytes: 100 } });
    expect((await runner.invoke(REQUEST, { limits: { response_bytes: 1000 } })).failure?.why).toContain('limit is 100');
    expect((await runner.invoke(REQUEST, { limits: { response_bytes: 50 } })).failure?.why).toContain('limit is 50');
  });

  it('needs all files that the manifest names', async () => {
    const run = { kind: 'process', argv: ['./tool'], files: ['tool'] } as const;
    const { openRunner } = await import('./open.js');
    const settings = place.settings();
    const opened = openRunner({ manifest: { ...ECHO_TOOL, run } }, { settings, moduleDir: place.folder });
    await expect(opened).rejects.toMatchObject({ code: 'tool-run/no-file' });
  });
});
