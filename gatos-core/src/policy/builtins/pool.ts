/** Where lists and records are made, each once. */
import { type JsonValue, setEntry } from '../../codec/index.js';
import { compareText, LIMITS } from '../../kernel/index.js';
import { RuleFault } from './fault.js';
import { isComposite, ListVal, RecordVal, Shape, type Val } from './value.js';

/** Keys in the order in which a document has them, to the shape of that record. */
interface KeyNode {
  readonly next: Map<string, KeyNode>;
  shape: Shape | undefined;
  /** For each key of the shape, its place in the order of the document. */
  order: readonly number[];
}

interface Counter {
  next: number;
}

const newKeyNode = (): KeyNode => ({ next: new Map(), shape: undefined, order: [] });

export class Pool {
  private readonly texts = new Map<string, number>();
  private readonly lists = new Map<string, ListVal>();
  private readonly records = new Map<string, RecordVal>();
  private readonly shapes = new Map<string, Shape>();
  readonly #keys: KeyNode = newKeyNode();
  readonly #ids: Counter;

  /** Values of `base` are values of this pool too. `base` must not grow while this pool is in use. */
  constructor(readonly base: Pool | null = null) {
    this.#ids = { next: base === null ? 0 : base.#ids.next };
  }

  /** Throws `policy/too-large` and `policy/depth`: a value that a rule makes is bounded, whatever it is made of. */
  list(items: readonly Val[]): ListVal {
    const known = this.#findList(`${items.length}:${this.#tokens(items)}`);
    if (known instanceof ListVal) return known;
    const { depth, size } = measure(items);
    checkBounds(depth, size);
    return this.#addList(known, items, depth, size);
  }

  /** Keys must be distinct. Throws like `list`. */
  record(entries: readonly (readonly [key: string, value: Val])[]): RecordVal {
    const node = this.#keyNode(entries.map(([key]) => key));
    const values = node.order.map((at) => (entries[at] as readonly [string, Val])[1]);
    return this.#record(node.shape as Shape, values, true);
  }

  /**
   * A document as a value. Its depth is bounded, its size is not: that is for whoever read it. Numbers must be integers
   * (`policy/type` otherwise); call it on what has passed `encode` or `decode`.
   */
  fromJson(value: JsonValue): Val {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value)) throw new RuleFault('policy/type', `\`${value}\` is no integer`);
      return value;
    }
    if (Array.isArray(value)) {
      const items = (value as readonly JsonValue[]).map((item) => this.fromJson(item));
      const known = this.#findList(`${items.length}:${this.#tokens(items)}`);
      if (known instanceof ListVal) return known;
      const { depth, size } = measure(items);
      return this.#addList(known, items, depth, size);
    }
    const record = value as { readonly [key: string]: JsonValue };
    const keys = Object.keys(record);
    const node = this.#keyNode(keys);
    const values = node.order.map((at) => this.fromJson(record[keys[at] as string] as JsonValue));
    return this.#record(node.shape as Shape, values, false);
  }

  #findList(key: string): ListVal | string {
    return this.base?.lists.get(key) ?? this.lists.get(key) ?? key;
  }

  #addList(key: string, items: readonly Val[], depth: number, size: number): ListVal {
    const made = new ListVal(this.#ids.next++, items, depth, size);
    this.lists.set(key, made);
    return made;
  }

  #record(shape: Shape, values: readonly Val[], bounded: boolean): RecordVal {
    const key = `${shape.id}:${this.#tokens(values)}`;
    const known = this.base?.records.get(key) ?? this.records.get(key);
    if (known !== undefined) return known;
    const { depth, size } = measure(values);
    if (bounded) checkBounds(depth, size);
    const made = new RecordVal(this.#ids.next++, shape, values, depth, size);
    this.records.set(key, made);
    return made;
  }

  /** One spelling for each sequence of values: a sign that tells the type, then digits. */
  #tokens(values: readonly Val[]): string {
    let out = '';
    for (const value of values) {
      if (typeof value === 'string') out += `"${this.#textId(value)}`;
      else if (typeof value === 'number') out += `#${value}`;
      else if (value === null) out += 'n';
      else if (typeof value === 'boolean') out += value ? 't' : 'f';
      else out += `@${value.id}`;
    }
    return out;
  }

  #textId(text: string): number {
    const known = this.base?.texts.get(text) ?? this.texts.get(text);
    if (known !== undefined) return known;
    const id = this.#ids.next++;
    this.texts.set(text, id);
    return id;
  }

  #keyNode(keys: readonly string[]): KeyNode {
    let node = this.#keys;
    for (const key of keys) {
      let next = node.next.get(key);
      if (next === undefined) {
        next = newKeyNode();
        node.next.set(key, next);
      }
      node = next;
    }
    if (node.shape === undefined) {
      const order = keys.map((_, at) => at).sort((a, b) => compareText(keys[a] as string, keys[b] as string));
      node.order = order;
      node.shape = this.#shape(order.map((at) => keys[at] as string));
    }
    return node;
  }

  #shape(sorted: readonly string[]): Shape {
    const key = sorted.map((each) => `${each.length}:${each}`).join('');
    const known = this.base?.shapes.get(key) ?? this.shapes.get(key);
    if (known !== undefined) return known;
    const made = new Shape(this.#ids.next++, sorted);
    this.shapes.set(key, made);
    return made;
  }
}

function measure(items: readonly Val[]): { depth: number; size: number } {
  let depth = 0;
  let size = 1;
  for (const item of items) {
    if (isComposite(item)) {
      if (item.depth > depth) depth = item.depth;
      size += item.size;
    } else {
      size += 1;
    }
  }
  return { depth: depth + 1, size };
}

function checkBounds(depth: number, size: number): void {
  if (depth > LIMITS.depth - 2) {
    throw new RuleFault('policy/depth', `a value is nested ${depth} deep, the limit is ${LIMITS.depth - 2}`);
  }
  if (size > LIMITS.policyValueSize) {
    throw new RuleFault('policy/too-large', `a value of ${size} parts, the limit is ${LIMITS.policyValueSize}`);
  }
}

/** The value as plain data, keys in byte order. Its depth is bounded; sharing is lost, so mind `size`. */
export function toJson(value: Val): JsonValue {
  if (value instanceof ListVal) return value.items.map(toJson);
  if (!(value instanceof RecordVal)) return value;
  const out: Record<string, JsonValue> = {};
  value.shape.keys.forEach((key, at) => {
    setEntry(out, key, toJson(value.values[at] as Val));
  });
  return out;
}
