import {
  type CapabilityRequest,
  capabilityLog,
  checkCapability,
  formatHex,
  isGatosError,
  type JsonValue,
  parseJson,
  type Repository,
  readCapability,
  readCapabilityRequest,
} from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { reportOutcome } from '../../output/report.js';
import { ID_POSITIONAL, namedOrGiven } from './named.js';
import { toolId } from './scope.js';
import { agentNamed } from './terms.js';

export const command = defineCommand({
  name: 'verify',
  summary: 'check a capability: every check, also after the first that fails',
  description: `
Checks bytes, id and signature, issuer, subject, window, scope and counters, then everything that it rests on, and revocations. It is checked as if whoever it is for used it
now; \`--agent\` says who acts, \`--for\` what is to be done. Nothing is recorded.

A request is JSON, by kind: \`{"kind": "ToolCall", "tool": NAME, "body": …}\`, \`{"kind": "BlobRead", "cid": ID, "offset": 0, "len": 100}\`,
\`{"kind": "BlobWrite", "namespace": …, "size": …, "media": …}\` and so on.
`,
  positionals: [
    { ...ID_POSITIONAL, summary: 'id of the capability, or its first eight digits; or a file with its bytes' },
  ],
  options: {
    for: { kind: 'json', placeholder: 'JSON', summary: 'what is to be done: JSON, @FILE, or `-`' },
    agent: { kind: 'text', placeholder: 'WHO', summary: 'who acts: user:alice, or ed25519:…' },
  },
  examples: [
    { command: 'git gatos cap verify 3f9ac41b', note: 'a checklist' },
    {
      command: `git gatos cap verify 3f9ac41b --agent user:bob --for '{"kind":"ToolCall","tool":"echo","body":{"text":"hi"}}'`,
      note: 'may bob call it like this?',
    },
  ],
  exits: ['no', 'untrusted', 'denied', 'mismatch', 'expired', 'missing', 'unchecked'],
  seeAlso: ['cap show', 'verify'],
  run: async (context, { id, for: wanted, agent }) => {
    const { repository, engine } = await context.openRepository();
    const { backend, ports } = repository;
    const [capability, trust] = [await namedOrGiven(context, id), await repository.trust()];
    const now = Math.floor(ports.clock.now());
    const source = capabilityLog(backend);
    const json = wanted === undefined ? undefined : parseJson(await context.readSource(wanted));
    const request = json === undefined ? undefined : await requestOf(repository, json);
    const acting = agent === undefined ? await subjectOf(source, capability) : agentNamed(trust, agent, now);
    const checked = await checkCapability({ source, engine }, { capability, agent: acting, now, trust, request });
    const chain = checked.chain.map(({ hex }) => hex);
    return reportOutcome(checked.report, { style: context.colour, value: { chain } });
  },
});

/** A tool may be named. Throws `codec/schema`, `tools/*`. */
async function requestOf(repository: Pick<Repository, 'backend'>, json: JsonValue): Promise<CapabilityRequest> {
  if (typeof json !== 'object' || json === null || !('tool' in json)) return readCapabilityRequest(json);
  const { tool, ...rest } = json as Readonly<Record<string, JsonValue>>;
  const tool_id = formatHex(await toolId(repository, String(tool)));
  return readCapabilityRequest({ ...rest, tool_id });
}

type Log = ReturnType<typeof capabilityLog>;
const NOBODY = { scheme: 0, key: new Uint8Array() };

/** Whoever it is for; of bytes that are no capability, nobody. */
async function subjectOf(log: Log, named: { readonly id: string } | { readonly bytes: Uint8Array }) {
  const bytes = 'bytes' in named ? named.bytes : await log.issued(named.id);
  if (bytes === null) return NOBODY;
  try {
    return readCapability(bytes).capability.subject;
  } catch (error) {
    if (isGatosError(error)) return NOBODY;
    throw error;
  }
}
