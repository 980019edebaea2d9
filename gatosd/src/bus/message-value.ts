/** A message as others read it. */
import { formatTime, type JsonValue, type Message } from 'gatos-core';

/** Its place, what it says, and who said it. */
export function messageValue(message: Message): { readonly [key: string]: JsonValue } {
  const { segment, seq, ulid, key, type, payload, actor, time, cid } = message;
  const offset = `${segment}:${seq}`;
  return { offset, ulid, key, type, payload, actor, time: formatTime(time), cid: String(cid) };
}
