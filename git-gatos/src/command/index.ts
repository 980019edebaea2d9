/** Commands as data: how they are declared, found in the table, and how argv becomes their arguments. */
export { entriesOf, type Found, findCommand, isGroup, listed, lookUp, ROOT } from './find.js';
export { COLOUR_CHOICES, GLOBAL_OPTIONS, type GlobalArgs, longName } from './globals.js';
export { checkGlobalArgs, type Invocation, parseCommandArgs, parseGlobalArgs } from './parse.js';
export {
  type ArgsOf,
  type Command,
  type CommandDeclaration,
  type CompletionSource,
  type Documentation,
  defineCommand,
  defineGroup,
  type Entry,
  type Example,
  type Group,
  type OptionSpec,
  type OptionSpecs,
  type ParsedArgs,
  type PositionalSpec,
  type PositionalSpecs,
  type RestSpec,
  type Section,
  type Table,
  type ValueKind,
} from './spec.js';
export { suggest } from './suggest.js';
