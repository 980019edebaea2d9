// Daily observations become a climatology: statistics by month, records, and how often each kind of weather was seen.
// An observation: { date: '2012-01-01', precipitation: 0, temp_max: 12.8, temp_min: 5, wind: 4.7, weather: 'drizzle' }

export function fold(state, event) {
  const day = event.payload;
  state.days += 1;
  state.weather[day.weather] = (state.weather[day.weather] ?? 0) + 1;
  addToMonth(state.months, day);
  keepRecord(state.records, 'hottest', day, day.temp_max, (value, best) => value > best);
  keepRecord(state.records, 'coldest', day, day.temp_min, (value, best) => value < best);
  keepRecord(state.records, 'wettest', day, day.precipitation, (value, best) => value > best);
  keepRecord(state.records, 'windiest', day, day.wind, (value, best) => value > best);
  return state;
}

function addToMonth(months, day) {
  const name = day.date.slice(5, 7);
  const month = months[name] ?? {
    days: 0,
    rain_mm: 0,
    rainy_days: 0,
    sum_max: 0,
    sum_min: 0,
    mean_max: 0,
    mean_min: 0,
  };
  month.days += 1;
  month.rain_mm = tenths(month.rain_mm + day.precipitation);
  if (day.precipitation > 0) month.rainy_days += 1;
  month.sum_max = tenths(month.sum_max + day.temp_max);
  month.sum_min = tenths(month.sum_min + day.temp_min);
  month.mean_max = tenths(month.sum_max / month.days);
  month.mean_min = tenths(month.sum_min / month.days);
  months[name] = month;
}

// Sums of tenths stay sums of tenths: without this, 0.1 + 0.2 would creep in.
function tenths(value) {
  return Math.round(value * 10) / 10;
}

function keepRecord(records, name, day, value, beats) {
  const best = records[name];
  if (best === undefined || beats(value, best.value)) records[name] = { value, date: day.date };
}
