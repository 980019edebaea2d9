import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { structsPage } from '../../../testing/structs-page.js';

it('docs/mythos-structs.md says what the table says: else `npm run schema:update`', () => {
  const page = readFileSync(new URL('../../../../docs/mythos-structs.md', import.meta.url), 'utf8');
  expect(page).toBe(structsPage());
});
