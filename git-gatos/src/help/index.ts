/** What there is to say about every command, and how it looks on a terminal. */
export {
  type Block,
  type DocumentSection,
  documentCommand,
  documentGroup,
  documentRoot,
  type HelpDocument,
  pageName,
} from './document.js';
export { ABOUT } from './facts.js';
export { type HelpRequest, showHelp } from './show.js';
export { renderHelp, wrap } from './text.js';
