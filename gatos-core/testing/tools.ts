/** Tools that tests and benchmarks call: the built-in `echo`, what makes a script a tool, and capabilities to call them. */
import { type CapabilityTerms, type HeldCapability, issueCapability } from '../src/capabilities/index.js';
import type { WriterPorts } from '../src/chain/index.js';
import { agentOf } from '../src/mythos/index.js';
import type { ToolManifest } from '../src/tools/index.js';
import type { Writer } from '../src/trust/index.js';

const DAY = 86_400_000_000;

/** Its answers are not kept: every call without a key is made. */
export const ECHO_TOOL: ToolManifest = {
  name: 'echo',
  does: 'gives back what it is given',
  request: {},
  response: {},
  effect: 'read',
  retry_safe: true,
  cacheable: false,
  run: { kind: 'builtin', builtin: 'echo' },
};

/**
 * In front of a script of Node that is a process tool: `input` is the frame of the request, `say(bytes)` writes a frame of any bytes,
 * `ok(text)` answers, and `no(status, why)` answers with an error.
 */
export const TOOL_PRELUDE = `
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
const all = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
const leb = (n) => { const out = []; for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128); return [...out, n]; };
const say = (bytes) => all(Buffer.from([...leb(bytes.length), ...bytes]));
const text = (value) => { const bytes = Buffer.from(value); return [6, ...leb(bytes.length), ...bytes]; };
const ok = (value = 'done') => say([8, 2, 3, 1, 3, 0xc8, 1, 3, 2, ...text(value)]);
const no = (status, why) => say([8, 2, 3, 1, 3, ...leb(status), 3, 3, ...text(why)]);
const input = readFileSync(0);
`;

/** Issues a capability that counts from yesterday until tomorrow and may not be passed on; for the writer, where nobody else is named. */
export async function issueForADay(
  ports: WriterPorts,
  writer: Writer,
  {
    scope,
    subject = writer.signer.key,
  }: Pick<CapabilityTerms, 'scope'> & { readonly subject?: Uint8Array | undefined },
): Promise<HeldCapability> {
  const now = Math.floor(ports.clock.now());
  const window = { notBefore: now - DAY, expiresAt: now + DAY };
  const terms = { subject: agentOf(subject), scope, ...window, delegable: false };
  return (await issueCapability(ports, writer, terms)).held;
}
