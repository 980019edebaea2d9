/**
 * echo as a process: one frame in, one frame out. A frame is its length (unsigned LEB128) and that many bytes of MYTHOS-CAN.
 *
 * The request is the map `{1: tool id, 2: idempotency key, 3: body}`; the answer is `{1: status, 2: body}`. The body is passed on as it is.
 */
import { readFileSync, writeSync } from 'node:fs';

const TAG = { true: 2, unsigned: 3, signed: 4, text: 6, map: 8 };
/** `{1: 200, 2:` and the body follows. */
const DONE = [TAG.map, 2, TAG.unsigned, 1, TAG.unsigned, 200, 1, TAG.unsigned, 2];
const BODY = 3;

/** The LEB128 number at an offset, and the offset behind it. */
function number(data, at) {
  let value = 0;
  for (let i = 0; ; i++) {
    value += (data[at + i] & 0x7f) * 2 ** (7 * i);
    if (data[at + i] < 0x80) return [value, at + i + 1];
  }
}

/** The offset behind the value at an offset. The gateway has checked that it is one. */
function skip(data, start) {
  const tag = data[start];
  if (tag <= TAG.true) return start + 1;
  const [count, at] = number(data, start + 1);
  if (tag <= TAG.signed) return at;
  if (tag <= TAG.text) return at + count;
  let end = at;
  for (let left = tag === TAG.map ? 2 * count : count; left > 0; left--) end = skip(data, end);
  return end;
}

/** The bytes of field 3. */
function body(request) {
  let [count, at] = number(request, 1);
  for (; count > 0; count--) {
    const [field, from] = number(request, at + 1);
    at = skip(request, from);
    if (field === BODY) return request.subarray(from, at);
  }
  throw new Error('the request has no body');
}

function frame(data) {
  const head = [];
  let rest = data.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) head.push((rest % 0x80) | 0x80);
  return Buffer.concat([Uint8Array.from([...head, rest]), data]);
}

const received = readFileSync(0);
const [length, start] = number(received, 0);
const answer = frame(Buffer.concat([Uint8Array.from(DONE), body(received.subarray(start, start + length))]));
for (let at = 0; at < answer.length; ) at += writeSync(1, answer, at);
