/** Reads the parts of a WebAssembly module (core specification 2.0, section 5), strictly, and says where it is malformed. */

/** The module does not have the form that it must have, or has what we do not run. */
export class ModuleFault {
  constructor(readonly why: string) {}
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const U32_BYTES = 5;
const NAME_BYTES = 100_000;

export class ModuleReader {
  #at: number;

  constructor(
    readonly bytes: Uint8Array,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.#at = start;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.end;
  }

  byte(): number {
    if (this.done) throw new ModuleFault(`the module is cut short at byte ${this.#at}`);
    return this.bytes[this.#at++] as number;
  }

  /** Unsigned LEB128, in five bytes at most, as the format allows. */
  u32(): number {
    let value = 0;
    for (let i = 0; i < U32_BYTES; i++) {
      const byte = this.byte();
      if (i === U32_BYTES - 1 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw this.fault('a number that is too long');
  }

  /** How many items follow, each of one byte at least. */
  count(): number {
    const at = this.#at;
    const count = this.u32();
    if (count > this.end - this.#at)
      throw new ModuleFault(`the module announces ${count} items at byte ${at}, and has fewer bytes`);
    return count;
  }

  take(length: number): Uint8Array {
    if (length > this.end - this.#at) throw new ModuleFault(`the module is cut short at byte ${this.end}`);
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  name(): string {
    const at = this.#at;
    const length = this.u32();
    if (length > NAME_BYTES) throw new ModuleFault(`the module has a name of ${length} bytes at byte ${at}`);
    try {
      return strict.decode(this.take(length));
    } catch (error) {
      if (error instanceof TypeError) throw new ModuleFault(`the module has a name at byte ${at} that is not UTF-8`);
      throw error;
    }
  }

  /** The part that follows, of a length given before it. */
  part(): ModuleReader {
    const length = this.u32();
    const start = this.#at;
    this.take(length);
    return new ModuleReader(this.bytes, start, start + length);
  }

  expectDone(): void {
    if (!this.done) throw this.fault('bytes beyond the end of a section');
  }

  fault(what: string): ModuleFault {
    return new ModuleFault(`the module has ${what} at byte ${this.#at}`);
  }
}

export function writeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}
