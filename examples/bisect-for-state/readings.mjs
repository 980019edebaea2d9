/** Four years of a station as its observers sent them in: eight half-years in turns, and what went wrong in two of them. */

/** Half-years `{ name, observer, csv }` from the text of the published table. */
export function shiftsOf(published, observers) {
  const [header, ...rows] = published.trimEnd().split('\n');
  const names = [...new Set(rows.map(halfYearOf))];
  return names.map((name, i) => {
    const sent = rows.filter((row) => halfYearOf(row) === name).map(asSent);
    return {
      name,
      observer: observers[i % observers.length],
      rows: sent.length,
      csv: `${[header, ...sent].join('\n')}\n`,
    };
  });
}

function halfYearOf(row) {
  return `${row.slice(0, 4)}-${row.slice(5, 7) <= '06' ? 'H1' : 'H2'}`;
}

/** What the observer wrote. */
function asSent(row) {
  const [date, rain, max, min, ...rest] = row.split(',');
  const line = (...figures) => [date, ...figures, ...rest].join(',');
  // From here to the end of the half-year the new gauge shows inches.
  if (date >= '2014-03-16' && date <= '2014-06-30') return line((rain / 25.4).toFixed(2), max, min);
  // For one day the thermometer is read on its other scale.
  if (date === '2014-08-11') return line(rain, fahrenheit(max), fahrenheit(min));
  return row;
}

function fahrenheit(celsius) {
  return (celsius * 1.8 + 32).toFixed(1);
}
