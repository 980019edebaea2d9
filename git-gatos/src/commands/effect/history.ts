import { formatHex, formatTime, listEffects, listTools, parseTime } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { parseDuration } from '../../view/duration.js';
import { listedLine, listedValue, STATES } from '../../view/effect.js';

/** A moment, or a length of time before now. */
function moment(text: string): { readonly at: number } | { readonly ago: number } {
  const ago = parseDuration(text);
  return ago === undefined ? { at: parseTime(text) } : { ago };
}

export const command = defineCommand({
  name: 'history',
  summary: 'list effects',
  description: `
Lists effects, newest last: \`pending\` is being invoked, \`committed\` has a receipt, \`released\` was not invoked, \`unknown\` may have acted, \`divergent\` contradicts itself, \`resolved\` was settled by
people, \`receipt\` is a call without a key.
`,
  options: {
    tool: {
      kind: 'text',
      placeholder: 'TOOL',
      summary: 'only those of this tool, by name or id',
      complete: 'tools',
    },
    state: { kind: 'choice', choices: STATES, placeholder: 'STATE', summary: 'only those that stand so' },
    status: { kind: 'int', min: 1, max: 65_535, placeholder: 'N', summary: 'only those with this status, such as 200' },
    since: {
      kind: 'parsed',
      parse: moment,
      placeholder: 'TIME',
      summary: 'only those recorded since then: 7d, or 2026-11-20T09:00:00Z',
    },
  },
  examples: [{ command: 'git gatos effect history --state unknown', note: 'what somebody has to look at' }],
  exits: ['no', 'unchecked'],
  seeAlso: ['effect show', 'effect resolve'],
  run: async (context, { tool, state, status, since }) => {
    const { repository, backend } = await context.openRepository();
    const now = Math.floor(repository.ports.clock.now());
    const from = since === undefined ? 0 : 'at' in since ? since.at : now - since.ago;
    const { signal, progress } = context;
    const names = new Map((await listTools(backend)).map(({ id, name }) => [formatHex(id), name]));
    const all = (await listEffects(backend, { signal, progress })).map((each) => listedValue(each, { now, names }));
    const kept = all.filter(
      (each) =>
        (tool === undefined || each.tool === tool || each.tool_id === tool) &&
        (state === undefined || each.state === state) &&
        (status === undefined || each.status === status) &&
        each.last >= formatTime(from),
    );
    return {
      value: kept,
      text: kept.length === 0 ? 'no effects' : kept.map((each) => listedLine(each, context.colour)),
      ...(all.length === 0 ? { next: ['call a tool: git gatos effect call TOOL --body JSON'] } : {}),
    };
  },
});
