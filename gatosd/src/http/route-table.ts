/** The table of routes for people: what stands in docs/http-api.md. */
import { ROUTES } from './routes.js';

/** A table in Markdown. */
export function formatRouteTable(): string {
  const rows = ROUTES.map(({ method, path, access, summary, answers, problems = {} }) => {
    const statuses = [...answers.map(({ status }) => String(status)), ...Object.keys(problems)].join(' ');
    const scope = access === 'open' ? 'no token' : access === 'any' ? 'any token' : `\`${access}\``;
    const verbs = method === 'GET' ? 'GET, HEAD' : method;
    return `| ${verbs} | \`${path}\` | ${scope} | ${summary} | ${statuses} |`;
  });
  return ['| method | path | scope | what | statuses of its own |', '|---|---|---|---|---|', ...rows].join('\n');
}

const START = '<!-- routes: made by `npm run schema:update` -->';
const END = '<!-- /routes -->';

/** The page with the table between its two marks. */
export function withRouteTable(page: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) return page;
  return `${page.slice(0, start + START.length)}\n\n${formatRouteTable()}\n\n${page.slice(end)}`;
}
