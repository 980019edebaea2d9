/** How two JSON documents part: paths, and the values on both sides. */
import { formatJson, formatPath, type JsonValue, parseJson, type Step } from '../../codec/index.js';
import { compareText, isGatosError, LIMITS } from '../../kernel/index.js';
import type { ContentItem } from './item.js';
import { relativeDistance, shown } from './shown.js';

type JsonMap = { readonly [key: string]: JsonValue };

const isJsonMap = (value: JsonValue | undefined): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The document, or null when it is none, or too large to be held. */
export function readJson(bytes: Uint8Array): { readonly value: JsonValue } | null {
  if (bytes.length > LIMITS.driftJsonBytes) return null;
  try {
    return { value: parseJson(bytes, { maxBytes: LIMITS.driftJsonBytes, integers: 'printed' }) };
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

class JsonComparison {
  readonly items: ContentItem[] = [];
  complete = true;
  private readonly steps: Step[] = [];

  compare(a: JsonValue | undefined, b: JsonValue | undefined): void {
    if (!this.complete || a === b) return;
    if (Array.isArray(a) && Array.isArray(b)) this.lists(a as readonly JsonValue[], b as readonly JsonValue[]);
    else if (isJsonMap(a) && isJsonMap(b)) this.maps(a, b);
    else this.add(a, b);
  }

  private lists(a: readonly JsonValue[], b: readonly JsonValue[]): void {
    for (let i = 0; i < Math.max(a.length, b.length) && this.complete; i++) this.inside(i, a[i], b[i]);
  }

  private maps(a: JsonMap, b: JsonMap): void {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareText);
    const at = (map: JsonMap, key: string): JsonValue | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);
    for (const key of keys) {
      if (!this.complete) return;
      this.inside(key, at(a, key), at(b, key));
    }
  }

  private inside(step: Step, a: JsonValue | undefined, b: JsonValue | undefined): void {
    this.steps.push(step);
    this.compare(a, b);
    this.steps.pop();
  }

  private add(a: JsonValue | undefined, b: JsonValue | undefined): void {
    if (this.items.length === LIMITS.driftItems) {
      this.complete = false;
      return;
    }
    const text = (value: JsonValue | undefined): string | null =>
      value === undefined ? null : shown(formatJson(value));
    const numeric = typeof a === 'number' && typeof b === 'number';
    this.items.push({
      place: shown(formatPath('', this.steps.slice()) || '(all of it)'),
      recorded: text(a),
      reproduced: text(b),
      relative: numeric ? relativeDistance(a, b) : null,
    });
  }
}

/** Differing values in the order of their keys; no item when both say the same, written differently. */
export function compareJson(a: JsonValue, b: JsonValue): { items: readonly ContentItem[]; complete: boolean } {
  const comparison = new JsonComparison();
  comparison.compare(a, b);
  return { items: comparison.items, complete: comparison.complete };
}
