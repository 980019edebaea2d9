/** A process that uses a capability once, as a gateway would: a program of its own, made from the sources. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

export interface UseOrder {
  readonly cwd: string;
  readonly id: string;
  /** Hexadecimal, 32 bytes. */
  readonly tool: string;
  /** Which use this is: a number below 256. */
  readonly idem: number;
}

const SOURCE = `
import { append } from ${at('../../gatos-core/src/chain/index.ts')};
import { capabilityLog, checkCapability, countUse } from ${at('../../gatos-core/src/capabilities/index.ts')};
import { parseHex } from ${at('../../gatos-core/src/codec/index.ts')};
import { agentOf } from ${at('../../gatos-core/src/mythos/index.ts')};
import { openWorkspace } from ${at('../../gatosd/src/workspace.ts')};
const { cwd, id, tool, idem: number } = JSON.parse(process.argv[2]);
async function run() {
  const { repository, engine, close } = await openWorkspace({ cwd, env: process.env, passphrase: async () => null });
  const { backend, ports } = repository;
  const writer = await repository.writer();
  const request = { kind: 'ToolCall', tool_id: parseHex(tool), body: {} };
  const [now, idem] = [Math.floor(ports.clock.now()), new Uint8Array(32).fill(number)];
  const agent = agentOf(writer.signer.key);
  const given = { capability: { id }, agent, now, trust: writer.trust, request, idem };
  const { report, chain } = await checkCapability({ source: capabilityLog(backend), engine }, given);
  const bad = report.checks.find(({ outcome }) => outcome !== 'pass');
  if (bad !== undefined) return bad.code;
  try {
    return (await append(ports, countUse(ports, writer, { chain, request, idem, now }))).length > 0 ? 'used' : 'before';
  } catch (error) {
    if (error.code === undefined) throw error;
    return error.code;
  } finally {
    await close();
  }
}
run().then(
  (result) => process.stdout.write(result),
  (error) => { process.stderr.write((error.code ?? '') + ' ' + error.stack); process.exitCode = 1; },
);
`;

/** Builds it into a new folder. The folder, and the file to run with node. */
export function buildUser(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-capability-'));
  const [entry, file] = [join(folder, 'entry.ts'), join(folder, 'use.mjs')];
  writeFileSync(entry, SOURCE);
  execFileSync(process.execPath, [
    fileURLToPath(new URL('../../tools/build-program.mjs', import.meta.url)),
    entry,
    file,
  ]);
  return { folder, file };
}
