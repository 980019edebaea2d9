/** What makes a difference to a program later: the programs and libraries of this machine, by digest and version, and what kind it is. */
export { describeLibraries, type Library } from './libraries.js';
export { type Located, locate, readShebang, type Search, shebangOf } from './locate.js';
export { describeMachine } from './machine.js';
export { ToolCache, type ToolFacts } from './tool-cache.js';
export { describeTools, fitting, interpretersOf, type Tool } from './tools.js';
