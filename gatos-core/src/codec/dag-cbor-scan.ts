/** Strict validation of DAG-CBOR without building anything (rules: `dag-cbor-reader.ts`). */
import { invariant } from '../kernel/index.js';
import { FALSE, FLOAT64, LEAST, MAJOR, NULL, Reader, TRUE } from './dag-cbor-reader.js';

class Scanner extends Reader {
  get position(): number {
    return this.at;
  }

  value(depth: number): void {
    const at = this.at;
    const major = this.head();
    switch (major) {
      case MAJOR.text: {
        const start = this.span();
        this.checkText(start, this.at);
        return;
      }
      case MAJOR.uint:
      case MAJOR.negative:
        this.integer(major, at);
        return;
      case MAJOR.map:
        this.map(depth, at);
        return;
      case MAJOR.list: {
        const count = this.enter(depth, LEAST.item, at);
        for (let i = 0; i < count; i++) this.value(depth + 1);
        return;
      }
      case MAJOR.bytes:
        this.span();
        return;
      case MAJOR.tag:
        this.skipLink(at);
        return;
      default:
        this.other(at);
    }
  }

  private other(at: number): void {
    const initial = this.bytes[at];
    if (initial === FLOAT64) this.float(at);
    else if (initial !== FALSE && initial !== TRUE && initial !== NULL) throw this.refusedSimple(at);
  }

  private map(depth: number, at: number): void {
    const count = this.enter(depth, LEAST.entry, at);
    let previous = 0;
    let previousLength = -1;
    for (let i = 0; i < count; i++) {
      const start = this.keySpan(previous, previousLength);
      this.checkText(start, this.at);
      previous = start;
      previousLength = this.at - start;
      this.value(depth + 1);
    }
  }
}

/**
 * Validates the one value that starts at `offset`, as strictly as `decode`, without building it. Returns the offset after
 * it; more bytes may follow. Throws what `decode` throws, except `codec/too-large`.
 */
export function scan(bytes: Uint8Array, offset = 0): number {
  invariant(Number.isInteger(offset) && offset >= 0, 'an offset is a whole number');
  const scanner = new Scanner(bytes, offset, bytes.length);
  scanner.value(0);
  return scanner.position;
}
