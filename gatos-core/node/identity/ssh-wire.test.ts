import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/kernel/index.js';
import { encodeUint32, encodeWireString, WireReader } from './ssh-wire.js';

const reader = (...bytes: readonly number[]): WireReader =>
  new WireReader(new Uint8Array(bytes), (why) => new Error(why));

describe('WireReader', () => {
  it('reads front to back', () => {
    const r = reader(7, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 2, 8, 9, 0, 0, 0, 1, 0x61);
    expect(r.byte('a')).toBe(7);
    expect(r.uint32('b')).toBe(0xfffffffe);
    expect(r.string('c')).toEqual(new Uint8Array([8, 9]));
    expect(r.name('d')).toBe('a');
    expect(r.remaining).toBe(0);
    r.end('e');
  });

  it.each<[string, (r: WireReader) => unknown, readonly number[], string]>([
    ['a byte', (r) => r.byte('it'), [], 'it is cut off'],
    ['a number', (r) => r.uint32('it'), [0, 0, 0], 'it is cut off'],
    ['a string', (r) => r.string('it'), [0, 0, 0, 2, 1], 'it is cut off'],
    ['a string of 4 GiB', (r) => r.string('it'), [255, 255, 255, 255, 1], 'it is cut off'],
    ['a string without all of its length', (r) => r.string('it'), [0, 0, 0], 'it is cut off'],
    ['an end', (r) => r.end('it'), [1], 'it goes on after its end'],
    ['a name with a space', (r) => r.name('it'), [0, 0, 0, 1, 0x20], 'it is not a name'],
    ['a name that is not ASCII', (r) => r.name('it'), [0, 0, 0, 1, 0xe9], 'it is not a name'],
    ['a name of 65 bytes', (r) => r.name('it'), [0, 0, 0, 65, ...new Array<number>(65).fill(0x61)], 'it is not a name'],
  ])('refuses %s', (_, read, bytes, why) => {
    expect(() => read(reader(...bytes))).toThrow(why);
  });
});

it('encodes what it reads', () => {
  expect(encodeUint32(0xfffffffe)).toEqual(new Uint8Array([0xff, 0xff, 0xff, 0xfe]));
  expect(encodeWireString(utf8('ab'))).toEqual(new Uint8Array([0, 0, 0, 2, 0x61, 0x62]));
});
