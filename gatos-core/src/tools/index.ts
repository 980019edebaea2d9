/**
 * Ring 5. Tools: what may be called on the outside world. A manifest says what a tool takes and gives and what its effects are; its id
 * follows from that alone; requests and answers are bytes of one form, whatever runs the tool.
 *
 * Invariants: the id of a tool is that of its definition, whoever runs it in whatever way; one name stands for one declaration, and
 * each declaration says which one it replaces; no schema and no body takes unbounded work.
 */
export { type BodyChecks, bodyChecks } from './body-check.js';
export { type Declared, type DeclareRequest, declareTool } from './declare.js';
export { toolError } from './errors.js';
export {
  EFFECTS,
  type Effect,
  limitsOf,
  moduleFiles,
  RUN_KINDS,
  type RunKind,
  type ToolLimits,
  type ToolManifest,
  type ToolRun,
} from './manifest.js';
export { checkToolManifest, parseToolManifest } from './manifest-parse.js';
export { type DeclaredTool, findTool, listTools, readModule, readTool, toolsWithId } from './read.js';
export { TOOL_RULES, TOOLS_RULE } from './rules.js';
export { DECLARATION_KIND, type Declaration, TOOLS_CHAIN } from './schema.js';
export { typeId } from './schema-normal.js';
export { toolDef, toolDefBytes, toolId } from './tool-id.js';
export {
  DONE,
  decodeToolRequest,
  decodeToolResponse,
  encodeToolRequest,
  encodeToolResponse,
  type ToolRequest,
  type ToolResponse,
} from './wire.js';
