/** The memory of a wasm program, as its calls name it. Whatever lies outside is `fault`, and nothing was read or written. */
import { LIMITS } from 'gatos-core';
import { WasiError } from './wasi-codes.js';
import type { WasmMemory } from './wasm-api.js';

/** As IOV_MAX of Linux. */
const VECTORS = 1024;
const VECTOR_BYTES = 8;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class GuestMemory {
  #memory: WasmMemory | undefined;
  #view = new DataView(new ArrayBuffer(0));

  /** Before this, every address is outside: a module's start function runs before its memory can be seen. */
  attach(memory: WasmMemory): void {
    this.#memory = memory;
  }

  /** A view of the memory itself. Growing the memory ends it. */
  bytes(pointer: number, length: number): Uint8Array {
    const [at, size] = [pointer >>> 0, length >>> 0];
    const view = this.#checked(at, size);
    return new Uint8Array(view.buffer, at, size);
  }

  u8(pointer: number): number {
    return this.#checked(pointer >>> 0, 1).getUint8(pointer >>> 0);
  }

  u16(pointer: number): number {
    return this.#checked(pointer >>> 0, 2).getUint16(pointer >>> 0, true);
  }

  u32(pointer: number): number {
    return this.#checked(pointer >>> 0, 4).getUint32(pointer >>> 0, true);
  }

  u64(pointer: number): bigint {
    return this.#checked(pointer >>> 0, 8).getBigUint64(pointer >>> 0, true);
  }

  setU8(pointer: number, value: number): void {
    this.#checked(pointer >>> 0, 1).setUint8(pointer >>> 0, value);
  }

  setU16(pointer: number, value: number): void {
    this.#checked(pointer >>> 0, 2).setUint16(pointer >>> 0, value, true);
  }

  setU32(pointer: number, value: number): void {
    this.#checked(pointer >>> 0, 4).setUint32(pointer >>> 0, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.#checked(pointer >>> 0, 8).setBigUint64(pointer >>> 0, value, true);
  }

  /** The areas that a list of (address, length) names. */
  vectors(pointer: number, count: number): Uint8Array[] {
    const size = count >>> 0;
    if (size > VECTORS) throw new WasiError('inval');
    return Array.from({ length: size }, (_, i) => {
      const at = (pointer >>> 0) + i * VECTOR_BYTES;
      return this.bytes(this.u32(at), this.u32(at + 4));
    });
  }

  /** Text of a path. */
  path(pointer: number, length: number): string {
    const bytes = this.bytes(pointer, length);
    if (bytes.length > LIMITS.wasiPathBytes) throw new WasiError('nametoolong');
    try {
      return strict.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) throw new WasiError('ilseq');
      throw error;
    }
  }

  /** Texts that end with U+0000, one after the other, and a list of where each starts. */
  setTexts(list: number, area: number, texts: readonly Uint8Array[]): void {
    let at = area >>> 0;
    texts.forEach((text, i) => {
      this.setU32((list >>> 0) + 4 * i, at);
      this.bytes(at, text.length + 1).set(text);
      this.setU8(at + text.length, 0);
      at += text.length + 1;
    });
  }

  #checked(at: number, size: number): DataView {
    if (this.#memory === undefined) throw new WasiError('fault');
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    if (at + size > this.#view.byteLength) throw new WasiError('fault');
    return this.#view;
  }
}
