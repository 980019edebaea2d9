import {
  type AcceptedReceipt,
  Cid,
  EFFECT_RESOLUTIONS,
  effectError,
  LIMITS,
  parseEffectId,
  resolveEffect,
  resolveQuorumText,
} from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { readFileWithin } from '../../input.js';
import { governancePorts, proposalNow } from '../governance.js';

export const command = defineCommand({
  name: 'resolve',
  summary: 'settle an effect that is unknown or divergent',
  description: `
Records what people have found out about an effect, under a grant whose action is \`effect.resolve\` (or \`effect.resolve/OUTCOME\`, for that outcome alone) and whose target is the id. As many approvals as the trust threshold have to stand behind the grant, of members of the group \`effect-resolve\`, or of roots where there is no such group; whoever proposed it or approved it uses it.
\`not-acted\` lets the key be
used anew. \`acted\` lets the receipt that stands, or the one given, be the outcome; without one, calls with the key are refused. \`discard\` closes the key.
`,
  positionals: [{ name: 'id', kind: 'text', summary: 'idempotency id', complete: 'effects' }],
  options: {
    outcome: { kind: 'choice', choices: EFFECT_RESOLUTIONS, required: true, summary: 'what is to count' },
    grant: {
      kind: 'text',
      required: true,
      placeholder: 'ID',
      summary: 'the granted proposal, or the CID of the grant',
      complete: 'proposals',
    },
    reason: { kind: 'text', required: true, placeholder: 'TEXT', summary: 'what was found out, and how' },
    receipt: {
      kind: 'text',
      placeholder: 'ID|@FILE',
      summary: 'with `acted`: the receipt to accept, by its id or as the bytes of a file',
    },
    response: {
      kind: 'path',
      placeholder: 'FILE',
      summary:
        'with a receipt from a file: the exact bytes of the response, 8 KiB at most; without them the receipt counts alone',
    },
    remote: { kind: 'text', placeholder: 'NAME', summary: 'at this remote', complete: 'remotes' },
  },
  examples: [
    {
      command:
        'git gatos propose --action effect.resolve --target 3f7a… --quorum "2 of @effect-resolve" --reason "no such charge"',
      note: 'first, ask for a grant',
    },
    {
      command: 'git gatos effect resolve 3f7a… --outcome not-acted --grant 01J8… --reason "no such charge"',
      note: 'then the call may be repeated',
    },
  ],
  exits: ['no', 'untrusted', 'denied', 'missing', 'conflict', 'temporary'],
  seeAlso: ['effect show', 'propose', 'grant'],
  run: async (context, { id, outcome, grant, reason, receipt, response, remote }) => {
    const workspace = await context.openRepository({ remote });
    if (remote !== undefined) await workspace.refresh(['refs/gatos/']);
    const writer = await workspace.repository.writer();
    const accept = receipt === undefined ? undefined : await accepted(context, receipt, response);
    const { signal, progress } = context;
    const resolved = await resolveEffect(governancePorts(workspace), {
      ...writer,
      ...{
        id: parseEffectId(id),
        as: outcome,
        grant: await grantOf(context, { grant, id, quorum: resolveQuorumText(writer.trust.state) }),
        why: reason,
        accept,
        signal,
        progress,
      },
    });
    const { resolution } = resolved.body;
    const after = {
      'not-acted': 'the call may be repeated',
      acted: resolved.outcome === null ? 'calls with this key are refused' : 'calls with this key get its receipt',
      discard: 'calls with this key are refused',
    }[outcome];
    return {
      value: { effect: id, outcome, grant, reason: resolution?.why ?? reason, receipt: resolved.outcome !== null },
      text: `resolved as ${outcome}: ${after}`,
      next: [`see it: git gatos effect show ${id}`],
    };
  },
});

async function accepted(context: Context, receipt: string, response: string | undefined): Promise<AcceptedReceipt> {
  if (!receipt.startsWith('@')) return { id: parseEffectId(receipt) };
  const { resolve } = await import('node:path');
  const bytes = await readFileWithin(resolve(context.cwd, receipt.slice(1)), LIMITS.effectObjectBytes);
  if (response === undefined) return { bytes };
  return { bytes, response: await readFileWithin(response, LIMITS.toolResponseBytesMax) };
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The record of the grant that somebody names by its proposal or by itself. */
async function grantOf(
  context: Context,
  { grant, id, quorum }: { readonly grant: string; readonly id: string; readonly quorum: string },
): Promise<Cid> {
  if (!ULID.test(grant)) return Cid.parse(grant);
  const { grant: cid, standing } = await proposalNow(context, grant);
  if (cid === null) throw effectError('not-granted', { id, grant, quorum, why: standing.why });
  return cid;
}
