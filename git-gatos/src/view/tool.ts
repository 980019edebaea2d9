/** Tools as people and scripts see them. */
import { type DeclaredTool, formatDigest, type ToolManifest, type ToolRun, toolLimits } from 'gatos-core';
import type { Style } from '../output/style.js';
import { formatSize } from './size.js';

/** A tool in a list, as data. */
export function toolValue({ name, id, manifest, cid }: DeclaredTool) {
  const { does, effect, retry_safe, cacheable, run } = manifest;
  return { name, tool_id: formatDigest(id), does, effect, retry_safe, cacheable, kind: run.kind, record: String(cid) };
}

/** A manifest in the order in which people write it; a record has its own. */
export function manifestValue({
  name,
  does,
  request,
  response,
  effect,
  retry_safe,
  cacheable,
  run,
  limits,
}: ToolManifest) {
  const { kind, ...how } = run;
  const order = { name, does, request, response, effect, retry_safe, cacheable, run: { kind, ...how } };
  return limits === undefined ? order : { ...order, limits };
}

/** As `toolValue`, with all that is known. */
export function toolDetails(tool: DeclaredTool) {
  const { manifest, body } = tool;
  return {
    ...toolValue(tool),
    manifest: manifestValue(manifest),
    limits: toolLimits(manifest),
    files: body.files.map((file) => ({ ...file, cid: String(file.cid) })),
    replaces: body.replaces === null ? null : String(body.replaces),
  };
}

/** How it is run, in a few words. */
export function runText(run: ToolRun): string {
  switch (run.kind) {
    case 'builtin':
      return `builtin \`${run.builtin}\``;
    case 'process':
      return `process \`${run.argv.join(' ')}\``;
    case 'wasm':
      return `wasm \`${run.module}\``;
    case 'http':
      return `http \`${run.url}\``;
  }
}

function effectText({ effect, retry_safe: retrySafe, cacheable }: ToolManifest): string {
  return [effect, ...(retrySafe ? ['may be tried again'] : []), ...(cacheable ? ['may be remembered'] : [])].join(', ');
}

/** One line of a list; `width` of the longest name. */
export function toolLine({ name, manifest }: DeclaredTool, width: number, style: Style): string {
  return `${name.padEnd(width)}  ${manifest.does}  ${style.dim(`(${manifest.effect}, ${manifest.run.kind})`)}`;
}

/** All there is to say, for people. */
export function toolLines(tool: DeclaredTool, style: Style): readonly string[] {
  const { name, id, manifest, body } = tool;
  const { time_ms: time, memory_bytes: memory, response_bytes: response } = toolLimits(manifest);
  return [
    `${name}  ${manifest.does}`,
    style.dim(`id       ${formatDigest(id)}`),
    `effect   ${effectText(manifest)}`,
    `run      ${runText(manifest.run)}`,
    ...body.files.map(({ path, size, cid }) => `file     ${path}  ${formatSize(size)}  ${style.dim(String(cid))}`),
    `limits   ${time} ms, ${formatSize(memory)} of memory, ${formatSize(response)} of answer`,
    `request  ${JSON.stringify(manifest.request)}`,
    `response ${JSON.stringify(manifest.response)}`,
  ];
}
