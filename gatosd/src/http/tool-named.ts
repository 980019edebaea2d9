/** Tools by name or by id. */
import { type GitBackend, parseHex, readTool, toolError, toolsWithId } from 'gatos-core';

const ID = /^[0-9a-f]{64}$/;

/** The id of a tool that is declared here. Throws `tools/no-such-tool`. */
export async function idOfTool(backend: GitBackend, tool: string): Promise<Uint8Array> {
  if (!ID.test(tool)) return (await readTool(backend, tool)).id;
  const [found] = await toolsWithId(backend, parseHex(tool));
  if (found === undefined) throw toolError('no-such-tool', { tool });
  return found.id;
}
