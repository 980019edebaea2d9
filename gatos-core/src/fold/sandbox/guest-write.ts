/** JSON values into the guest. Keys are sorted, so that one value has one form there. */
import type { JsonValue } from '../../codec/index.js';
import { GuestWriter, TAG } from './guest-bytes.js';

const writer = new GuestWriter();

/** The encoded form of a value. Keys are in UTF-16 order, whatever order they had. The bytes are valid until the next call. */
export function encodeForGuest(value: JsonValue): Uint8Array {
  const { out } = writer;
  out.length = 0;
  writer.begin();
  writeValue(writer, value);
  const start = writer.end();
  return out.bytes.subarray(start, out.length);
}

export function writeValue(to: GuestWriter, value: JsonValue): void {
  const { out } = to;
  if (typeof value === 'string') {
    out.byte(TAG.text);
    out.text(value);
  } else if (typeof value === 'number') {
    out.number(value);
  } else if (value === null) {
    out.byte(TAG.null);
  } else if (typeof value === 'boolean') {
    out.byte(value ? TAG.true : TAG.false);
  } else if (Array.isArray(value)) {
    out.byte(TAG.list);
    out.size(value.length);
    for (const item of value as readonly JsonValue[]) writeValue(to, item);
  } else {
    writeMap(to, value as { readonly [key: string]: JsonValue });
  }
}

function writeMap(to: GuestWriter, map: { readonly [key: string]: JsonValue }): void {
  const keys = sorted(Object.keys(map));
  to.out.byte(TAG.object);
  to.out.size(keys.length);
  for (const key of keys) {
    to.name(key);
    writeValue(to, map[key] as JsonValue);
  }
}

/** In UTF-16 order; what the guest gave has that order already. */
function sorted(keys: string[]): readonly string[] {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  return keys;
}
