// The commits of a repository become its history in figures: who wrote how much and when, how work came together, and the longest silence.
// A commit: { commit, parents: [ids], author: { name, email, time, zone }, committer, message, signed, … }, parents before children.
// Times are those that authors claim, in seconds since 1970; null where a commit has none.

const DAY = 86_400;

export function fold(state, event) {
  const commit = event.payload;
  const parents = commit.parents.length;
  state.commits += 1;
  if (parents === 0) state.roots += 1;
  if (parents > 1) state.merges += 1;
  if (commit.signed) state.signed += 1;
  if (parents > state.most_parents) state.most_parents = parents;
  addToAuthor(state.authors, commit);
  if (commit.author.time === null) state.undated += 1;
  else addTime(state, commit);
  return state;
}

function addToAuthor(authors, { author: { name, email, time } }) {
  // In brackets, so that no address is mistaken for a property that every object has.
  const key = `<${email}>`;
  const author = authors[key] ?? { name, commits: 0, first: null, last: null };
  author.commits += 1;
  if (time !== null && (author.first === null || time < author.first)) author.first = time;
  if (time !== null && (author.last === null || time > author.last)) author.last = time;
  authors[key] = author;
}

function addTime(state, { commit, author: { time } }) {
  const month = monthOf(time);
  state.months[month] = (state.months[month] ?? 0) + 1;
  if (state.first === null || time < state.first.time) state.first = { commit, time };
  if (state.last === null || time > state.last.time) state.last = { commit, time };
  addDay(state, Math.floor(time / DAY));
}

// Days on which someone worked, in order: commits do not come in the order of their dates.
function addDay(state, day) {
  const { days } = state;
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (days[middle] < day) low = middle + 1;
    else high = middle;
  }
  if (days[low] === day) return;
  days.splice(low, 0, day);
  const gap = state.largest_gap;
  if (gap !== null && gap.from < day && day < gap.to) state.largest_gap = findLargestGap(days);
  else {
    if (low > 0) keepGap(state, days[low - 1], day);
    if (low + 1 < days.length) keepGap(state, day, days[low + 1]);
  }
}

function keepGap(state, from, to) {
  if (state.largest_gap === null || to - from > state.largest_gap.days)
    state.largest_gap = { from, to, days: to - from };
}

function findLargestGap(days) {
  const found = { largest_gap: null };
  for (let i = 1; i < days.length; i += 1) keepGap(found, days[i - 1], days[i]);
  return found.largest_gap;
}

// The month of a time in UTC, such as 2024-05, by the calendar alone: a fold has no clock and no time zone.
// Howard Hinnant, "chrono-compatible low-level date algorithms": an era is 400 years of 146,097 days, and years start in March.
function monthOf(time) {
  const days = Math.floor(time / DAY) + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const dayOfYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}-${month < 10 ? '0' : ''}${month}`;
}
