import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatosError } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openRejectFile } from './rejects.js';
import { type ImportWorld, importContent, importWorld } from './scratch-import.js';

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i},v${i}\n`).join('');

async function fault(promise: Promise<unknown>): Promise<GatosError> {
  return promise.then(
    () => expect.unreachable('it was imported'),
    (error) => error as GatosError,
  );
}

/** Keys and payloads, in order. */
async function recorded({ events }: ImportWorld): Promise<[key: unknown, payload: unknown][]> {
  return (await events()).map(({ key, payload }) => [key, payload]);
}

describe('recording', () => {
  it('makes an event of each row', async () => {
    const world = await importWorld();
    const result = await importContent(world.repository, 'a,b\n1,x\n"2\n",y\n3,\n');
    expect(result).toMatchObject({ rows: 3, recorded: 3, existed: 0, rejected: 0 });
    expect(await world.events()).toMatchObject([
      { type: 'row', key: 'file#2', payload: { a: 1, b: 'x' } },
      { type: 'row', key: 'file#3', payload: { a: '2\n', b: 'y' } },
      { type: 'row', key: 'file#5', payload: { a: 3, b: null } },
    ]);
  });

  it('takes type and key from columns', async () => {
    const world = await importWorld();
    const options = { type: { column: 't' }, keyColumns: ['a', 'b'] } as const;
    await importContent(world.repository, 't,a,b\nadd,1,2\ndrop,x/y,z\ndrop,x,y/z\n', options);
    expect((await world.events()).map(({ type, key }) => [type, key])).toEqual([
      ['add', '1/2'],
      ['drop', 'x%2Fy/z'],
      ['drop', 'x/y%2Fz'],
    ]);
  });

  it('makes keys of one column as they are', async () => {
    const world = await importWorld();
    await importContent(world.repository, 'k\n50%/day\n', { keyColumns: ['k'] });
    expect((await world.events())[0]?.key).toBe('50%/day');
  });

  it('numbers the elements of an array, which may all be on one line', async () => {
    const world = await importWorld();
    await importContent(world.repository, '[{"n":1},{"n":2}]', { format: 'json' });
    expect(await recorded(world)).toEqual([
      ['file#1', { n: 1 }],
      ['file#2', { n: 2 }],
    ]);
  });

  it('says at once when a column that is needed is not there', async () => {
    const { repository } = await importWorld();
    const error = await fault(importContent(repository, 'a\n1\n', { keyColumns: ['id'] }));
    expect(error).toMatchObject({ code: 'import/unknown-column', hint: 'columns are `a`' });
    const typed = await fault(importContent(repository, 'a\n1\n', { type: { column: 'kind' } }));
    expect(typed.code).toBe('import/unknown-column');
  });

  it('records nothing when it is repeated, whatever the batches', async () => {
    const world = await importWorld();
    const content = `a,b\n${lines(12_000)}`;
    expect(await importContent(world.repository, content)).toMatchObject({ recorded: 12_000, existed: 0 });
    const before = (await world.events()).length;
    for (const perEnvelope of [1000, 7]) {
      const again = await importContent(world.repository, content, { perEnvelope, chunkSize: 977 });
      expect(again).toMatchObject({ rows: 12_000, recorded: 0, existed: 12_000, rejected: 0 });
    }
    expect((await world.events()).length).toBe(before);
  }, 120_000);

  it('goes on where an interrupted import stopped', async () => {
    const world = await importWorld();
    const content = `a,b\n${lines(30)}`;
    await importContent(world.repository, `a,b\n${lines(11)}`);
    expect(await importContent(world.repository, content)).toMatchObject({ recorded: 19, existed: 11 });
    expect((await recorded(world)).length).toBe(30);
  });

  it('takes the same row twice under one key for one event', async () => {
    const { repository } = await importWorld();
    const result = await importContent(repository, 'k,v\na,1\nb,2\na,1\n', { keyColumns: ['k'] });
    expect(result).toMatchObject({ recorded: 2, existed: 1, rejected: 0 });
  });
});

describe('bad rows, with `stop`', () => {
  it.each([
    ['a malformed row', 'a,b\n1,2\n"3\n",4\n5,6,7\n8,9\n', {}, 5, 2],
    ['a row without a type', 'a,b\n1,x\n2,y\n3,\n4,z\n', { type: { column: 'b' } }, 4, 2],
    ['a row without a key', 'a,b\n1,x\n,y\n', { keyColumns: ['a'] }, 3, 1],
    ['a key with a control character', 'a,b\n1,x\n"2\n",y\n3,z\n', { keyColumns: ['a'] }, 3, 1],
    ['a key that is too long', `a\n1\n${'x'.repeat(300)}\n`, { keyColumns: ['a'] }, 3, 1],
    ['a key that looks like a ulid', 'a\n1\n01ARZ3NDEKTSV4RRFFQ69G5FAV\n', { keyColumns: ['a'] }, 3, 1],
    ['a row that is too large', `a\n1\n${'x'.repeat(1_100_000)}\n2\n`, {}, 3, 1],
    ['another row under the same key', 'k,v\na,1\nb,2\na,3\nc,4\n', { keyColumns: ['k'] }, 4, 2],
    ['malformed JSON', '{"a":1}\n{"a":2}\n{a:3}\n{"a":4}\n', { format: 'ndjson' }, 3, 2],
    ['a broken array', '[1,\n2\n3]', { format: 'json' }, 2, 1],
  ] as const)('%s ends it with its line; those before are recorded', async (_what, content, options, line, count) => {
    const world = await importWorld();
    const error = await fault(importContent(world.repository, content, { ...options, onError: 'stop' }));
    expect(error.code).toBe('import/bad-row');
    expect(error.data).toMatchObject({ source: 'file', line });
    expect(error.message).toMatch(new RegExp(`^line ${line} of \`file\`: `));
    expect((await world.events()).length).toBe(count);
  });

  it('names a row that was changed since it was imported', async () => {
    const world = await importWorld();
    await importContent(world.repository, 'k,v\na,1\nb,2\nc,3\n', { keyColumns: ['k'] });
    const content = 'k,v\na,1\nnew,0\nb,7\nc,3\nd,4\n';
    const error = await fault(importContent(world.repository, content, { keyColumns: ['k'], onError: 'stop' }));
    expect(error).toMatchObject({ code: 'import/bad-row', data: { line: 4 } });
    expect(error.message).toContain('key `b`');
    expect((await recorded(world)).length).toBe(4);
  });

  it('records what comes before the first of several kinds of bad rows', async () => {
    const world = await importWorld();
    await importContent(world.repository, 'k,v\nd,9\n', { keyColumns: ['k'] });
    // Line 3 repeats a key, line 4 conflicts with an earlier import, line 5 is malformed; each is found by another look.
    const content = 'k,v\na,1\na,2\nd,1\nx\n';
    const error = await fault(importContent(world.repository, content, { keyColumns: ['k'], onError: 'stop' }));
    expect(error.data).toMatchObject({ line: 3 });
    const other = 'k,v\nz,1\nd,1\nz,2\n';
    const second = await fault(importContent(world.repository, other, { keyColumns: ['k'], onError: 'stop' }));
    expect(second.data).toMatchObject({ line: 3 });
    expect((await recorded(world)).map(([key]) => key)).toEqual(['d', 'a', 'z']);
  });

  it("lets faults pass that are no row's", async () => {
    const repository = {
      emit: async () => {
        throw new RangeError('a bug');
      },
    };
    await expect(importContent(repository, 'a\n1\n', { onError: 'stop' })).rejects.toThrow(RangeError);
    await expect(importContent(repository, 'a\n1\n')).rejects.toThrow(RangeError);
  });

  it('closes its source when it ends early', async () => {
    const { repository } = await importWorld();
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from('a,b\n1\n');
        yield Buffer.from('1,2\n');
      } finally {
        closed = true;
      }
    }
    await fault(importContent(repository, '', { chunks: source(), onError: 'stop' }));
    expect(closed).toBe(true);
  });

  it('ends when it is aborted', async () => {
    const { repository } = await importWorld();
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const { signal } = controller;
    await expect(importContent(repository, 'a\n1\n', { signal })).rejects.toThrow('enough');
  });
});

describe('bad rows, with `skip`', () => {
  it('are rejected in their order, each with its line, its reason and its bytes', async () => {
    const world = await importWorld();
    await importContent(world.repository, 'k,v\nold,1\n', { keyColumns: ['k'] });
    const content = Buffer.from(
      'k,v\r\na,1\r\nold,2\r\n"b\r\n",\xff\r\nc,3,4\r\na,9\r\n,5\r\nd,"6\r\ne,7\r\n',
      'latin1',
    );
    const { rejects, ...result } = await importContent(world.repository, content, { keyColumns: ['k'] });
    expect(result).toMatchObject({ rows: 8, recorded: 2, rejected: 6 });
    expect(rejects.map(({ line, raw }) => [line, Buffer.from(raw).toString('latin1')])).toEqual([
      [3, 'old,2'],
      [4, '"b\r\n",\xff'],
      [6, 'c,3,4'],
      [7, 'a,9'],
      [8, ',5'],
      [9, 'd,"6'],
    ]);
    expect(rejects.map(({ why }) => why)).toEqual([
      expect.stringContaining('key `old`'),
      'line 5 is not UTF-8',
      'it has 3 cells, the header has 2',
      expect.stringContaining('key `a`'),
      'column `k` holds nothing to make a key of',
      'a quote is opened and never closed',
    ]);
    expect((await recorded(world)).map(([key]) => key)).toEqual(['old', 'a', 'e']);
  });

  it('are all found at once, however many', async () => {
    const world = await importWorld();
    await importContent(world.repository, `a,b\n${lines(6000)}`, { keyColumns: ['a'] });
    const changed = `a,b\n${lines(6000).replaceAll('v', 'w')}6000,new\n`;
    let emits = 0;
    const counting: Pick<ImportWorld['repository'], 'emit'> = {
      emit: (...args) => {
        emits += 1;
        return world.repository.emit(...args);
      },
    };
    const result = await importContent(counting, changed, { keyColumns: ['a'] });
    expect(result).toMatchObject({ rows: 6001, recorded: 1, existed: 0, rejected: 6000 });
    expect(emits).toBe(2);
    expect(result.rejects.map(({ line }) => line)).toEqual(Array.from({ length: 6000 }, (_, i) => i + 2));
  }, 120_000);

  it('are counted also when nobody takes them', async () => {
    const { repository } = await importWorld();
    expect(await importContent(repository, 'a\n1,2\n', { reject: undefined })).toMatchObject({ rejected: 1 });
  });
});

describe('the reject file', () => {
  const root = mkdtempSync(join(tmpdir(), 'gatos-rejects-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const at = (name: string): string => join(root, name);

  it('holds each row exactly', async () => {
    const path = at('exact.ndjson');
    writeFileSync(path, 'an older one');
    const file = await openRejectFile(path);
    const { repository } = await importWorld();
    const content = Buffer.from('a,b\n1,"é\r\n\u0001"x\n2,\xff\n\ufeff3\n', 'utf8');
    const bytes = Buffer.concat([content, Buffer.from('4,\xff\n', 'latin1')]);
    await importContent(repository, bytes, { reject: file.add });
    await file.close();
    const rows = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row))).toEqual([
      { line: 2, why: expect.any(String), row: '1,"é\r\n\u0001"x' },
      { line: 5, why: expect.any(String), row: '\ufeff3' },
      { line: 6, why: 'it is not UTF-8', row_base64: Buffer.from('4,\xff', 'latin1').toString('base64') },
    ]);
  });

  it('marks what was cut, and takes many rows', async () => {
    const path = at('many.ndjson');
    const file = await openRejectFile(path);
    await file.add({ line: 1, why: 'long', raw: Buffer.from('x'), cut: true });
    for (let i = 2; i < 5000; i++) await file.add({ line: i, why: 'w'.repeat(50), raw: Buffer.from('y') });
    await file.close();
    const rows = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(rows[0]).toEqual({ line: 1, why: 'long', row: 'x', cut: true });
    expect(rows.map(({ line }) => line)).toEqual(Array.from({ length: 4999 }, (_, i) => i + 1));
  });

  it('never overwrites the file that is imported', async () => {
    writeFileSync(at('data.csv'), 'a\n1\n');
    const error = await fault(openRejectFile(`${root}/./data.csv`, at('data.csv')));
    expect(error).toMatchObject({ code: 'import/unwritable', exit: 75 });
    expect(readFileSync(at('data.csv'), 'utf8')).toBe('a\n1\n');
  });

  it('says when it cannot be written', async () => {
    expect((await fault(openRejectFile(at('no/such/folder')))).code).toBe('import/unwritable');
    expect((await fault(openRejectFile(root))).code).toBe('import/unwritable');
  });
});
