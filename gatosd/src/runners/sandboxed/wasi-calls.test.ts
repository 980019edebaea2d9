/** The calls one by one, on a memory of our own: what each answers, by the names of WASI. */
import { LIMITS, utf8 } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { Ending } from './messages.js';
import { SharedLog } from './shared-log.js';
import { ERRNO, WasiError } from './wasi-codes.js';
import { Descriptors } from './wasi-descriptors.js';
import { descriptorCalls, placeCalls, readWriteCalls } from './wasi-file-calls.js';
import { hostCalls, SeededBytes, StepClock } from './wasi-host.js';
import { GuestMemory } from './wasi-memory.js';
import { lookCalls, pathCalls } from './wasi-path-calls.js';
import { Tree } from './wasi-tree.js';
import { wasm } from './wasm-api.js';

const ROOT = 3;
const RESULT = 64;
const TEXT = 1024;
const DATA = 16_384;
const READ = 2;
const WRITE = 64;
const [CREAT, DIRECTORY, EXCL, TRUNC] = [1, 2, 4, 8];
const SIZE = 65_536;

class Guest {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly tree: Tree;
  readonly calls;

  constructor(limit = 10_000) {
    const raw = new wasm.Memory({ initial: 1 });
    this.bytes = new Uint8Array(raw.buffer);
    this.view = new DataView(raw.buffer);
    const memory = new GuestMemory();
    memory.attach(raw);
    const clock = new StepClock(0);
    const given = [
      { path: 'in.csv', bytes: utf8('1,2,3') },
      { path: 'sub/deep/in.txt', bytes: utf8('deep') },
    ];
    this.tree = new Tree({ given, bytes: limit, now: () => clock.now() });
    const descriptors = new Descriptors(this.tree);
    const parts = { memory, descriptors, tree: this.tree, clock, log: new SharedLog() };
    const host = { memory, descriptors, clock, random: new SeededBytes(new Uint8Array(32)), args: ['a'], env: {} };
    this.calls = {
      ...hostCalls(host),
      ...readWriteCalls(parts),
      ...placeCalls(parts),
      ...descriptorCalls(parts),
      ...pathCalls(parts),
      ...lookCalls(parts),
    };
  }

  /** The name of what a call answers. */
  answer(call: () => unknown): string {
    try {
      call();
      return 'ok';
    } catch (error) {
      if (!(error instanceof WasiError)) throw error;
      return Object.entries(ERRNO).find(([, number]) => number === error.errno)?.[0] ?? String(error.errno);
    }
  }

  text(text: string | Uint8Array, at = TEXT): [number, number] {
    const bytes = typeof text === 'string' ? utf8(text) : text;
    this.bytes.set(bytes, at);
    return [at, bytes.length];
  }

  open(path: string | Uint8Array, { flags = 0, rights = READ, fdflags = 0, fd = ROOT } = {}): number | string {
    const answer = this.answer(() =>
      this.calls.path_open(fd, 0, ...this.text(path), flags, BigInt(rights), 0n, fdflags, RESULT),
    );
    return answer === 'ok' ? this.view.getUint32(RESULT, true) : answer;
  }

  write(fd: number, text: string): string {
    const [at, length] = this.text(text, DATA);
    this.view.setUint32(0, at, true);
    this.view.setUint32(4, length, true);
    return this.answer(() => this.calls.fd_write(fd, 0, 1, RESULT));
  }

  read(fd: number): string {
    this.view.setUint32(0, DATA, true);
    this.view.setUint32(4, 1000, true);
    const answer = this.answer(() => this.calls.fd_read(fd, 0, 1, RESULT));
    return answer === 'ok'
      ? new TextDecoder().decode(this.bytes.slice(DATA, DATA + this.view.getUint32(RESULT, true)))
      : answer;
  }

  make(path: string, content = ''): void {
    const fd = this.open(path, { flags: CREAT, rights: WRITE }) as number;
    expect(this.write(fd, content)).toBe('ok');
    this.calls.fd_close(fd);
  }

  on(call: 'path_create_directory' | 'path_remove_directory' | 'path_unlink_file', path: string): string {
    return this.answer(() => this.calls[call](ROOT, ...this.text(path)));
  }

  rename(from: string, to: string): string {
    const [a, b] = [this.text(from), this.text(to, TEXT + 8192)];
    return this.answer(() => this.calls.path_rename(ROOT, ...a, ROOT, ...b));
  }

  files(): Record<string, string> {
    return Object.fromEntries(this.tree.made().map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]));
  }

  names(fd: number, length = 4096): string[] {
    const names: string[] = [];
    for (let cookie = 0n; ; ) {
      this.calls.fd_readdir(fd, DATA, length, cookie, RESULT);
      const used = this.view.getUint32(RESULT, true);
      let at = 0;
      for (let size = 0; at + 24 <= used; at += 24 + size) {
        size = this.view.getUint32(DATA + at + 16, true);
        if (at + 24 + size > used) break;
        names.push(new TextDecoder().decode(this.bytes.slice(DATA + at + 24, DATA + at + 24 + size)));
        cookie = this.view.getBigUint64(DATA + at, true);
      }
      if (used < length) return names;
    }
  }
}

describe('paths', () => {
  it.each([
    ['in.csv', 'ok'],
    ['./in.csv', 'ok'],
    ['.//./in.csv', 'ok'],
    ['sub/../in.csv', 'ok'],
    ['sub/deep/../../in.csv', 'ok'],
    ['sub//deep/in.txt', 'ok'],
    ['sub', 'ok'],
    ['sub/', 'ok'],
    ['.', 'ok'],
    ['sub/..', 'ok'],
    ['', 'noent'],
    ['none', 'noent'],
    ['none/..', 'noent'],
    ['none/../in.csv', 'noent'],
    ['in.csv/', 'notdir'],
    ['in.csv/.', 'notdir'],
    ['in.csv/..', 'notdir'],
    ['in.csv/x', 'notdir'],
    ['..', 'notcapable'],
    ['../in.csv', 'notcapable'],
    ['sub/../../in.csv', 'notcapable'],
    ['/', 'notcapable'],
    ['/in.csv', 'notcapable'],
    ['//in.csv', 'notcapable'],
    ['in.csv\0', 'inval'],
    ['in\0/../in.csv', 'inval'],
    ['IN.CSV', 'noent'],
    ['a'.repeat(256), 'nametoolong'],
    ['é'.repeat(128), 'nametoolong'],
    ['a/'.repeat(LIMITS.wasiPathBytes), 'nametoolong'],
    [new Uint8Array([0xff]), 'ilseq'],
    [new Uint8Array([0xed, 0xa0, 0x80]), 'ilseq'],
  ])('opening %j: %s', (path, want) => {
    const opened = new Guest().open(path);
    expect(typeof opened === 'number' ? 'ok' : opened).toBe(want);
  });

  it('start at the folder that is open, and stay inside', () => {
    const guest = new Guest();
    const sub = guest.open('sub', { flags: DIRECTORY }) as number;
    expect(guest.open('deep/in.txt', { fd: sub })).toBe(6);
    expect(guest.open('deep/../deep', { fd: sub })).toBe(7);
    expect(guest.open('..', { fd: sub })).toBe('notcapable');
    expect(guest.open('in.txt', { fd: 6 })).toBe('notdir');
    expect(guest.open('in.csv', { fd: 99 })).toBe('badf');
    expect(guest.open('in.csv', { fd: 0 })).toBe('notdir');
  });
});

describe('opening', () => {
  it.each([
    ['in.csv', { rights: WRITE }, 'rofs'],
    ['in.csv', { rights: READ | WRITE }, 'rofs'],
    ['in.csv', { rights: 1 << 22 }, 'rofs'],
    ['in.csv', { flags: TRUNC }, 'rofs'],
    ['in.csv', { flags: CREAT | TRUNC, rights: WRITE }, 'rofs'],
    ['in.csv', { flags: CREAT | EXCL }, 'exist'],
    ['in.csv', { flags: CREAT }, 5],
    ['in.csv', { flags: DIRECTORY }, 'notdir'],
    ['sub', { rights: WRITE }, 'isdir'],
    ['sub', { flags: TRUNC }, 'isdir'],
    ['sub', { flags: CREAT }, 'isdir'],
    ['sub', { flags: CREAT | EXCL }, 'exist'],
    ['sub', { flags: DIRECTORY, rights: 2 ** 29 - 1 }, 5],
    ['new', { flags: CREAT }, 5],
    ['new/', { flags: CREAT }, 'isdir'],
    ['new', { flags: CREAT | DIRECTORY }, 'inval'],
    ['none/new', { flags: CREAT }, 'noent'],
    ['in.csv', { fdflags: 0x20 }, 'inval'],
  ] as const)('%s with %j: %s', (path, how, want) => {
    expect(new Guest().open(path, how)).toBe(want);
  });

  it('gives the lowest number, up to a bound', () => {
    const guest = new Guest();
    for (let fd = 5; fd < LIMITS.wasiOpenFiles; fd++) expect(guest.open('in.csv')).toBe(fd);
    expect(guest.open('new', { flags: CREAT })).toBe('mfile');
    expect(guest.files()).toEqual({});
    guest.calls.fd_close(17);
    expect(guest.open('in.csv')).toBe(17);
  });
});

describe('what was given', () => {
  it('cannot be written, replaced, moved or removed, and the folders around it neither', () => {
    const guest = new Guest();
    guest.make('x', 'mine');
    expect(guest.on('path_unlink_file', 'in.csv')).toBe('rofs');
    expect(guest.rename('x', 'in.csv')).toBe('rofs');
    expect(guest.rename('in.csv', 'y')).toBe('rofs');
    expect(guest.rename('in.csv', 'in.csv')).toBe('rofs');
    expect(guest.rename('sub', 'other')).toBe('rofs');
    expect(guest.rename('sub/deep', 'other')).toBe('rofs');
    expect(guest.on('path_remove_directory', 'sub')).toBe('rofs');
    expect(guest.on('path_create_directory', 'mine')).toBe('ok');
    expect(guest.rename('mine', 'sub')).toBe('rofs');
    const fd = guest.open('in.csv') as number;
    expect(guest.write(fd, 'z')).toBe('badf');
    expect(guest.answer(() => guest.calls.fd_allocate(fd, 0n, 100n))).toBe('badf');
    expect(guest.answer(() => guest.calls.fd_filestat_set_size(fd, 0n))).toBe('badf');
    expect(guest.answer(() => guest.calls.fd_pwrite(fd, 0, 1, 0n, RESULT))).toBe('badf');
    expect(guest.answer(() => guest.calls.fd_filestat_set_times(fd, 1n, 1n, 1))).toBe('rofs');
    expect(guest.read(fd)).toBe('1,2,3');
    expect(guest.files()).toEqual({ x: 'mine' });
  });

  it('may have new files beside it', () => {
    const guest = new Guest();
    guest.make('sub/deep/out', 'new');
    expect(guest.files()).toEqual({ 'sub/deep/out': 'new' });
  });
});

describe('files', () => {
  it('are written, appended to, read at places, and cut', () => {
    const guest = new Guest();
    guest.make('a', 'hello');
    const append = guest.open('a', { rights: READ | WRITE, fdflags: 1 }) as number;
    expect(guest.write(append, ' world')).toBe('ok');
    guest.calls.fd_seek(append, -5n, 2, RESULT);
    expect(guest.read(append)).toBe('world');
    expect(guest.answer(() => guest.calls.fd_seek(append, -1n, 0, RESULT))).toBe('inval');
    expect(guest.answer(() => guest.calls.fd_seek(append, 0n, 3, RESULT))).toBe('inval');
    expect(guest.answer(() => guest.calls.fd_seek(append, (1n << 63n) - 1n, 0, RESULT))).toBe('inval');
    guest.calls.fd_filestat_set_size(append, 4n);
    guest.calls.fd_filestat_set_size(append, 6n);
    expect(guest.files()).toEqual({ a: 'hell\0\0' });
    guest.calls.fd_seek(append, 100n, 0, RESULT);
    expect(guest.read(append)).toBe('');
    expect(guest.read(guest.open('a', { rights: WRITE }) as number)).toBe('badf');
  });

  it('give their bytes back when they are removed and closed', () => {
    const guest = new Guest(1000);
    for (let i = 0; i < 5; i++) {
      const fd = guest.open('a', { flags: CREAT, rights: WRITE }) as number;
      expect(guest.write(fd, 'x'.repeat(900))).toBe('ok');
      expect(guest.on('path_unlink_file', 'a')).toBe('ok');
      expect(() => guest.make('b', 'x'.repeat(200))).toThrow(Ending);
      guest.on('path_unlink_file', 'b');
      guest.calls.fd_close(fd);
    }
    guest.make('c', 'x'.repeat(900));
  });

  it('count what is printed too', () => {
    const guest = new Guest(10);
    expect(guest.write(1, '12345')).toBe('ok');
    expect(() => guest.make('c', '123456')).toThrow(Ending);
  });

  it('have no links', () => {
    const guest = new Guest();
    expect(guest.answer(() => guest.calls.path_symlink())).toBe('notsup');
    expect(guest.answer(() => guest.calls.path_link())).toBe('notsup');
    expect(guest.answer(() => guest.calls.path_readlink(ROOT, ...guest.text('in.csv')))).toBe('inval');
    expect(guest.answer(() => guest.calls.path_readlink(ROOT, ...guest.text('none')))).toBe('noent');
  });

  it('tell their kind, size and times, which are steps of the clock', () => {
    const guest = new Guest();
    guest.make('a', 'hello');
    const stat = (path: string) => {
      guest.calls.path_filestat_get(ROOT, 0, ...guest.text(path), RESULT);
      const word = (at: number): number => Number(guest.view.getBigUint64(RESULT + at, true));
      return {
        kind: guest.view.getUint8(RESULT + 16),
        links: word(24),
        size: word(32),
        times: [word(40), word(48), word(56)],
      };
    };
    expect(stat('a')).toEqual({ kind: 4, links: 1, size: 5, times: [0, 0, 0] });
    expect(stat('sub')).toEqual({ kind: 3, links: 1, size: 0, times: [0, 0, 0] });
    guest.calls.clock_time_get(1, 0n, RESULT);
    guest.make('b', 'x');
    expect(stat('b').times).toEqual([1_000_000, 1_000_000, 1_000_000]);
    guest.calls.path_filestat_set_times(ROOT, 0, ...guest.text('b'), 7n, 8n, 1 | 4);
    expect(stat('b').times).toEqual([7, 8, 8]);
    expect(guest.answer(() => guest.calls.path_filestat_set_times(ROOT, 0, ...guest.text('b'), 7n, 8n, 3))).toBe(
      'inval',
    );
  });
});

describe('folders', () => {
  it('are read in the order of bytes, also a little at a time, also while they change', () => {
    const guest = new Guest();
    for (const name of ['z', 'é', 'a', 'B']) guest.make(name);
    const want = ['.', '..', 'B', 'a', 'in.csv', 'sub', 'z', 'é'];
    expect(guest.names(ROOT)).toEqual(want);
    expect(guest.names(ROOT, 40)).toEqual(want);
    const fd = guest.open('.', { flags: DIRECTORY }) as number;
    guest.calls.fd_readdir(fd, DATA, 24 + 1, 0n, RESULT);
    guest.on('path_unlink_file', 'a');
    guest.make('new');
    guest.calls.fd_readdir(fd, DATA, 4096, 3n, RESULT);
    expect(new TextDecoder().decode(guest.bytes.slice(DATA + 24, DATA + 30))).toBe('in.csv');
    expect(guest.answer(() => guest.calls.fd_readdir(fd, DATA, 100, (1n << 64n) - 1n, RESULT))).toBe('ok');
    expect(guest.view.getUint32(RESULT, true)).toBe(0);
  });

  it('are made, moved and removed', () => {
    const guest = new Guest();
    expect(guest.on('path_create_directory', 'd')).toBe('ok');
    expect(guest.on('path_create_directory', 'd')).toBe('exist');
    expect(guest.on('path_create_directory', 'd/e/')).toBe('ok');
    expect(guest.on('path_create_directory', '.')).toBe('exist');
    expect(guest.on('path_create_directory', 'in.csv/x')).toBe('notdir');
    guest.make('d/e/f', 'x');
    expect(guest.on('path_remove_directory', 'd')).toBe('notempty');
    expect(guest.on('path_remove_directory', 'in.csv')).toBe('notdir');
    expect(guest.on('path_remove_directory', '.')).toBe('inval');
    expect(guest.on('path_unlink_file', 'd')).toBe('isdir');
    expect(guest.rename('d', 'd/e/g')).toBe('inval');
    expect(guest.rename('d', 'd/e')).toBe('inval');
    expect(guest.rename('d/e', 'g')).toBe('ok');
    expect(guest.rename('g/f', 'd')).toBe('isdir');
    expect(guest.rename('g/f', 'h/')).toBe('notdir');
    expect(guest.rename('d', 'g')).toBe('notempty');
    expect(guest.rename('none', 'g')).toBe('noent');
    expect(guest.rename('g', 'd')).toBe('ok');
    expect(guest.rename('.', 'x')).toBe('inval');
    expect(guest.files()).toEqual({ 'd/f': 'x' });
  });

  it('that were removed take nothing any more', () => {
    const guest = new Guest();
    guest.on('path_create_directory', 'd');
    const fd = guest.open('d', { flags: DIRECTORY }) as number;
    expect(guest.on('path_remove_directory', 'd')).toBe('ok');
    expect(guest.open('x', { fd, flags: CREAT })).toBe('noent');
    expect(guest.files()).toEqual({});
  });

  it('come with two names, and nothing else does', () => {
    const guest = new Guest();
    const name = (fd: number): string => {
      const answer = guest.answer(() => guest.calls.fd_prestat_get(fd, RESULT));
      if (answer !== 'ok') return answer;
      const length = guest.view.getUint32(RESULT + 4, true);
      guest.calls.fd_prestat_dir_name(fd, DATA, length);
      return new TextDecoder().decode(guest.bytes.slice(DATA, DATA + length));
    };
    expect([0, 1, 2, 3, 4, 5].map(name)).toEqual(['badf', 'badf', 'badf', '/', '.', 'badf']);
  });
});

describe('addresses', () => {
  it.each([
    ['the list of areas', (guest: Guest) => guest.calls.fd_write(1, SIZE - 4, 1, RESULT)],
    [
      'an area',
      (guest: Guest) => {
        guest.view.setUint32(0, SIZE - 1, true);
        guest.view.setUint32(4, 2, true);
        guest.calls.fd_write(1, 0, 1, RESULT);
      },
    ],
    [
      'an area that wraps around',
      (guest: Guest) => {
        guest.view.setUint32(0, 0xffffffff, true);
        guest.view.setUint32(4, 0xffffffff, true);
        guest.calls.fd_read(1, 0, 1, RESULT);
      },
    ],
    ['the result', (guest: Guest) => guest.calls.fd_tell(guest.open('in.csv') as number, SIZE - 7)],
    ['the descriptor', (guest: Guest) => guest.calls.path_open(ROOT, 0, ...guest.text('n'), CREAT, 64n, 0n, 0, -1)],
    ['a path', (guest: Guest) => guest.calls.path_unlink_file(ROOT, SIZE, 1)],
    ['random bytes', (guest: Guest) => guest.calls.random_get(1, SIZE)],
    ['the arguments', (guest: Guest) => guest.calls.args_get(0, SIZE - 1)],
    ['the status of a file', (guest: Guest) => guest.calls.fd_filestat_get(ROOT, SIZE - 63)],
    ['events', (guest: Guest) => guest.calls.poll_oneoff(SIZE - 47, 0, 1, RESULT)],
  ])('outside of the memory are refused: %s', (_what, call) => {
    const guest = new Guest();
    expect(guest.answer(() => call(guest))).toBe('fault');
    expect(guest.files()).toEqual({});
  });

  it('are not looked at in great numbers', () => {
    expect(new Guest().answer(() => new Guest().calls.fd_write(1, 0, 1025, RESULT))).toBe('inval');
    expect(new Guest().answer(() => new Guest().calls.poll_oneoff(0, 0, 0, RESULT))).toBe('inval');
    expect(new Guest().answer(() => new Guest().calls.poll_oneoff(0, 0, -1, RESULT))).toBe('inval');
  });
});

describe('the rest', () => {
  it('has no sockets, signals or unknown clocks', () => {
    const { calls, answer } = { calls: new Guest().calls, answer: new Guest().answer };
    for (const call of [calls.sock_accept, calls.sock_recv, calls.sock_send, calls.sock_shutdown, calls.proc_raise])
      expect(answer(call)).toBe('notsup');
    expect(answer(() => calls.clock_time_get(4, 0n, 0))).toBe('inval');
    expect(answer(() => calls.clock_res_get(-1, 0))).toBe('inval');
  });

  it('renumbers and closes what is open', () => {
    const guest = new Guest();
    guest.make('a', 'x');
    const fd = guest.open('a') as number;
    expect(guest.answer(() => guest.calls.fd_renumber(fd, 50))).toBe('badf');
    guest.calls.fd_renumber(fd, 1);
    expect(guest.read(1)).toBe('x');
    expect(guest.answer(() => guest.calls.fd_close(fd))).toBe('badf');
    expect(guest.open('a')).toBe(fd);
    guest.calls.fd_close(1);
    expect(guest.write(1, 'x')).toBe('badf');
  });

  it('gives the same random bytes however they are asked for', () => {
    const whole = new Uint8Array(100);
    new SeededBytes(new Uint8Array([1])).fill(whole);
    const pieces = new SeededBytes(new Uint8Array([1]));
    for (const [at, end] of [
      [0, 1],
      [1, 40],
      [40, 40],
      [40, 100],
    ]) {
      const part = new Uint8Array((end as number) - (at as number));
      pieces.fill(part);
      expect([...part]).toEqual([...whole.subarray(at, end)]);
    }
  });
});
