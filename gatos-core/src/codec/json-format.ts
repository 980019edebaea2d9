/** JSON text of values, for people and for tools. Numbers and escapes are those of ECMAScript. */
import { compareText, LIMITS } from '../kernel/index.js';
import { codecError } from './errors.js';
import { formatPath, isWellFormed, type JsonValue, type Step } from './value.js';

export interface FormatJsonOptions {
  /** Spaces per level; one line without spaces when absent or 0. */
  readonly indent?: number | undefined;
  /** Keys in the order of their UTF-8 bytes, rather than that of the object. */
  readonly sorted?: boolean | undefined;
}

class JsonFormatter {
  private readonly trail: Step[] = [];

  constructor(
    private readonly indent: number,
    private readonly sorted: boolean,
  ) {}

  format(value: unknown, depth: number): string {
    if (value === null || typeof value === 'boolean') return String(value);
    if (typeof value === 'number') return this.number(value, depth);
    if (typeof value === 'string') return this.string(value, depth);
    if (typeof value !== 'object') throw this.refused(depth, `a ${typeof value} has no JSON form`);
    if (depth >= LIMITS.depth) throw codecError('depth', { limit: LIMITS.depth, where: `\`${this.path(depth)}\`` });
    if (Array.isArray(value)) return this.array(value, depth);
    const prototype = Object.getPrototypeOf(value) as unknown;
    if (prototype === Object.prototype || prototype === null)
      return this.object(value as Record<string, unknown>, depth);
    throw this.refused(depth, 'only plain objects and arrays have a JSON form');
  }

  private number(value: number, depth: number): string {
    if (!Number.isFinite(value) || Object.is(value, -0))
      throw this.refused(depth, `${Object.is(value, -0) ? '-0' : value} has no JSON form`);
    return String(value);
  }

  private string(value: string, depth: number): string {
    if (!isWellFormed(value)) throw this.refused(depth, 'the text has a lone surrogate');
    return JSON.stringify(value);
  }

  private array(list: readonly unknown[], depth: number): string {
    const items: string[] = [];
    for (let i = 0; i < list.length; i++) {
      this.trail[depth] = i;
      items.push(this.format(list[i], depth + 1));
    }
    return this.block({ open: '[', close: ']', items, depth });
  }

  private object(map: Readonly<Record<string, unknown>>, depth: number): string {
    const keys = Object.keys(map);
    if (this.sorted) keys.sort(compareText);
    const colon = this.indent > 0 ? ': ' : ':';
    const items = keys.map((key) => {
      this.trail[depth] = key;
      return this.string(key, depth + 1) + colon + this.format(map[key], depth + 1);
    });
    return this.block({ open: '{', close: '}', items, depth });
  }

  private block({ open, close, items, depth }: Block): string {
    if (items.length === 0) return open + close;
    if (this.indent === 0) return open + items.join(',') + close;
    const outer = ' '.repeat(this.indent * depth);
    const inner = outer + ' '.repeat(this.indent);
    return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${outer}${close}`;
  }

  private refused(depth: number, why: string): Error {
    return codecError('unencodable', { path: this.path(depth), why });
  }

  private path(depth: number): string {
    return formatPath('', this.trail.slice(0, depth));
  }
}

interface Block {
  readonly open: string;
  readonly close: string;
  readonly items: readonly string[];
  readonly depth: number;
}

/**
 * JSON text of a value, laid out as `JSON.stringify` does. `parseJson` reads it back to an equal value, except for integral
 * doubles from 2^53 up to 10^21, which ECMAScript prints as integers: these take its option `integers: 'printed'`.
 *
 * Throws `codec/unencodable` (with the path) for what JSON cannot say: bytes, links, -0, NaN, infinities, undefined, lone
 * surrogates, class instances; `codec/depth` beyond `LIMITS.depth`.
 */
export function formatJson(value: JsonValue, { indent = 0, sorted = false }: FormatJsonOptions = {}): string {
  return new JsonFormatter(indent, sorted).format(value, 0);
}
