/** The man pages, made when the package is built: another rendering of the help documents. */
export { type ManPage, renderManPage } from './page.js';
export { manPages } from './pages.js';
